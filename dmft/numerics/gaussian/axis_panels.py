"""A nonlinearity resolved wherever a Gaussian may lie: on panels whose errors are relative to phi nearby.

Gauss-Legendre on such panels, cut to the width that a Gaussian weight needs, has no error that depends on how steep phi
is.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.breakpoints import remembered
from dmft.numerics.gaussian.legendre import integrals
from dmft.numerics.gaussian.panels import bisected, both, evaluated, narrowest, rough_edges, tails, with_breakpoints

NODES = 16
_LONGEST = 2.0  # panels about 0 that the search starts with; they grow with the distance, by _GROWTH
_GROWTH = 0.25
_SMALLEST = 1e-6  # distance from 0 below which the size of phi is that at it
_SAMPLES = 1500  # points at which the size is read, on each side, besides the edges
_NOISE = 6e-15  # rounding of values, relative to their size nearby, and of x, relative to x
_ROUNDING = 1e-12  # width of a panel, relative to its place, at which it is a place
_MOST = 4000  # panels
_JUMP = 1e-6  # part of phi that a panel as small as rounding may add to it, beyond what the slope explains


class AxisPanels:
    """Panels of a nonlinearity on [-reach, reach]; the reach grows when it is asked for more.

    Attributes
    ----------
    edges : of the panels, shape (n + 1,), ascending.
    kinks : edges across which phi or phi' is not smooth.
    error : relative size of what the panels do not resolve; 0 where they resolve everything.
    """

    def __init__(self, nonlinearity: Any) -> None:
        self.nonlinearity = nonlinearity
        self.reach, self.error = -1.0, 0.0  # none yet
        self.edges = self.kinks = np.zeros(0)

    def within(self, low: float, high: float) -> FloatArray:
        """Return the edges inside (low, high)."""
        self._cover(max(abs(low), abs(high)))
        return self.edges[np.searchsorted(self.edges, low, side="right") : np.searchsorted(self.edges, high)]

    def narrowest(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """Return the width of the narrowest panel that each (low, high) meets; 0 if there is a kink inside."""
        self._cover(float(np.max(np.maximum(np.abs(low), np.abs(high)), initial=0.0)))
        kinked = np.searchsorted(self.kinks, high) > np.searchsorted(self.kinks, low, side="right")
        return np.where(kinked, 0.0, narrowest(self.edges, low, high))

    def _cover(self, reach: float) -> None:
        if reach <= self.reach:
            return
        self.reach = 2.0 ** math.ceil(math.log2(max(reach, 1.0)) + 1e-9)
        self.edges, self.kinks, self.error = _resolved(self.nonlinearity, self.reach)


@remembered
def _resolved(nonlinearity: Any, reach: float) -> tuple[FloatArray, FloatArray, float]:
    """Return edges, kinks and the error of the panels on [-reach, reach]: 1 ms, so once for each nonlinearity."""
    top = math.asinh(reach * _GROWTH / _LONGEST)
    even = np.sinh(np.linspace(-top, top, 2 * math.ceil(top / _GROWTH) + 1)) * (reach / math.sinh(top))
    start = with_breakpoints(nonlinearity, even)
    measure = _Nearby(nonlinearity, start)
    pieces = bisected(nonlinearity, start, NODES, measure, _MOST)
    edges = pieces.edges
    kinks = rough_edges(nonlinearity, edges, NODES, measure)
    left, right = edges[:-1], edges[1:]
    place = right - left < _ROUNDING * np.maximum(np.abs(left), np.abs(right))
    gap = np.diff(evaluated(nonlinearity, edges, False)) - integrals(left, right, pieces.values[1])
    jumps = left[place & (np.abs(gap) > _JUMP * measure.near(left, right)[0])]
    if len(jumps):
        raise ValueError(f"a nonlinearity must be continuous; {nonlinearity!r} jumps at x = {jumps[0]:.6g}")
    return edges, kinks, float(np.max(pieces.missed[:, ~place], initial=0.0))


class _Nearby:
    """Errors relative to the largest |phi|, or |phi'|, up to the distance of a panel from 0, on both sides."""

    tolerance = 1e-11
    finite = False  # what is not finite is left for the averages to refuse, if they meet it

    def __init__(self, nonlinearity: Any, start: FloatArray) -> None:
        self._distance = np.union1d(np.geomspace(_SMALLEST, start[-1], _SAMPLES), np.abs(start))
        found = np.abs(both(nonlinearity, self._distance * np.array([[-1.0], [1.0]]), self.finite))
        self._size = np.maximum.accumulate(np.where(np.isfinite(found), found, 0.0).max(axis=1), axis=1)

    def near(self, left: FloatArray, right: FloatArray) -> FloatArray:
        """Return the sizes of phi and phi' that errors on each panel are compared with, shape (2, n).

        Rounding is that of the larger values that are near: 1 - tanh^2 keeps the noise of 1 where it has died out.
        """
        outer = np.maximum(np.abs(left), np.abs(right))
        within, beyond = (
            self._size[:, np.minimum(np.searchsorted(self._distance, d), len(self._distance) - 1)]
            for d in (outer, 2.0 * outer + 2.0)
        )
        return np.asarray(np.maximum(np.maximum(within, _NOISE / self.tolerance * beyond), 1e-300))

    def missed(self, left: FloatArray, right: FloatArray, f: FloatArray) -> FloatArray:
        """Return the last Legendre coefficients of each panel, less their rounding, over what is near."""
        with np.errstate(all="ignore"):
            size = np.maximum(self.near(left, right), np.max(np.abs(f), axis=-1))
            return np.asarray((tails(f) - _rounding(left, right, f)) / size)

    def size(self, left: FloatArray, right: FloatArray, ends: FloatArray) -> FloatArray:
        """Return what is near, and as much more as the rounding of a rise needs."""
        return np.asarray(self.near(left, right)[0] + 1e11 * _rounding(left, right, ends))


def _rounding(left: FloatArray, right: FloatArray, f: FloatArray) -> FloatArray:
    """Return what the rounding of x does to the values of f on each panel."""
    with np.errstate(all="ignore"):
        return np.asarray(_NOISE * np.maximum(np.abs(left), np.abs(right)) / (right - left) * np.ptp(f, axis=-1))
