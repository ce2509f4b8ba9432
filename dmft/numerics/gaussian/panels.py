"""Where on the axis a nonlinearity is steep or has kinks: panels on which it is a polynomial to rounding.

Found from values of phi and phi' alone: a panel is bisected until sixteen Gauss-Legendre nodes resolve both, and
neighbours that one polynomial serves are joined again. At a kink the bisection ends at rounding; that place becomes an
edge, and the panels beside it are as wide as the two smooth pieces allow. Gauss-Legendre on such panels, cut to the
width that a Gaussian weight needs, has no error that depends on how steep phi is.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray

ORDER = 16
NODES, WEIGHTS = np.polynomial.legendre.leggauss(ORDER)
_TO_SERIES = np.linalg.inv(np.polynomial.legendre.legvander(NODES, ORDER - 1))
_TOLERANCE = 1e-11  # of phi and phi', relative to their size on that side of the axis
_SMALLEST = 1e-6  # inner edge of the panels that the search starts with; they grow by _RATIO
_RATIO = 2.0**0.25
_NOISE = 6e-15  # rounding of values, relative to their size nearby, and of x, relative to x
_ROUNDING = 1e-12  # width of a panel, relative to its place, at which bisection ends
_MOST = 4000  # panels
_JUMP = 1e-6  # part of phi by which it may change over a panel as small as rounding, beyond what its slope explains
_DIVERGING = 300.0  # ratio of slopes at a place and 1e-7 beside it above which the slope diverges: x^-1/2 has 3000


class Panels:
    """Panels of a nonlinearity on [-reach, reach]; the reach grows when it is asked for more.

    Attributes
    ----------
    edges : of the panels, shape (n + 1,), ascending.
    kinks : edges across which phi or phi' is not smooth.
    error : relative size of what the panels do not resolve; 0 where they resolve everything.
    """

    def __init__(self, nonlinearity: Any) -> None:
        self.nonlinearity = nonlinearity
        self.reach = 0.0
        self.edges: FloatArray = np.zeros(1)
        self.kinks: FloatArray = np.zeros(0)
        self.error = 0.0
        self._widths: FloatArray = np.zeros(0)

    def within(self, low: float, high: float) -> FloatArray:
        """Return the edges inside (low, high)."""
        self.cover(max(abs(low), abs(high)))
        first, last = np.searchsorted(self.edges, [low, high], side="left")
        inside = self.edges[first:last]
        return inside[inside > low]

    def narrowest(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """Return the width of the narrowest panel that each (low, high) meets; 0 if there is a kink inside."""
        self.cover(float(np.max(np.maximum(np.abs(low), np.abs(high)), initial=0.0)))
        most = len(self._widths)  # beyond the edges, or not a number: the last panel
        first = np.clip(np.searchsorted(self.edges, low, side="right") - 1, 0, most - 1)
        last = np.clip(np.searchsorted(self.edges, high, side="left"), first + 1, most)
        ranges = np.stack([first, last], axis=-1).ravel()
        widths = np.minimum.reduceat(np.append(self._widths, np.inf), ranges)[::2]
        if len(self.kinks):
            kinked = np.searchsorted(self.kinks, high) > np.searchsorted(self.kinks, low, side="right")
            widths = np.where(kinked, 0.0, widths)
        return widths

    def cover(self, reach: float) -> None:
        """Have panels on [-reach, reach]."""
        if not reach <= self.reach:
            self._build(2.0 ** math.ceil(math.log2(max(reach, 1.0)) + 1e-9))

    def _build(self, reach: float) -> None:
        self.reach = reach
        count = math.ceil(math.log(reach / _SMALLEST) / math.log(_RATIO))
        positive = np.geomspace(_SMALLEST, reach, count + 1)
        start = np.concatenate([-positive[::-1], [0.0], positive])
        edges, kinks, self.error = self._bisected(start)
        if len(kinks):
            edges, singular, self.error = self._bisected(np.union1d(start, kinks))
            self._refuse_jumps(np.union1d(kinks, singular))
        self.kinks = kinks
        self.edges = self._joined(edges)
        self._widths = np.diff(self.edges)
        self.kinks = self._broken()

    def values(self, edges: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return phi and phi' at the nodes of each panel, shape (n, ORDER)."""
        x = 0.5 * (edges[1:, None] + edges[:-1, None]) + 0.5 * np.diff(edges)[:, None] * NODES
        return _evaluated(self.nonlinearity, x), _evaluated(self.nonlinearity.derivative, x)

    def _scales(self, left: FloatArray, right: FloatArray, phi: FloatArray) -> FloatArray:
        """Return what a tail of phi is compared with: the largest |phi| up to each panel, on both sides of the origin.

        Rounding is that of the larger values that are near: 1 - tanh^2 keeps the noise of 1 where it has died out.
        """
        outer = np.maximum(np.abs(left), np.abs(right))
        order = np.argsort(outer)
        size = np.where(np.isfinite(phi), np.abs(phi), 0.0).max(axis=1)
        largest = np.maximum.accumulate(size[order])
        scale = np.empty_like(size)
        scale[order] = largest
        beyond = largest[np.searchsorted(outer[order], 2.0 * outer + 2.0, side="right") - 1]
        return np.asarray(np.maximum(np.maximum(scale, _NOISE / _TOLERANCE * beyond), 1e-300))

    def _bisected(self, start: FloatArray) -> tuple[FloatArray, FloatArray, float]:
        """Return edges of panels that resolve phi and phi', the places where bisection ended, and what is left."""
        phi, slope = self.values(start)
        left, right = start[:-1], start[1:]
        scales = [self._scales(left, right, phi), self._scales(left, right, slope)]
        done: list[FloatArray] = [left[:0]]
        ended: list[FloatArray] = [left[:0]]
        error, count = 0.0, 0
        for _ in range(70):
            with np.errstate(all="ignore"):
                noise = _NOISE * np.maximum(np.abs(left), np.abs(right)) / (right - left)
                tails = np.maximum(
                    *((_tail(f) - noise * np.ptp(f, axis=1)) / s for f, s in zip((phi, slope), scales, strict=True))
                )
            fine = ~(tails > _TOLERANCE)  # what is not finite is left for the averages to refuse, if they meet it
            small = right - left < _ROUNDING * np.maximum(np.abs(left), np.abs(right))
            small |= right - left < 1e-2 * _ROUNDING * _SMALLEST
            count += int(np.sum(fine | small))
            done.append(left[fine | small])
            ended.append(0.5 * (left + right)[small & ~fine])
            rest = ~(fine | small)
            if not np.any(rest):
                break
            if count + int(np.sum(rest)) > _MOST:
                error = float(np.max(tails[rest]))
                done.append(left[rest])
                break
            middle = 0.5 * (left + right)[rest]
            left, right = np.concatenate([left[rest], middle]), np.concatenate([middle, right[rest]])
            scales = [np.tile(s[rest], 2) for s in scales]
            x = 0.5 * (right + left)[:, None] + 0.5 * (right - left)[:, None] * NODES
            phi, slope = _evaluated(self.nonlinearity, x), _evaluated(self.nonlinearity.derivative, x)
        edges = np.append(np.sort(np.concatenate(done)), start[-1])
        return edges, _clustered(np.sort(np.concatenate(ended))), error

    def _joined(self, edges: FloatArray) -> FloatArray:
        """Join neighbours that one polynomial serves, kinks between them excepted."""
        for attempt in range(80):
            if len(edges) < 3:
                break
            phi, slope = self.values(edges)
            scales = [self._scales(edges[:-1], edges[1:], f) for f in (phi, slope)]
            first = np.arange(attempt % 2, len(edges) - 2, 2)
            middle = edges[first + 1]
            wide = np.stack([edges[first], edges[first + 2]])
            ok = ~np.isin(middle, self.kinks)
            x = 0.5 * (wide[1] + wide[0])[:, None] + 0.5 * (wide[1] - wide[0])[:, None] * NODES
            small = np.concatenate([_points(edges[first], middle), _points(middle, edges[first + 2])], axis=1)
            place = (2.0 * small - (wide[0] + wide[1])[:, None]) / (wide[1] - wide[0])[:, None]
            basis = np.polynomial.legendre.legvander(place, ORDER - 1)
            for function, values, scale in zip(
                (self.nonlinearity, self.nonlinearity.derivative), (phi, slope), scales, strict=True
            ):
                series = _evaluated(function, x) @ _TO_SERIES.T
                there = np.concatenate([values[first], values[first + 1]], axis=1)
                gap = np.abs(np.einsum("ijk,ik->ij", basis, series) - there).max(axis=1)
                ok &= gap <= _TOLERANCE * scale[first]
                ok &= _tail(_evaluated(function, x)) <= _TOLERANCE * scale[first]
            if np.any(ok):
                edges = np.delete(edges, first[ok] + 1)
            elif attempt % 2:
                break
        return edges

    def _broken(self) -> FloatArray:
        """Return the edges across which phi or phi' is not smooth."""
        middle, widths = self.edges[1:-1], np.diff(self.edges)
        half = 0.25 * np.minimum(widths[:-1], widths[1:])
        around = np.stack([middle - half, middle + half])
        broken = np.zeros(len(middle), dtype=bool)
        for function in (self.nonlinearity, self.nonlinearity.derivative):
            values = _evaluated(function, _points(around[0], around[1]))
            broken |= ~(_tail(values) <= 1e-9 * self._scales(around[0], around[1], values))
        return middle[broken]

    def _refuse_jumps(self, places: FloatArray) -> None:
        """Refuse a phi that jumps, or whose slope diverges, at one of the places.

        Raises
        ------
        ValueError : with the place.
        """
        for place in places:
            near = np.array([-1.0, 1.0]) * max(abs(place), _SMALLEST)
            close, beside = place + 1e-12 * near, place + 1e-7 * near
            phi = _evaluated(self.nonlinearity, np.concatenate([close, beside]))
            if not np.all(np.isfinite(phi)):
                continue
            slope = np.abs(_evaluated(self.nonlinearity.derivative, np.concatenate([close, beside])))
            if np.max(slope[:2]) > _DIVERGING * max(float(np.max(slope[2:])), 1e-300) and np.max(slope[:2]) > 1.0:
                raise ValueError(
                    f"the slope of a nonlinearity must not diverge; {self.nonlinearity!r}, x = {place:.6g}"
                )
            step, explained = abs(phi[1] - phi[0]), float(np.max(slope[2:])) * 2e-12 * near[1]
            if step > 10.0 * explained + _JUMP * float(np.max(np.abs(phi))):
                raise ValueError(f"a nonlinearity must be continuous; {self.nonlinearity!r} jumps at x = {place:.6g}")


def _points(left: FloatArray, right: FloatArray) -> FloatArray:
    return 0.5 * (right + left)[:, None] + 0.5 * (right - left)[:, None] * NODES


def _evaluated(function: Any, x: FloatArray) -> FloatArray:
    with np.errstate(all="ignore"):
        return np.broadcast_to(np.asarray(function(x), dtype=float), x.shape)


def _tail(values: FloatArray) -> FloatArray:
    """Return the size of the last terms of the Legendre series of values at the nodes."""
    with np.errstate(all="ignore"):
        return np.asarray(np.abs(values @ _TO_SERIES[-3:].T).max(axis=-1))


def _clustered(places: FloatArray) -> FloatArray:
    """Return one place for each cluster of them."""
    if len(places) < 2:
        return places
    gaps = np.diff(places) > 1e-9 * np.maximum(np.abs(places[1:]), _SMALLEST)
    groups = np.split(places, np.flatnonzero(gaps) + 1)
    return np.array([g[len(g) // 2] for g in groups])
