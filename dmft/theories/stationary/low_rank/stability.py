"""Whether a network stays in a state: disc and outliers of a fixed point, kappa and variance of a state that moves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.theories.low_rank import Structure
from dmft.theories.stationary.low_rank.moments import averages_at, curvatures
from dmft.theories.stationary.low_rank.state import LowRankState

_NEUTRAL = 1e-10  # rate below which a direction is neutral: states of a degenerate outlier form a ring
_NEUTRAL_ROUGH = 1e-7  # the same, of derivatives by differences
_NEXT_TO_0 = 1e-290


def disc_radius(structure: Structure, variance: float, mean: float) -> float:
    """Return g sqrt<phi'^2>, the radius of the disc of the Jacobian's eigenvalues about -1."""
    return structure.g * math.sqrt(max(slopes_of(structure, variance, mean)[1], 0.0))


def slopes_of(structure: Structure, variance: float, mean: float) -> tuple[float, float]:
    """Return <phi'> and <phi'^2>; at no variance their one-sided limits."""
    if variance > 0.0:
        of = averages_at(structure.nonlinearity, mean, variance)
        return of.mean_slope, of.mean_square_slope
    slopes = np.asarray(structure.nonlinearity.derivative(mean + np.array([-_NEXT_TO_0, _NEXT_TO_0])), dtype=float)
    slopes = np.broadcast_to(slopes, (2,))
    return float(np.mean(slopes)), float(np.mean(slopes**2))


def outliers(structure: Structure, kappa: Any, variance: float, mean: float) -> ComplexArray:
    """Return the eigenvalues of a fixed point's Jacobian that its disc does not hold, and others that it hides.

    With the changes dm of the mean, v = cov(eta, d eta) of the random input, u = dc0/2 = (S_mm kappa + S_mI) . dk + v,
        (1 + lam) dk = nbar (<phi'> dm + <phi''> u) + <phi'> S dk + (S kappa + S_nI)(<phi''> dm + <phi'''> u),
        (1 + lam) v = g^2 (<phi phi'> dm + <phi'^2 + phi phi''> u),      dm = mbar . dk.
    The naive 1 + lam = <phi'> lam_out leaves out that the couplings are correlated with the state.
    Those inside the disc of radius g sqrt<phi'^2> about -1 are not eigenvalues of a network.
    """
    rank = structure.rank
    if not variance > 0.0:
        slope, _ = slopes_of(structure, 0.0, mean)
        return np.asarray(np.linalg.eigvals(slope * structure.feedback) - 1.0, dtype=complex)
    of = curvatures(structure.nonlinearity, mean, variance)
    by_mean = np.append(structure.mean_left, 0.0)
    by_variance = np.append(structure.left @ kappa + structure.left_input, 1.0)
    right = structure.overlap @ kappa + structure.input_overlap
    matrix = np.zeros((rank + 1, rank + 1))
    matrix[:rank, :rank] = of["slope"] * structure.overlap
    matrix[:rank] += np.outer(structure.mean_right, of["slope"] * by_mean + of["curve"] * by_variance)
    matrix[:rank] += np.outer(right, of["curve"] * by_mean + of["third"] * by_variance)
    matrix[rank] = structure.g**2 * (of["product"] * by_mean + of["spread"] * by_variance)
    return np.asarray(np.linalg.eigvals(matrix) - 1.0, dtype=complex)


def judged_static(structure: Structure, state: LowRankState, mean: float = 0.0) -> LowRankState:
    """Return a fixed point with its stability: disc and outliers of its Jacobian in the left half plane."""
    radius = disc_radius(structure, state.variance, mean)
    values = outliers(structure, state.kappa, state.variance, mean)
    seen = values[np.abs(values + 1.0) > radius]
    growth = float(np.max(seen.real, initial=-math.inf))
    criterion = f"g^2 <phi'^2> = {radius**2:.4g}"
    criterion += f", largest outlier {growth:.4g}" if math.isfinite(growth) else ", no outlier outside the disc"
    # A fold or pitchfork inside the disc is one all the same: a real eigenvalue beyond 0.
    worst = float(np.max(values.real, initial=-math.inf))
    return state.with_stability(radius <= 1.0 and worst <= _NEUTRAL, criterion, growth)


def judged_moving(structure: Structure, state: LowRankState, slope: float, fall: float, rise: float) -> LowRankState:
    """Return a state that moves (zero mean) with its stability to slow changes of kappa, its variance following.

    `fall`, `rise`: of <phi'> and of the static input s with c0.
    """
    kappa = np.asarray(state.kappa)
    feedback = slope * structure.feedback
    if np.any(kappa):
        lever = 2.0 * (structure.left @ kappa + structure.left_input)
        feedback = feedback + np.outer(structure.overlap @ kappa, lever) * (fall / rise)
    return _judged(state, float(np.max(np.linalg.eigvals(feedback).real)) - 1.0, rise)


def judged_general(state: LowRankState, slope: FloatArray) -> LowRankState:
    """Return a state that moves with its stability to slow changes of kappa, its variance following.

    `slope`: of what the equations for kappa and log c0 lack; kappa falls as its own do.
    """
    own, by_variance, lever, rise = slope[:-1, :-1], slope[:-1, -1], slope[-1, :-1], float(slope[-1, -1])
    return _judged(state, -float(np.min(np.linalg.eigvals(own - np.outer(by_variance, lever) / rise).real)), rise)


def _judged(state: LowRankState, growth: float, rise: float) -> LowRankState:
    criterion = f"kappa changes at the rate {growth:.4g}"
    if not rise > 0.0:
        criterion = f"its energy falls with the variance; {criterion}"
    return state.with_stability(rise > 0.0 and growth <= _NEUTRAL, criterion, growth)
