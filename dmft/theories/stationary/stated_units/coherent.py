"""Perturbations that all units share: whether the means of sampled units stay where they are.

A change of the means that all units of a population share, delta_a(w) = sum_b M_ab f_b R_b(w) delta_b(w), with R_b the
mean response of what population b sends, grows where det(1 - M f R(w)) has a zero in the half plane of growth. R is
causal, so that the turns of the determinant along real w count these (Nyquist). The iteration for a state does not see
it: a symmetric state has means of zero, whatever M is, and its covariances do not ask whether means stay there.

Exact about states of mean zero; elsewhere what the shared change does to covariances is left out.
"""

from __future__ import annotations

import ast

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.unit_paths import Columns, Marcher
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.rest import TURNS, answers_at_rest, read_slopes
from dmft.theories.stationary.stated_units.sampler import UnitMap
from dmft.theories.stationary.stated_units.state import parts_of

_PATHS = 256


def growing_modes(means: FloatArray, responses: ComplexArray) -> int:
    """Return how many shared perturbations grow.

    Parameters
    ----------
    means : M_ab f_b, shape (P, P).
    responses : R_b(w) at w from 0 to where it has gone, d<o_b>/d eta_b with exp(i w t), shape (P, n_omega).
    """
    loops = np.eye(len(means)) - np.einsum("ab,bw->wab", means, responses)
    angle = np.unwrap(np.angle(np.linalg.det(loops)))
    return round(abs(float(angle[-1] - angle[0])) / np.pi)


def shared_growth(units: StatedUnits, response: ComplexArray) -> int:
    """Return how many grow about a state in which the outputs have these responses, shape (O, K, n_omega)."""
    if not np.any(units.means):
        return 0
    return growing_modes(units.means, response[list(units.first), 0])


def shared_growth_still(
    units: StatedUnits, grid: PeriodicGrid, state: FloatArray, sequence: np.random.SeedSequence
) -> int:
    """Return how many grow about a state in which nothing moves: units answer by their linear equations there."""
    if not np.any(units.means):
        return 0
    columns = Columns(PeriodicGrid(16, 1.0), len(units.variances), _PATHS, np.random.default_rng(sequence), frozen=True)
    parts = parts_of(state, units, grid)
    units = units.with_response(parts.memory)
    fields = UnitMap(units, grid, _PATHS, sequence).heard(parts)
    responses = []
    for site, heard in zip(units.sites, fields, strict=True):
        equations, n = site.equations, grid.n_steps
        recorded: tuple[ast.expr, ...] = tuple(ast.Name(name) for name in equations.states)
        march = Marcher(equations.states, equations.fields, equations.flow, recorded, equations.parameters)
        eta = heard.mean[:, None] + heard.deviation[:, None] * np.asarray(columns.frozen)
        constant = np.repeat(eta[:, None], 2 * n, axis=1)
        states = march(constant, np.zeros((len(recorded), _PATHS)), grid.step, n)[:, -1]
        values = {**dict(zip(equations.states, states, strict=True)), **dict(zip(equations.fields, eta, strict=True))}
        flow = np.moveaxis(equations.matrix(equations.by_state, values), -1, 0)
        entry = np.moveaxis(equations.matrix(equations.by_field, values), -1, 0)[:, :, :1]
        read = np.moveaxis(np.broadcast_to(read_slopes(site, values), (site.n_outputs, *states.shape)), -1, 0)
        turns, one = TURNS * max(s.equations.fastest for s in units.sites), np.eye(len(recorded))
        answers = [np.mean(read[:, :1] @ np.linalg.solve(1j * w * one - flow, entry)) for w in turns]
        responses.append(np.array(answers))
    return growing_modes(units.means, np.array(responses))


def shared_growth_at_rest(units: StatedUnits) -> int:
    """Return how many perturbations that all units share grow about a rest that units alone do not leave."""
    turned = answers_at_rest(units, TURNS * max(s.equations.fastest for s in units.sites))
    heard = [part[:, site.carried[0], 0] for site, part in zip(units.sites, turned, strict=True) if part is not None]
    return growing_modes(units.means, np.array(heard))
