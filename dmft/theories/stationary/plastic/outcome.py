"""How a sampled solution of plastic couplings ended, and those that hold no paths."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.sampling import PeriodicGrid
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.nothing import unmoved
from dmft.theories.stationary.plastic.pilot import QUIESCENT, SHORTEST_WINDOW, make_grid
from dmft.theories.stationary.plastic.process import RememberedProcess
from dmft.theories.stationary.solution import StationarySolution

_STATIC = 0.5  # part of C^phi(0) left at the last lag above which the state is called "fixed points"
_SLOW = 0.1  # part left above which the window is called too short


def stopped(network: Reduction, settings: dict[str, Any], reason: str) -> StationarySolution:
    """Return a solution that holds nothing but the reason."""
    grid = make_grid(settings["window"] or SHORTEST_WINDOW, settings["step"])
    detail = (
        f"stopped: {reason}; take fewer samples, a shorter window or fewer noise_seeds, come from a neighbour (init=), "
        "or use a less steep nonlinearity"
    )
    outcome = Convergence(Status.MAX_STEPS, math.nan, 0, detail=detail)
    return _without_paths(network, grid, 1, settings, math.nan, "none", outcome)


def quiescent(network: Reduction, grid: PeriodicGrid, noise_seeds: int, settings: dict[str, Any]) -> StationarySolution:
    """Return the state x = 0: the iteration fell below the amplitude at which fluctuations sustain themselves."""
    detail = "the iteration fell to the quiescent state x = 0"
    outcome = Convergence(Status.CONVERGED, 0.0, 0, detail=detail, error=0.0)
    return _without_paths(network, grid, noise_seeds, settings, 0.0, "quiescent", outcome)


def _without_paths(
    network: Reduction,
    grid: PeriodicGrid,
    n_sets: int,
    settings: dict[str, Any],
    value: float,
    state: str,
    outcome: Convergence,
) -> StationarySolution:
    rows = np.full((n_sets, grid.n_lags), value)
    process = RememberedProcess(rows, rows.copy(), grid.step)
    return unmoved(network.statement, outcome, grid.lags, value, state=state, process=process, settings=settings)


def state_of(corr_phi: FloatArray) -> str:
    """Return the name of the state."""
    if corr_phi[0] < QUIESCENT:
        return "quiescent"
    return "fixed points" if _left(corr_phi) > _STATIC else "chaotic"


def _left(corr_phi: FloatArray) -> float:
    """Return the part of C(0) left at the last lags."""
    return float(np.mean(corr_phi[3 * len(corr_phi) // 4 :]) / corr_phi[0])


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
    """Return the worst ending of the sets, or what is wrong with all of them."""
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
        status, detail = (
            Status.GRID_TOO_SHORT,
            (
                f"C^phi keeps {left:.0%} of its value over {grid.lags[-1]:g} tau, a quarter of the window: "
                "give a longer one (window=)"
            ),
        )
    elif error > accuracy:
        needed = math.ceil(samples * (error / accuracy) ** 2 / 16) * 16
        status, detail = (
            Status.STALLED,
            (
                f"the error {error:.1e} of C^phi(0) is above the accuracy {accuracy:.1e} asked for: "
                f"take about samples={needed}"
            ),
        )
    return Convergence(status, worst.residual, steps, worst.history, detail, relative)
