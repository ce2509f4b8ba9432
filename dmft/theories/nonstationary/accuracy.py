"""The error of a march, from companions with other numbers: other steps, a longer window, a shorter series, and other
phases of a sinusoid of random phase.

Any two marches that tend to the same solution differ by the error of the coarser one less that of the finer one. The
scheme is of second order, where each step as long again makes four times the error; where the averages are as steep as
a step it is of a lower one. Marches of two and of four times the step say of which: differences that fall by a factor
a = d(2h)/d(4h) a halving leave an error of d(2h) a/(1 - a), less than d(2h) for a < 1/2. A march of a few steps, that
can't be cut into four, is compared with finer ones. Differences contain how the equations amplify errors in time.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.nonstationary.grid import Grid
from dmft.theories.nonstationary.input import BETWEEN
from dmft.theories.nonstationary.marching import March

_LONGER = 1.5  # window of the companion over that of the march
_AMPLIFIED = 10.0  # allowance for the errors of averages that the companion shares
_FADED = 1e-3  # part of the largest variance so far, below which errors are relative to it
_BY_CHANCE = 2.0  # two sets of phases may be nearer to each other than to all of them
_ROOM = 1.5  # of the sum of differences over what they make of an error that is not yet of its order
_FEW = 16  # steps that can't be cut into four longer ones
_SLOWEST = 10.0  # most that the error is taken to exceed the difference: a tenth less with each halving
_SECOND, _FOURTH = 0.25, 0.0625  # part left of a difference by half the step, at least: one may be small by chance
_EXACT = 1e-9  # difference below which it is rounding, and of no order


def with_companions(march: March) -> March:
    """Give a march its companions, from the same state; coarser ones cost 5/16 of it."""
    factor = 2.0 if march.grid.n_steps >= _FEW else 0.5
    march.companion = _companion(march, factor)
    march.companion.companion = _companion(march.companion, factor)
    if march.grid.phases > 1:
        coarsest = _coarsest(march)
        march.shifted = _like(coarsest, replace(coarsest.grid, shift=BETWEEN))
    return march


def _coarsest(march: March) -> March:
    """Return the march or a companion of it, whichever has the longest steps."""
    last = march.companion.companion if march.companion else None
    return last if last is not None and last.grid.dt > march.grid.dt else march


def _companion(march: March, factor: float) -> March:
    grid = march.grid
    steps = math.ceil(grid.n_steps / factor)
    width = steps + 1 if grid.width > grid.n_steps else math.ceil(_LONGER * grid.width / factor)
    period = max(1, round(grid.period / factor))
    return _like(march, replace(grid, dt=factor * grid.dt, n_steps=steps, width=width, period=period))


def _like(march: March, grid: Grid) -> March:
    """Return the march from the same state on another grid."""
    return March(march.blocks, march.averages.shorter(), (march.m[:, 0], march.v[:, 0]), grid)


def continued(march: March, n_steps: int, progress: bool = False) -> March:
    """Return the march and its companions gone on for n_steps and what these are for them."""
    result = march.continued(n_steps, progress)
    other = march.companion
    if other is None:
        return result
    if other.grid.dt < march.grid.dt and result.grid.n_steps >= _FEW:
        return with_companions(result)  # long enough by now for coarser ones
    left = math.ceil(result.grid.n_steps * result.grid.dt / other.grid.dt - 1e-9) - other.grid.n_steps
    result.companion = continued(other, left) if left > 0 else other
    if march.shifted is not None:
        left = _coarsest(result).grid.n_steps - march.shifted.grid.n_steps
        result.shifted = march.shifted.continued(left) if left > 0 else march.shifted
    return result


def relative_error(march: March) -> float:
    """Return the largest error of mean and variance of x in any population, relative to its variance.

    Relative to the largest variance within a unit of time (a period, if longer): a start from nearly nothing is alike
    on every scale, and of its first rows no step is short enough. At least to 1e-3 of the largest so far; the mean to
    the root mean square of h. inf if a companion has diverged, nan if there is none.
    """
    first, second = march.companion, march.companion and march.companion.companion
    if first is None or second is None:
        return math.nan
    near, far = _difference(march, march, first), _difference(march, first, second)
    if not (math.isfinite(near) and math.isfinite(far)):
        return math.inf
    shared = _AMPLIFIED * float(march.averages.error)
    if march.shifted is not None:  # 1.6 to 1.9 times what the phases leave
        shared += _BY_CHANCE * _difference(march, _coarsest(march), march.shifted)
    if first.grid.dt < march.grid.dt:  # e(h) = d(h) + d(h/2) + ...: what is left behind d(h/2) falls like it
        return _ROOM * (max(near, far / _SECOND) + far * (1.0 + _left(far, near))) + shared
    return max(near * max(_left(near, far), 1.0), _FOURTH * far) + shared


def _left(near: float, far: float) -> float:
    """Return the sum of all further differences over `near`, if they go on to fall as from `far` to `near`."""
    if near <= _EXACT:
        return 1.0
    fall = near / far if far > near else 1.0
    return min(fall / (1.0 - fall), _SLOWEST) if fall < 1.0 else _SLOWEST


def _difference(march: March, one: March, other: March) -> float:
    """Return the largest difference of two companions at the times that they share, relative to the variance."""
    coarse, fine = (one, other) if one.grid.dt > other.grid.dt else (other, one)
    times = 2 if coarse.grid.dt > 1.5 * fine.grid.dt else 1
    here = np.arange(0, min(fine.m.shape[1], times * (coarse.m.shape[1] - 1) + 1), times)
    there = here // times
    m, v = fine.m[:, here] - coarse.m[:, there], fine.v[:, here] - coarse.v[:, there]
    if not (np.all(np.isfinite(m)) and np.all(np.isfinite(v))):
        return math.inf
    memory = float(np.max(march.blocks.tau))
    cells = max(1, math.ceil(max(march.blocks.period or 0.0, memory) / march.grid.dt))
    total = march.v + np.var(march.offsets, axis=2)
    scale = np.maximum(_running_maximum(total, cells), _FADED * np.maximum.accumulate(total, axis=1))
    square = scale + _running_maximum(march.m * march.m, cells)
    rows = np.minimum(np.round(here * fine.grid.dt / march.grid.dt).astype(int), total.shape[1] - 1)
    of_variance = np.abs(v) / np.maximum(scale[:, rows], 1e-300)
    of_mean = np.abs(m) / np.sqrt(np.maximum(square[:, rows], 1e-300))
    return float(max(np.max(of_variance), np.max(of_mean)))


def _running_maximum(x: FloatArray, cells: int) -> FloatArray:
    from scipy.ndimage import maximum_filter1d

    return np.asarray(maximum_filter1d(x, 2 * cells + 1, axis=1, mode="nearest"))
