"""Two-time averages of any nonlinearity by its Mehler series, with a bound on what the series and its nodes leave.

    <phi phi> = sum_n a_n(m1, v1) a_n(m2, v2) r^n,  a_n(m, v) = <phi(m + sqrt(v) z) He_n(z)>/sqrt(n!),  r = c/(s1 s2).
The coefficients belong to one time. They are taken on the panels of phi (`panels`), cut to what a Gaussian weight and
He_n need. What N terms leave is at most |r|^N times the root of what they miss of <phi^2> at the two times: steep
functions miss much of it, but |r|^N is small everywhere but next to the diagonal.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray, IntArray
from dmft.numerics.gaussian.axis_panels import NODES, AxisPanels
from dmft.numerics.gaussian.hermite import hermite_functions
from dmft.numerics.gaussian.hermite_sums import hermite_sums
from dmft.numerics.gaussian.legendre import under_normal
from dmft.numerics.gaussian.panels import both

LENGTHS = (128, 512, 2048, 4096)  # numbers of terms, tried in turn
_REACH = 11.0  # standard deviations; the weight of what is beyond, times He_n, is below 1e-13
_WIDTHS = (0.5, 0.5, 0.25, 0.25)  # panels in z that resolve He_n, n below LENGTHS
_FINE = 0.25  # narrowest panels in z of the nodes that all times can share
_WIDER = 2.0  # Gauss-Legendre panels for an integral may be this much wider than those that resolve the values
_POINTWISE = 1e-9  # error of <phi phi> of single pairs above which more terms are taken
_IN_BULK = 1e-5  # mean error of many pairs above which more terms are taken
_LARGEST = 4e6  # coefficients of one call beyond which the series is not lengthened
_DIRECT = 16  # pairs at most of a call whose points are averaged one by one where the series does not do
_TOGETHER = 64  # means and variances whose nodes are evaluated in one go


class MehlerPairs:
    """Averages of any nonlinearity by its Mehler series.

    Attributes
    ----------
    error, slope_error : largest error of <phi phi> and of <phi' phi'> so far, relative to the root of <phi^2>_1
        <phi^2>_2, of phi' likewise.
    """

    def __init__(self, nonlinearity: Any, longest: int = LENGTHS[-1]) -> None:
        self.nonlinearity = nonlinearity
        self.panels = AxisPanels(nonlinearity)
        self.longest = longest
        self.error = self.slope_error = 0.0
        self._level = 0
        self._known = (0.0, 0.0, 0.0)  # an interval, and the widest panels that do everywhere in it
        self._uniform: dict[float, tuple[FloatArray, FloatArray]] = {}
        self._tables: dict[tuple[int, float], FloatArray] = {}

    @property
    def n_terms(self) -> int:
        """Number of terms of the series; what it misses is one more."""
        return LENGTHS[self._level]

    def lengthened(self) -> bool:
        """Take more terms from now on, if more are allowed."""
        if self._level + 1 < len(LENGTHS) and LENGTHS[self._level + 1] <= self.longest:
            self._level += 1
            return True
        return False

    def note(self, error: float, slope_error: float) -> None:
        """Keep the largest errors."""
        self.error = max(self.error, error, self.panels.error)
        self.slope_error = max(self.slope_error, slope_error, self.panels.error)

    def nodes(self, mean: float, deviation: float, width: float) -> tuple[FloatArray, FloatArray]:
        """Return nodes z and weights of a standard normal for functions of phi(mean + deviation z)."""
        cells = _cells(width)
        if deviation > 1e-9 * abs(mean):
            x = self.panels.within(mean - _REACH * deviation, mean + _REACH * deviation)
            cells = np.union1d(cells, (x - mean) / deviation)
        z, weights = under_normal(cells[:-1], cells[1:], NODES)
        return z.ravel(), weights.ravel()

    def first(self, mean: ArrayLike, variance: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return <phi> and <phi'>."""
        return self.averaged(mean, variance, 0.5)

    def averaged(self, mean: ArrayLike, variance: ArrayLike, width: float) -> tuple[FloatArray, FloatArray]:
        """Return <phi> and <phi'> with panels in z of at most `width`."""
        m, s = np.broadcast_arrays(np.asarray(mean, float), np.sqrt(np.maximum(np.asarray(variance, float), 0.0)))
        flat, deviation = m.ravel(), s.ravel()
        out = np.empty((2, flat.size))
        for shared, places in self._shared(flat, deviation, width):
            if shared is not None:
                z, w = self._uniform_nodes(shared)
                for row, values in zip(out, self.values(flat[places] + deviation[places] * z[:, None]), strict=True):
                    row[places] = w @ values
                continue
            for few in np.array_split(places, math.ceil(len(places) / _TOGETHER)):
                rules = [self.nodes(flat[i], deviation[i], width) for i in few]
                x = np.concatenate([flat[i] + deviation[i] * z for i, (z, _) in zip(few, rules, strict=True)])
                weights = np.concatenate([w for _, w in rules])
                starts = np.cumsum([0, *(len(w) for _, w in rules[:-1])])
                for row, values in zip(out, self.values(x), strict=True):
                    row[few] = np.add.reduceat(values * weights, starts)
        return out[0].reshape(m.shape), out[1].reshape(m.shape)

    def coefficients(self, mean: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the Hermite coefficients of phi and phi', shape (n_terms + 1, n_time), at each mean and variance.

        The last term of each is the root of what the others miss of <phi^2>, so that c = v is exact there.

        Raises
        ------
        FloatingPointError : if the nonlinearity returns a value that is not finite.
        """
        table, _ = self._expanded(mean, variance)
        return table[0], table[1]

    def _expanded(self, mean: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the coefficients of phi and phi', and <phi^2> and <phi'^2>."""
        n, width = self.n_terms, _WIDTHS[self._level]
        deviation = np.sqrt(np.maximum(variance, 0.0))
        out = np.zeros((2, n + 1, len(mean)))
        square = np.zeros((2, len(mean)))
        for shared, places in self._shared(mean, deviation, width):
            if shared is not None:
                z, w = self._uniform_nodes(shared)
                table = self._table(shared)
                for f, values in enumerate(self.values(mean[places] + deviation[places] * z[:, None])):
                    out[f][:n, places] = table @ values
                    square[f, places] = w @ values**2
                continue
            for i in places:
                z, w = self.nodes(mean[i], deviation[i], width)
                found = self.values(mean[i] + deviation[i] * z)
                out[:, :n, i] = hermite_sums(z, found * (w * np.exp(0.25 * z * z)), n)
                square[:, i] = found**2 @ w
        missing = square - np.sum(out[:, :n] ** 2, axis=1)
        out[:, n] = np.sqrt(np.where(missing > 1e-14 * square, missing, 0.0))
        return out, square

    def pair(
        self, mean1: ArrayLike, variance1: ArrayLike, mean2: ArrayLike, variance2: ArrayLike, covariance: ArrayLike
    ) -> tuple[FloatArray, FloatArray]:
        """Return <phi phi> and <phi' phi'>; of a few pairs by quadrature in two dimensions, where the series loses too
        much: of many the loss is in `error`."""
        from dmft.numerics.gaussian.conditional_pair import conditional_pair

        given = [np.asarray(x, dtype=float) for x in (mean1, variance1, mean2, variance2, covariance)]
        m1, v1, m2, v2, c = given
        scale = np.sqrt(v1 * v2)
        with np.errstate(invalid="ignore", divide="ignore"):
            r = np.where(scale > 0, np.clip(c / scale, -1.0, 1.0), 0.0)
        shape = np.broadcast_shapes(*(x.shape for x in given))
        while True:
            (one, power1), (two, power2) = self._spread(m1, v1), self._spread(m2, v2)
            same = (m1 == m2) & (v1 == v2) & (r == 1.0)
            bounds = []
            for x, y, a, b in zip(one, two, power1, power2, strict=True):
                missing = 2.0 * np.abs(r) ** (len(x) - 1) * x[-1] * y[-1]
                bounds.append(np.array(np.where(same, 0.0, missing / np.maximum(np.sqrt(a * b), 1e-300))))
            poor = np.broadcast_to((bounds[0] > _POINTWISE) | (bounds[1] > 100.0 * _POINTWISE), shape)
            many = poor.size > _DIRECT
            enough = not np.any(poor) if not many else np.mean(bounds[0]) <= _IN_BULK and np.mean(bounds[1]) <= _IN_BULK
            if enough or (many and one[0].size + two[0].size > _LARGEST) or not self.lengthened():
                break
        sums = [np.array(np.broadcast_to(_summed(x, y, r), shape)) for x, y in zip(one, two, strict=True)]
        bounds = [np.array(np.broadcast_to(b, shape)) for b in bounds]
        if np.any(poor) and poor.size <= _DIRECT:
            arrays = np.broadcast_arrays(m1, v1, m2, v2, r)
            for place in np.argwhere(poor):
                at = tuple(place)
                q, p, errors = conditional_pair(self, *(float(x[at]) for x in arrays))
                sums[0][at], sums[1][at] = q, p
                bounds[0][at], bounds[1][at] = errors
        self.note(float(np.max(bounds[0], initial=0.0)), float(np.max(bounds[1], initial=0.0)))
        return sums[0], sums[1]

    def _spread(self, mean: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        m, v = np.broadcast_arrays(mean, variance)
        if m.size > 1 and np.all(m == m.flat[0]) and np.all(v == v.flat[0]):  # one time, written many times
            m, v = m.ravel()[:1].reshape((1,) * m.ndim), v.ravel()[:1].reshape((1,) * m.ndim)
        table, square = self._expanded(m.ravel(), v.ravel())
        return table.reshape(2, -1, *m.shape), square.reshape(2, *m.shape)

    def _shared(self, mean: FloatArray, deviation: FloatArray, width: float) -> list[tuple[float | None, IntArray]]:
        """Return the width in z of panels that do for phi whatever the time, or None, and the times that they serve."""
        reach = _REACH * deviation
        low, high, widest = float(np.min(mean - reach)), float(np.max(mean + reach)), float(np.max(deviation))
        known = self._known
        if known[0] <= low and high <= known[1]:
            for shared in (width, min(width, _FINE)):
                if known[2] >= shared * widest:
                    return [(shared, np.arange(len(mean)))]
        margin = 0.2 * (high - low)
        around = low - margin, high + margin
        allowed = _WIDER * self.panels.narrowest(np.array([around[0]]), np.array([around[1]]))
        self._known = (*around, float(allowed[0]))
        allowed = _WIDER * self.panels.narrowest(mean - reach, mean + reach)
        groups: list[tuple[float | None, IntArray]] = []
        rest = np.ones(len(mean), dtype=bool)
        for shared in sorted({width, min(width, _FINE)}, reverse=True):
            here = rest & (allowed >= shared * deviation)
            rest &= ~here
            if np.any(here):
                groups.append((shared, np.flatnonzero(here)))
        if np.any(rest):
            groups.append((None, np.flatnonzero(rest)))
        return groups

    def _uniform_nodes(self, width: float) -> tuple[FloatArray, FloatArray]:
        if width not in self._uniform:
            self._uniform[width] = self.nodes(0.0, 0.0, width)
        return self._uniform[width]

    def _table(self, width: float) -> FloatArray:
        """Return w h_n on panels of one width, shape (n_terms, n_nodes)."""
        key = (self.n_terms, width)
        if key not in self._tables:
            z, w = self._uniform_nodes(width)
            self._tables[key] = hermite_functions(z, self.n_terms) * (w * np.exp(0.25 * z * z))
        return self._tables[key]

    def values(self, x: FloatArray) -> FloatArray:
        """Return phi and phi' at x."""
        return both(self.nonlinearity, x)


@cache
def _cells(width: float) -> FloatArray:
    return np.linspace(-_REACH, _REACH, round(2.0 * _REACH / width) + 1)


def _summed(left: FloatArray, right: FloatArray, r: FloatArray) -> FloatArray:
    total: FloatArray = np.zeros(np.broadcast_shapes(r.shape, left.shape[1:], right.shape[1:]))
    for x, y in zip(left[::-1], right[::-1], strict=True):
        total = total * r + x * y
    return total
