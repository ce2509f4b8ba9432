"""Means that hold themselves at a variance, for all variances."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.breakpoints import remembered
from dmft.numerics.gaussian.panels import evaluated
from dmft.theories.stationary.balanced.mean_averages import MeanAverages
from dmft.theories.stationary.balanced.moments import first, rate, square

_SMALLEST, LARGEST, _PER_E_FOLD = 1e-30, 1e13, 2.0  # of the grid of c0, relative to the scale of the inputs
_MEANS = 400  # points of the grid of m where the mean equation may have several roots


def strands(site: MeanAverages) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield (c0, m) along each line on which the mean equation holds."""
    folds = math.log(LARGEST / _SMALLEST)
    grid = input_scale(site) * _SMALLEST * np.exp(np.linspace(0.0, folds, math.ceil(folds * _PER_E_FOLD)))
    if increasing(site.nonlinearity):
        m = means(site, grid)
        known = np.isfinite(m)
        yield grid[known], m[known]
        return
    open_c: list[list[float]] = []
    open_m: list[list[float]] = []
    for c0, roots in zip(grid, _all_means(site, grid), strict=True):
        if len(roots) != len(open_m):
            yield from ((np.array(c), np.array(m)) for c, m in zip(open_c, open_m, strict=True))
            open_c, open_m = [[] for _ in roots], [[] for _ in roots]
        for variances, along, root in zip(open_c, open_m, roots, strict=True):
            variances.append(float(c0))
            along.append(float(root))
    yield from ((np.array(c), np.array(m)) for c, m in zip(open_c, open_m, strict=True))


def means(site: MeanAverages, c0: FloatArray, rough: bool = True) -> FloatArray:
    """Return m at variances c0 where phi is increasing: safeguarded Newton in a bracket that is known beforehand."""
    m = np.full(c0.shape, site.excitation)
    excess = site.inhibition * first(site, c0, m, rough)[0]  # the slope in m is at least 1
    low, high = np.minimum(m, m - excess), np.maximum(m, m - excess)
    before = np.full(c0.shape, np.inf)
    for _ in range(100):
        f, d = first(site, c0, m, rough)
        value = m - site.excitation + site.inhibition * f
        high, low = np.where(value > 0, m, high), np.where(value > 0, low, m)
        with np.errstate(all="ignore"):
            new = m - value / (1.0 + site.inhibition * d)
            rounding = np.abs(m) + np.sqrt(c0) + site.amplitude + site.inhibition * (np.abs(f) + 0.1 * np.sqrt(c0))
            done = np.abs(new - m) <= 4e-15 * (rounding + site.inhibition * site.amplitude)
            # where phi saturates on both sides Newton's method can go to and fro for ever
            fair = (new >= low) & (new <= high) & (np.abs(value) <= 0.5 * before)
            before = np.abs(value)
        m = np.where(done | fair, new, 0.5 * (low + high))
        if np.all(done | ~np.isfinite(m)):
            break
    return m


def growths(site: MeanAverages, c0: FloatArray, m: FloatArray, rough: bool = True) -> FloatArray:
    """Return log(g^2 <phi^2>/c0): what c0 would grow by if it were fed back once."""
    with np.errstate(all="ignore"):
        return np.asarray(np.log(site.gain**2 * square(site, c0, m, rough) / c0))


def input_scale(site: MeanAverages) -> float:
    """Return about the largest variance that the input alone makes."""
    return (1.0 + abs(site.excitation) + site.amplitude) ** 2


@remembered
def increasing(nonlinearity: Any) -> bool:
    """Whether phi' >= 0, judged on a grid of points."""
    slope = evaluated(nonlinearity.derivative, np.sinh(np.linspace(-12.0, 12.0, 2401)), finite=False)
    return bool(np.all(slope[np.isfinite(slope)] >= 0))


def _all_means(site: MeanAverages, grid: FloatArray) -> list[FloatArray]:
    """Return all m of the mean equation at each c0: changes of sign on a dense grid, halved until they are exact."""
    reach = abs(site.excitation) + site.inhibition * _largest(site) + site.amplitude + 1.0
    points = np.sinh(np.linspace(-1.0, 1.0, _MEANS) * math.asinh(10.0 * reach)) / 10.0
    found = []
    for c0 in grid:
        value = points - site.excitation + site.inhibition * rate(site, np.full(_MEANS, c0), points, rough=True)
        at = np.flatnonzero(value[:-1] * value[1:] <= 0)
        low, high, sign = points[at].copy(), points[at + 1].copy(), np.sign(value[at])
        for _ in range(50 if len(at) else 0):
            middle = 0.5 * (low + high)
            same = np.sign(
                middle - site.excitation + site.inhibition * rate(site, np.full(len(at), c0), middle, rough=True)
            )
            low, high = np.where(same == sign, middle, low), np.where(same == sign, high, middle)
        found.append(0.5 * (low + high))
    return found


def _largest(site: MeanAverages) -> float:
    x = np.sinh(np.linspace(-7.0, 7.0, 400))
    size = np.abs(evaluated(site.nonlinearity, x, finite=False))
    return float(min(np.max(size[np.isfinite(size)]), 1e3))
