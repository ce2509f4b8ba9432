"""Perturbations that all units share: whether the means of sampled units stay where they are.

A change of the means that all units of a population share, delta_a(w) = sum_b M_ab f_b R_b(w) delta_b(w), with R_b the
mean response of what population b sends, grows where det(1 - M f R(w)) has a zero in the half plane of growth. R is
causal, so that the turns of the determinant along real w count these (Nyquist). The iteration for a state does not see
it: a symmetric state has means of zero, whatever M is, and its covariances do not ask whether means stay there.

Exact about states of mean zero; elsewhere what the shared change does to covariances is left out.
"""

from __future__ import annotations

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling import PeriodicGrid
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.linear_answers import answers
from dmft.theories.stationary.stated_units.rest import TURNS, answers_at_rest

_PATHS = 512


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
    turns = TURNS * max(site.equations.fastest for site in units.sites)
    of = answers(units, grid, state, _PATHS, sequence)
    responses = [
        np.array([np.mean(part.at(w)[:, site.carried[0], 0]) for w in turns])
        for site, part in zip(units.sites, of, strict=True)
    ]
    if not np.all(np.isfinite(responses)):  # units with a memory that has no response: growth about the state says so
        return 0
    return growing_modes(units.means, np.array(responses))


def shared_growth_at_rest(units: StatedUnits) -> int:
    """Return how many perturbations that all units share grow about a rest that units alone do not leave."""
    turned = answers_at_rest(units, TURNS * max(s.equations.fastest for s in units.sites))
    heard = [part[:, site.carried[0], 0] for site, part in zip(units.sites, turned, strict=True) if part is not None]
    return growing_modes(units.means, np.array(heard))
