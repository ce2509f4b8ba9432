"""Two-time averages of any nonlinearity by its Mehler series, with a bound on what the series and its nodes leave.

    <phi phi> = sum_n a_n(m1, v1) a_n(m2, v2) r^n,  a_n(m, v) = <phi(m + sqrt(v) z) He_n(z)>/sqrt(n!),  r = c/(s1 s2).
The coefficients belong to one time. They are taken on the panels of phi (`panels`), cut to what a Gaussian weight and
He_n need. What N terms leave is at most |r|^N times the root of what they miss of <phi^2> at the two times: steep
functions miss much of it, but |r|^N is small everywhere but next to the diagonal.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray, IntArray
from dmft.budget import spend
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
_A_VALUE = 6e-8  # seconds of phi and phi' at a node
_TOGETHER = 64  # means and variances whose nodes are evaluated in one go

Integrand: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]


def _themselves(z: FloatArray, values: FloatArray) -> FloatArray:
    return values


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
        self._known = (0.0, -1.0, 0.0)  # an interval, and the widest panels that do everywhere in it

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
        phi, slope = self.averaged(mean, variance, 0.5)
        return phi, slope

    def averaged(self, mean: ArrayLike, variance: ArrayLike, width: float, of: Integrand = _themselves) -> FloatArray:
        """Return <phi> and <phi'>, or averages `of` (z, phi and phi'), shape (k, ...), panels in z at most `width`."""
        m, s = np.broadcast_arrays(np.asarray(mean, float), np.sqrt(np.maximum(np.asarray(variance, float), 0.0)))
        flat, deviation = m.ravel(), s.ravel()
        out = np.empty((len(of(np.zeros(1), np.zeros((2, 1)))), flat.size))
        for shared, places in self._shared(flat, deviation, width):
            if shared is not None:
                z, w = _uniform(shared)
                spend(z.size * len(places) * _A_VALUE)
                x = flat[places] + deviation[places] * z[:, None]
                out[:, places] = w @ of(z[:, None], self.values(x))
                continue
            for few in np.array_split(places, math.ceil(len(places) / _TOGETHER)):
                rules = [self.nodes(flat[i], deviation[i], width) for i in few]
                x = np.concatenate([flat[i] + deviation[i] * z for i, (z, _) in zip(few, rules, strict=True)])
                spend(1e-4 * len(few) + x.size * _A_VALUE)
                weights = np.concatenate([w for _, w in rules])
                starts = np.cumsum([0, *(len(w) for _, w in rules[:-1])])
                values = of(np.concatenate([z for z, _ in rules]), self.values(x))
                out[:, few] = np.add.reduceat(values * weights, starts, axis=1)
        return out.reshape(len(out), *m.shape)

    def coefficients(self, mean: FloatArray, variance: FloatArray) -> FloatArray:
        """Return the Hermite coefficients of phi and phi', shape (2, n_terms + 1, n_time), at each mean and variance.

        The last term of each is the root of what the others miss of <phi^2>, so that c = v is exact there.

        Raises
        ------
        FloatingPointError : if the nonlinearity returns a value that is not finite.
        """
        return self._expanded(mean, variance)[0]

    def _expanded(self, mean: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the coefficients of phi and phi', and <phi^2> and <phi'^2>."""
        n, width = self.n_terms, _WIDTHS[self._level]
        deviation = np.sqrt(np.maximum(variance, 0.0))
        out = np.zeros((2, n + 1, len(mean)))
        square = np.zeros((2, len(mean)))
        for shared, places in self._shared(mean, deviation, width):
            if shared is not None:
                z, w = _uniform(shared)
                spend(z.size * len(places) * (_A_VALUE + 4e-10 * n))
                found = self.values(mean[places] + deviation[places] * z[:, None])
                out[:, :n, places] = _table(n, shared) @ found
                square[:, places] = w @ found**2
                continue
            for i in places:
                z, w = self.nodes(mean[i], deviation[i], width)
                spend(1e-4 + z.size * (_A_VALUE + 8e-10 * n))
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

        arguments = (mean1, variance1, mean2, variance2, covariance)
        m1, v1, m2, v2, c = given = [np.asarray(x, dtype=float) for x in arguments]
        scale = np.sqrt(v1 * v2)
        with np.errstate(invalid="ignore", divide="ignore"):
            r = np.where(scale > 0, np.clip(c / scale, -1.0, 1.0), 0.0)
        shape = np.broadcast_shapes(*(x.shape for x in given))
        few = math.prod(shape) <= _DIRECT
        while True:
            (one, power1), (two, power2) = (self._spread(m, v, len(shape)) for m, v in ((m1, v1), (m2, v2)))
            missing = 2.0 * np.abs(r) ** self.n_terms * one[:, -1] * two[:, -1]
            missing = np.where((m1 == m2) & (v1 == v2) & (r == 1.0), 0.0, missing)
            bounds = np.array(np.broadcast_to(missing / np.maximum(np.sqrt(power1 * power2), 1e-300), (2, *shape)))
            poor = (bounds[0] > _POINTWISE) | (bounds[1] > 100.0 * _POINTWISE)
            enough = not np.any(poor) if few else max(np.mean(bounds[0]), np.mean(bounds[1])) <= _IN_BULK
            if enough or (not few and one[0].size + two[0].size > _LARGEST) or not self.lengthened():
                break
        sums: FloatArray = np.zeros((2, *shape))
        for n in range(one.shape[1] - 1, -1, -1):
            sums = sums * r + one[:, n] * two[:, n]
        if few:
            arrays = np.broadcast_arrays(m1, v1, m2, v2, r)
            for place in np.argwhere(poor):
                at = (slice(None), *place)
                sums[at], bounds[at] = conditional_pair(self, *(float(x[tuple(place)]) for x in arrays))
        self.note(float(np.max(bounds[0], initial=0.0)), float(np.max(bounds[1], initial=0.0)))
        return sums[0], sums[1]

    def _spread(self, mean: FloatArray, variance: FloatArray, ndim: int) -> tuple[FloatArray, FloatArray]:
        """Return the coefficients, shape (2, n_terms + 1, ...), and the powers, for `ndim` dimensions."""
        m, v = np.broadcast_arrays(mean, variance)
        shape = (1,) * (ndim - m.ndim) + m.shape
        if m.size > 1 and np.all(m == m.flat[0]) and np.all(v == v.flat[0]):  # one time, written many times
            m, v, shape = m.flat[:1], v.flat[:1], (1,) * ndim
        table, square = self._expanded(m.ravel(), v.ravel())
        return table.reshape(2, -1, *shape), square.reshape(2, *shape)

    def _shared(self, mean: FloatArray, deviation: FloatArray, width: float) -> list[tuple[float | None, IntArray]]:
        """Return the width in z of panels that do for phi whatever the time, or None, and the times that they serve."""
        low, high = mean - _REACH * deviation, mean + _REACH * deviation
        bottom, top = float(low.min()), float(high.max())
        if not self._known[0] <= bottom <= top <= self._known[1]:
            margin = np.array([0.2 * (top - bottom)])
            least = self.panels.narrowest(bottom - margin, top + margin)
            self._known = bottom - float(margin[0]), top + float(margin[0]), _WIDER * float(least[0])
        fine, widest = min(width, _FINE), float(deviation.max())
        for shared in (width, fine):
            if self._known[2] >= shared * widest:
                return [(shared, np.arange(len(mean)))]
        allowed = _WIDER * self.panels.narrowest(low, high)
        wide, close = allowed >= width * deviation, allowed >= fine * deviation
        groups = [(width, wide), (fine, close & ~wide), (None, ~close)]
        return [(shared, np.flatnonzero(here)) for shared, here in groups if np.any(here)]

    def values(self, x: FloatArray) -> FloatArray:
        """Return phi and phi' at x."""
        return both(self.nonlinearity, x)


@cache
def _cells(width: float) -> FloatArray:
    return np.linspace(-_REACH, _REACH, round(2.0 * _REACH / width) + 1)


@cache
def _uniform(width: float) -> tuple[FloatArray, FloatArray]:
    """Return nodes z and weights on panels of one width."""
    z, weights = under_normal(_cells(width)[:-1], _cells(width)[1:], NODES)
    return z.ravel(), weights.ravel()


@lru_cache(maxsize=6)
def _table(n_terms: int, width: float) -> FloatArray:
    """Return w h_n on panels of one width, shape (n_terms, n_nodes)."""
    z, w = _uniform(width)
    return hermite_functions(z, n_terms) * (w * np.exp(0.25 * z * z))
