"""How many phases of a sinusoid of random phase a march needs, and the error that they leave.

Equispaced phases average all harmonics but multiples of their number exactly, and x under a sinusoid of amplitude A is
smoothed by its own spread s: harmonic n of <phi phi> is of order (A/s)^n/sqrt(n!). Where the sinusoid is small beside
s a few phases do what two dozen do. How small it stays, only a march knows: one of long steps is asked first.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.blocks import Blocks
from dmft.theories.nonstationary.averages import Averages
from dmft.theories.nonstationary.grid import Grid
from dmft.theories.nonstationary.input import BETWEEN, offsets
from dmft.theories.nonstationary.marching import March

# A phi that is odd about its mean has even harmonics alone: an odd number does for it what twice as many would.
_FEWER = (5, 9, 15)
_ENOUGH = 1e-9  # error of <phi phi>, relative to <phi^2>, with which fewer are taken
_FACTOR = 4  # by which the steps of the march that is asked first are longer
_SAMPLED = 24  # times at which the error is taken


def enough_phases(blocks: Blocks, averages: Averages, state: tuple[FloatArray, FloatArray], grid: Grid) -> Grid:
    """Return the grid with as few phases as leave nothing; with all that it has where that is not known."""
    if grid.phases <= _FEWER[0] or grid.n_steps < 2 * _FACTOR:
        return grid
    for n in _FEWER:
        if _expected(blocks, float(np.min(state[1])), n) > _ENOUGH:
            continue
        steps, width = (math.ceil(cells / _FACTOR) for cells in (grid.n_steps, grid.width))
        period = max(1, grid.period // _FACTOR)
        coarse = replace(grid, dt=_FACTOR * grid.dt, n_steps=steps, width=width, period=period, phases=n)
        if phase_error(March(blocks, averages.shorter(), state, coarse)) <= _ENOUGH:
            return replace(grid, phases=n)
    return grid


def too_few(march: March) -> bool:
    """Return whether a march that was given fewer phases than there are has come to where it needs them."""
    return 1 < march.grid.phases <= _FEWER[-1] and phase_error(march) > 10.0 * _ENOUGH


def phase_error(march: March) -> float:
    """Return what the phases leave of <phi phi>, relative to <phi^2>: the most at times throughout the march.

    From the difference to phases between them, which is 1.6 to 1.9 times the error, of the pairs of largest harmonics:
    equal times, and times so far apart that x is independent. 0 without a sinusoid of random phase.
    """
    n = march.grid.phases
    if n == 1:
        return 0.0
    there = np.flatnonzero(np.all(np.isfinite(march.v), axis=0))
    there = there[np.unique(np.linspace(0, len(there) - 1, _SAMPLED).round().astype(int))]
    between = offsets(march.blocks, march.grid.dt * there, n, BETWEEN)
    error = 0.0
    for a, pair in enumerate(march.averages.pairs):
        v = march.v[a, there, None]
        found = []
        for shifts in (march.offsets[a, there], between[a]):
            m = march.m[a, there, None] + shifts
            try:
                rates, squares = pair.first(m, v)[0], pair.pair(m, v, m, v, v)[0]
            except FloatingPointError:
                return math.inf
            found.append((rates @ rates.T / n, rates.mean(axis=1), squares.mean(axis=1)))
        (far, mean, square), (other_far, other_mean, other_square) = found
        scale = np.sqrt(np.maximum(square, 1e-300))
        gaps = (
            np.abs(far - other_far) / np.outer(scale, scale),
            np.abs(square - other_square) / scale**2,
            np.abs(mean - other_mean) / scale,
        )
        error = max(error, *(float(np.max(gap, initial=0.0)) for gap in gaps))
    return error if math.isfinite(error) else math.inf


def _expected(blocks: Blocks, variance: float, n: int) -> float:
    """Return the order of the error of n phases where x has this variance, by the bound on the n-th derivatives."""
    size = max(
        wave.amplitude / math.hypot(1.0, wave.omega * float(tau))
        for waves, tau in zip(blocks.waves, blocks.tau, strict=True)
        for wave in waves
    )
    ratio = size / math.sqrt(2.0 * variance) if variance > 0.0 else math.inf
    return 2.0 * min(ratio, 1e9) ** n * math.sqrt((n + 1) / math.factorial(n))
