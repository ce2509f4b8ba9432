"""What a sampled solution of a plastic network is called, and how it ended."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.sampling import PeriodicGrid
from dmft.theories.stationary.plastic.pilot import QUIESCENT

_STATIC = 0.5  # part of C^phi(0) left at the last lag above which the state is called "fixed points"
_SLOW = 0.1  # part left above which the window is called too short


def state_of(corr_phi: FloatArray) -> str:
    """Return the name of the state that a correlation function shows."""
    if corr_phi[0] < QUIESCENT:
        return "quiescent"
    return "fixed points" if _left(corr_phi) > _STATIC else "chaotic"


def _left(corr_phi: FloatArray) -> float:
    """Return the part of C(0) left at the last lags."""
    tail = corr_phi[3 * len(corr_phi) // 4 :]
    return float(np.mean(tail) / corr_phi[0])


def outcome_of(
    endings: list[Convergence],
    corr_phi: FloatArray,
    error: float,
    state: str,
    samples: int,
    accuracy: float,
    grid: PeriodicGrid,
    relative: float,
) -> Convergence:
    """Return how the sets ended together: converged, unless the window, the samples or an iteration fell short."""
    worst = max(endings, key=lambda ending: (not ending.converged, ending.residual))
    steps = sum(ending.steps for ending in endings)
    status, detail = worst.status, ""
    left = _left(corr_phi) if state != "quiescent" else 0.0
    if not (math.isfinite(worst.residual) and np.all(np.isfinite(corr_phi))):
        status, relative = Status.NON_FINITE, math.inf
    elif not worst.converged:
        detail = (
            f"not converged: C^phi(0) = {corr_phi[0]:.4g} has the error {error:.1g}; take more samples or a "
            "longer window, or come from a smaller |k| (init=)"
        )
    elif left > _SLOW:
        status = Status.GRID_TOO_SHORT
        detail = (
            f"C^phi keeps {left:.0%} of its value over {grid.lags[-1]:g} tau, a quarter of the window: "
            "give a longer one (window=)"
        )
    elif error > accuracy:
        status = Status.STALLED
        needed = math.ceil(samples * (error / accuracy) ** 2 / 16) * 16
        detail = (
            f"the error {error:.1e} of C^phi(0) is above the accuracy {accuracy:.1e} asked for: "
            f"take about samples={needed}"
        )
    return Convergence(status, worst.residual, steps, worst.history, detail, relative)
