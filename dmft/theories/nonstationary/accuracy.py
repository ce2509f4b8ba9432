"""The error of a march, from a companion with other numbers: twice the step, a longer window, a shorter series.

Any two marches that tend to the same solution differ by the error of the coarser one less that of the finer one. The
scheme is of second order, of first where the averages are as steep as a step; with at least a factor two between the
errors, the difference bounds the error of the finer march. It contains how the equations amplify errors in time.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.mehler_pairs import LENGTHS, MehlerPairs
from dmft.theories.nonstationary.grid import Grid
from dmft.theories.nonstationary.marching import March

_LONGER = 1.5  # window of the companion over that of the march
_AMPLIFIED = 10.0  # allowance for the errors of averages that the companion shares
_FADED = 1e-3  # part of the largest variance so far, below which errors are relative to it


def companion(march: March) -> March:
    """Return the companion of a march, from the same state; it costs a quarter."""
    grid = march.grid
    stop, state = grid.n_steps, (float(march.m[0]), float(march.v[0]))
    steps = math.ceil(stop / 2)
    width = steps + 1 if grid.width > stop else math.ceil(0.5 * _LONGER * grid.width)
    averages: Any = march.averages
    if isinstance(averages, MehlerPairs):
        shorter = [n for n in LENGTHS if n < averages.n_terms] or [LENGTHS[0]]
        averages = MehlerPairs(averages.nonlinearity, longest=shorter[-1])
    return March(march.network, averages, state, Grid(2.0 * grid.dt, steps, width, max(1, grid.period // 2)))


def relative_error(march: March, other: March) -> float:
    """Return the largest error of mean and variance of h, relative to the variance.

    Relative to the largest variance within a unit of time (a period, if longer), and at least to 1e-3 of the largest so
    far; the mean to the root mean square of h. inf if the companion has diverged.
    """
    rows = np.arange(0, march.grid.n_steps + 1, 2)
    random = np.var(march.offsets[rows], axis=1)
    m, v = march.m[rows], march.v[rows]
    differences = other.m[: len(rows)] - m, other.v[: len(rows)] - v
    if not all(np.all(np.isfinite(x)) for x in differences):
        return math.inf
    cells = max(1, math.ceil(0.5 * max(march.network.period or 0.0, 1.0) / march.grid.dt))
    total = v + random
    scale = np.maximum(_running_maximum(total, cells), _FADED * np.maximum.accumulate(total))
    square = scale + _running_maximum(m * m, cells)
    of_variance = np.abs(differences[1]) / np.maximum(scale, 1e-300)
    of_mean = np.abs(differences[0]) / np.sqrt(np.maximum(square, 1e-300))
    shared = _AMPLIFIED * float(march.averages.error)
    return float(max(np.max(of_variance), np.max(of_mean))) + shared


def _running_maximum(x: FloatArray, cells: int) -> FloatArray:
    from scipy.ndimage import maximum_filter1d

    return np.asarray(maximum_filter1d(x, 2 * cells + 1, mode="nearest"))
