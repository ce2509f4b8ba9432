"""A unit at rest, and whether a network of such units stays there."""

from __future__ import annotations

import ast

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.unit_paths import Marcher
from dmft.theories.stated_units import StatedUnits

_STEPS = 4000
_AT_REST = 1e-9
_TURNS = np.concatenate([np.zeros(1), np.geomspace(1e-3, 1e3, 1200)])


def growth_at_rest(units: StatedUnits) -> float:
    """Return by how much activity about rest grows in a turn around the network, max_w rho(|h_kl(w)|^2 g_l^2).

    h_kl is the response of output k to field l at the state to which a unit goes by itself from zero; inf where that is
    no state of rest of output zero, or an unstable one.
    """
    equations = units.equations
    d, step = len(equations.states), 0.1 / max(1.0, 0.5 * equations.fastest)
    recorded: tuple[ast.expr, ...] = tuple(ast.Name(name) for name in equations.states)
    march = Marcher(equations.states, equations.fields, equations.flow, recorded, equations.parameters)
    silence = np.zeros((len(equations.fields), 2 * _STEPS, 1))
    states = march(silence, np.zeros((d, 1)), step, 0)[1:, -1, 0]
    values = {**dict.fromkeys(equations.fields, 0.0), **dict(zip(equations.states, states, strict=True))}
    if any(abs(float(equations.at(tree, values))) > _AT_REST for tree in equations.flow):
        return np.inf
    if any(abs(float(units.output(values, k))) > _AT_REST for k in range(units.n_outputs)):
        return np.inf
    flow, entry = equations.matrix(equations.by_state, values), equations.matrix(equations.by_field, values)
    if not np.max(np.linalg.eigvals(flow).real) < 0.0:
        return np.inf
    read = _read(units, values)[list(units.carried)]
    turned = [read @ np.linalg.solve(1j * w * equations.fastest * np.eye(d) - flow, entry) for w in _TURNS]
    growth = [np.max(np.abs(np.linalg.eigvals(np.abs(h) ** 2 * units.gains**2))) for h in turned]
    return float(np.max(growth))


def _read(units: StatedUnits, values: dict[str, float]) -> FloatArray:
    """Return the slopes of the outputs that differ by the states, shape (K', d)."""
    equations = units.equations
    if units.nonlinearity is not None:
        slope = np.asarray(units.nonlinearity.derivative(np.array([values[equations.states[0]]])), dtype=float)
        return np.concatenate([slope, np.zeros(len(equations.states) - 1)])[None]
    rows = [equations.output_slopes[units.carried.index(k)] for k in range(units.n_outputs)]
    return equations.matrix(tuple(rows), values)
