"""States in which all units are alike: nothing random reaches them, and kappa is along vectors m that are constant.

x = m for every unit, m = h + mbar . kappa and kappa = nbar phi(m): roots of m = h + (mbar . nbar) phi(m). Unless
phi(m) = 0, random couplings tell units apart, and vectors n with a mean whose m vary over units do.
"""

from __future__ import annotations

import numpy as np

from dmft.numerics.roots import roots
from dmft.theories.low_rank import Structure
from dmft.theories.stationary.low_rank.stability import judged_static, slopes_of
from dmft.theories.stationary.low_rank.state import LowRankState

_FAR, _POINTS = 1e4, 2001
_NOTHING = 1e-15  # of phi's size near 0, below which phi(h) is 0
_EPS = 2.2e-16


def states_without_spread(structure: Structure) -> list[LowRankState]:
    """Return them, of mirror images one; none where thresholds, noise or an input of its own tell units apart."""
    told = structure.threshold_variance or structure.white or np.any(structure.input_overlap)
    if told or np.any(structure.left_input):
        return []
    phi, h = structure.nonlinearity, structure.bias

    def at(m: float) -> float:
        return float(np.asarray(phi(np.array([m])), dtype=float)[0])

    size = max(float(np.max(np.abs(np.asarray(phi(np.array([-1.0, 0.0, 1.0])), dtype=float)))), 1e-300)
    means = [h] if abs(at(h)) <= _NOTHING * size else []
    strength = float(structure.mean_left @ structure.mean_right)
    alike = structure.g == 0.0 and not np.any(structure.left @ structure.mean_right)
    if alike and (strength or not means):
        grid = h + np.unique(np.append(np.sinh(np.linspace(-1.0, 1.0, _POINTS) * np.arcsinh(_FAR)), strength * at(h)))
        found = roots(lambda m: m - h - strength * at(m), grid)
        means += [float(root.x) for root in found if not means or abs(root.x - h) > 1e-12 * (1.0 + abs(h))]
    states = []
    for m in means:
        kappa = structure.mean_right * (0.0 if m == h and abs(at(h)) <= _NOTHING * size else at(m))
        if np.array_equal(structure.upright(kappa), kappa):
            steep = abs(1.0 - strength * slopes_of(structure, 0.0, m)[0])
            off = 4.0 * _EPS * (1.0 + abs(m)) / max(steep, _EPS)
            state = LowRankState(kappa, 0.0, 0.0, False, error=0.0, kappa_error=float(np.linalg.norm(kappa)) * off)
            states.append(judged_static(structure, state, m))
    return states


def degree_without_spread(structure: Structure) -> int:
    """Return what they add to the degree of all fixed points, which log c0 leaves out; 0 where activity grows."""
    degree = 0
    for state in states_without_spread(structure):
        mean = structure.bias + float(structure.mean_left @ np.asarray(state.kappa).real)
        slope, square = slopes_of(structure, 0.0, mean)
        if structure.g**2 * square <= 1.0:
            positive = float(np.linalg.det(np.eye(structure.rank) - slope * structure.feedback)) > 0.0
            degree += structure.images(np.asarray(state.kappa).real) * (1 if positive else -1)
    return degree
