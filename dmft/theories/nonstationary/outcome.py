"""What a march has come to: its arrays, the state that it has reached, and whether its numbers can be relied on."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.nonstationary.accuracy import relative_error
from dmft.theories.nonstationary.marching import March
from dmft.theories.nonstationary.solution import NonstationarySolution

_EDGE = 1e-3  # relative mismatch of the covariance at the edge of a window that counts as memory cut off
_SETTLED = 1e-3  # relative change of the variance over one period below which the state counts as reached
_DECAYED = 1e-2  # 1 - correlation over whole periods, at the end of the row, above which it counts as decayed


def solution_of(result: March, window: float | None, rtol: float) -> NonstationarySolution:
    """Return the solution that a march is."""
    grid, blocks = result.grid, result.blocks
    phased = result.offsets.shape[2] > 1
    band = result.band.copy() if phased else result.band
    band.flags.writeable = phased  # a march that goes on writes into a longer one: the solution need not copy it
    rate = np.full(result.offsets.shape, np.nan)
    there = np.all(np.isfinite(result.v), axis=0)
    if np.any(there) and not result.failure:
        means = result.m[:, there, None] + result.offsets[:, there]
        rate[:, there] = result.averages.first(means, result.v[:, there, None])[0]
    centred = result.offsets - result.offsets.mean(axis=2, keepdims=True)
    for lag in range(band.shape[2] if phased else 0):
        band[:, lag:, lag] += np.mean(centred[:, lag:] * centred[:, : len(grid.times) - lag], axis=2)
    arrays = {
        "mean_x": result.m + result.offsets.mean(axis=2),
        "variance": band[:, :, 0].copy(),
        "mean_phi": rate.mean(axis=2),
    }
    start = result.m[:, 0].tolist(), result.v[:, 0].tolist()
    init = tuple(map(tuple, start)) if blocks.named else tuple(x[0] for x in start)
    return NonstationarySolution(
        network=blocks.statement,
        convergence=_convergence(result, window, rtol, arrays),
        settings={"dt": grid.dt, "window": window, "init": init, "rtol": rtol},
        times=grid.times,
        **{name: blocks.shaped(values) for name, values in arrays.items()},
        lags=grid.dt * np.arange(band.shape[2], dtype=float),
        band=blocks.shaped(band),
        period=blocks.period,
        state="noisy" if blocks.noisy else branch_of(result, blocks.period),
        march=result,
    )


def _convergence(result: March, window: float | None, rtol: float, arrays: dict[str, FloatArray]) -> Convergence:
    grid = result.grid
    usable = np.all([np.isfinite(x) for x in arrays.values()], axis=(0, 1)) & np.all(arrays["variance"] >= 0.0, axis=0)
    if result.failure or not np.all(usable):
        first = int(np.argmin(np.all(np.isfinite(result.v), axis=0) if result.failure else usable))
        detail = f"stopped at t = {first * grid.dt:.4g}: "
        detail += result.failure or "the variance is not finite; the activity grows without bound"
        return Convergence(Status.NON_FINITE, math.inf, first, (), detail, math.inf)
    gap = edge_mismatch(result)
    residual = gap if window is not None else 0.0
    error = relative_error(result)
    if window is not None and gap > _EDGE:
        detail = (
            f"the window of {window:.4g} is shorter than the memory: the covariance at its edge differs by "
            f"{gap:.1g} of the variance from one period before; try window={1.6 * window:.0f}"
        )
        return Convergence(Status.GRID_TOO_SHORT, residual, grid.n_steps, (), detail, max(error, gap))
    if not error <= rtol:
        better = grid.dt * max(0.5 * math.sqrt(rtol / error), 0.02) if math.isfinite(error) else 0.25 * grid.dt
        detail = (
            f"not resolved: with a step of {grid.dt:.4g} the error is up to {error:.2g} of the variance, more than "
            f"rtol={rtol:g}; try dt={better:.2g}"
        )
        if 10.0 * result.averages.error > 0.5 * rtol:
            detail += f" (the averages of phi have an error of {result.averages.error:.1g})"
        return Convergence(Status.UNRESOLVED, residual, grid.n_steps, (), detail, error)
    return Convergence(Status.CONVERGED, residual, grid.n_steps, error=error)


def edge_mismatch(result: March) -> float:
    """Return by how much c at the edge of the window differs from one period nearer, relative to the variance: the most
    of any population."""
    grid = result.grid
    lo = grid.n_steps + 1 - grid.width
    if lo < 0 or grid.width < 2 * grid.period:
        return 0.0 if lo < 0 else math.inf
    half = max(1, grid.period // 2)
    edge = result.c[:, lo : lo + half]
    nearer = result.c[:, lo + grid.period : lo + grid.period + half]
    gaps, largest = np.max(np.abs(edge - nearer), axis=1), np.max(result.v[:, lo:], axis=1)
    return float(np.max(np.divide(gaps, largest, out=np.zeros(len(gaps)), where=largest > 0.0)))


def branch_of(result: March, period: float | None) -> str:
    """Return the branch that the last rows are on: "chaotic" (any of them), "locked" or "transient" (any of them)."""
    grid = result.grid
    n, cells = grid.n_steps, grid.period
    if period is None or n < 3 * cells or not np.all(np.isfinite(result.v[:, -1])):
        return "transient"
    last, before = result.v[:, n - cells : n + 1], result.v[:, n - 2 * cells : n - cells + 1]
    if np.any(np.max(np.abs(last - before), axis=1) > _SETTLED * np.max(last, axis=1)):
        return "transient"
    lo = max(0, n + 1 - grid.width)
    # A growing row starts at t = 0, with correlations that decay whatever the state: its middle has none of that.
    reach = (n - lo) // cells if lo > 0 else n // (2 * cells)
    lag = reach * cells
    scale = np.sqrt(result.v[:, n] * result.v[:, n - lag])
    return "chaotic" if np.any(scale - result.c[:, n - lag] > _DECAYED * scale) else "locked"
