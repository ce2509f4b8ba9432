"""A unit at rest, and whether a network of such units stays there."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.unit_paths import Marcher
from dmft.theories.stated_site import Site
from dmft.theories.stated_units import StatedUnits

_STEPS = 4000
_AT_REST = 1e-9
TURNS = np.concatenate([np.zeros(1), np.geomspace(1e-3, 1e3, 1200)])


def growth_at_rest(units: StatedUnits) -> float:
    """Return by how much activity about rest grows in a turn around the network, the largest eigenvalue over w of
    sum_b g_k,ab^2 f_b |h_b,kl(w)|^2.

    h_b,kl is the response of output k to field l at the state to which a unit goes by itself from zero, with what it
    hears of its own past; inf where that is no state of rest of output zero, or an unstable one.
    """
    turns = TURNS * max(site.equations.fastest for site in units.sites)
    turned = answers_at_rest(units, turns)
    if any(part is None for part in turned):
        return np.inf
    n_fields, p = units.variances.shape[:2]
    whole = np.zeros((len(TURNS), n_fields * p, n_fields * p))
    for b, (site, heard) in enumerate(zip(units.sites, turned, strict=True)):
        carried = np.abs(np.asarray(heard)[:, list(site.carried)]) ** 2
        for k in range(n_fields):
            for field in range(n_fields):
                sent = units.variances[k, :, b] * carried[:, k, field, None]
                whole[:, k * p : (k + 1) * p, field * p + b] = sent
    return float(np.max(np.abs(np.linalg.eigvals(whole))))


def answers_at_rest(units: StatedUnits, turns: FloatArray) -> list[ComplexArray | None]:
    """Return the responses of every population at rest, as `turned_at_rest`, with what units hear of their own past.

    S = h (1 + rho g^2 S^2), h that of the unit alone: the trace of the resolvent of an elliptic matrix at 1/h, that
    branch of it that goes with h to 0.
    """
    alone = [turned_at_rest(site if site.alone is None else site.alone, turns) for site in units.sites]
    if not units.feedback:
        return alone
    (h,) = alone
    return [None if h is None else 2.0 * h / (1.0 + followed_root(1.0 - 4.0 * units.feedback * h**2))]


def followed_root(values: ComplexArray) -> ComplexArray:
    """Return the square root along the first axis, followed from its end, where it is next to 1."""
    roots = np.sqrt(values)
    for k in range(len(roots) - 2, -1, -1):
        turned = (roots[k] * roots[k + 1].conj()).real < 0.0
        roots[k] = np.where(turned, -roots[k], roots[k])
    return roots


def turned_at_rest(site: Site, turns: FloatArray) -> ComplexArray | None:
    """Return h_kl(w) of the outputs that differ at these w, shape (n_omega, K', K); None without stable rest."""
    equations, values = site.equations, values_at_rest(site)
    if values is None:
        return None
    flow, entry = equations.matrix(equations.by_state, values), equations.matrix(equations.by_field, values)
    if not np.max(np.linalg.eigvals(flow).real) < 0.0:
        return None
    read = read_slopes(site, values)
    turned = [read @ np.linalg.solve(1j * w * np.eye(len(flow)) - flow, entry) for w in turns]
    return np.array(turned)


def values_at_rest(site: Site) -> dict[str, Any] | None:
    """Return states and fields of the state to which a unit goes by itself from zero; None where it is no state of rest
    of output zero."""
    equations = site.equations
    d, step = len(equations.states), 0.1 / max(1.0, 0.5 * equations.fastest)
    recorded: tuple[ast.expr, ...] = tuple(ast.Name(name) for name in equations.states)
    march = Marcher(equations.states, equations.fields, equations.flow, recorded, equations.parameters)
    silence = np.zeros((len(equations.fields), 2 * _STEPS, 1))
    states = march(silence, np.zeros((d, 1)), step, 0)[:, -1, 0]
    values = {**dict.fromkeys(equations.fields, 0.0), **dict(zip(equations.states, states, strict=True))}
    if any(abs(float(equations.at(tree, values))) > _AT_REST for tree in equations.flow):
        return None
    if any(abs(float(site.output(values, k))) > _AT_REST for k in range(site.n_outputs)):
        return None
    return values


def read_slopes(site: Site, values: dict[str, Any]) -> FloatArray:
    """Return the slopes of the outputs that differ by the states, shape (K', d, ...)."""
    equations = site.equations
    if site.nonlinearity is not None:
        slope = np.asarray(site.nonlinearity.derivative(np.asarray(values[equations.states[0]])), dtype=float)
        return np.array([[slope, *[np.zeros_like(slope)] * (len(equations.states) - 1)]])
    rows = [equations.output_slopes[site.carried.index(k)] for k in range(site.n_outputs)]
    return equations.matrix(tuple(rows), values)
