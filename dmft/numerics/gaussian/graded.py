"""Averages of any nonlinearity, steep or kinked, by graded quadrature.

x = u + v, y = u + v' with u ~ N(0, c), v, v' ~ N(0, s), s = c0 - c, have variance c0 and covariance c. With
phi_s(u) = <phi(u + v)>_v, smoothed,
    <phi phi> = <phi_s(u)^2>_u,   <phi' phi'> = <phi_s'(u)^2>_u,   int_c^{c0} <phi phi> dc = Var Phi(x) - Var Phi_s(u),
Phi' = phi (at c < 0: phi_s(u) phi_s(-u), covariance |c|). phi_s changes on the scale sqrt(s) at least: panels of u are
graded towards the places where phi is steep or kinked down to that scale, those of v down to the panels of phi.
Averages at many covariances are a piecewise Chebyshev series in q, sqrt(s) = a sinh(q), in which a kink (half-integer
powers of s) and steepness of any scale (a pole at sqrt(s) = +- i width) are smooth.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.averages import Averages, as_points
from dmft.numerics.gaussian.inner_panels import REACH, InnerPanels, inner_panels
from dmft.numerics.gaussian.legendre import legendre_rule, running_integral, under_normal
from dmft.numerics.gaussian.normal_panels import NODES, Panels, resolve
from dmft.numerics.gaussian.panels import both
from dmft.numerics.gaussian.second_rule import disagreement
from dmft.numerics.gaussian.series import PiecewiseSeries, adaptive_series

_SPARED = 4  # nodes that a panel of v needs less than one of phi, of which it is a part
_WIDEST = 1.8  # panels of u, in standard deviations of u
_HERMITE = NODES + 4  # nodes of v where phi is a polynomial on all of its reach
_NOTHING = 1e-6  # part of <phi^2> below which <phi phi> needs no digits of its own
_RESOLVED = 2.0  # panels of u are at most this many sqrt(s) long where phi has structure


class GradedAverages(Averages):
    """Averages of a nonlinearity known by its values and derivative.

    Attributes
    ----------
    panels : the panels on which it is resolved.

    Notes
    -----
    Accuracy: `tests/reference/test_averages_reference.py`. Cost: 2 ms; the series over all covariances 0.1-0.3 s, made
    when first asked for.
    """

    def __init__(self, nonlinearity: Any, variance: float, panels: Panels | None = None) -> None:
        self.variance = float(variance)
        self.panels = panels = resolve(nonlinearity, math.sqrt(variance)) if panels is None else panels
        self._edges: dict[tuple[float, float], FloatArray] = {}
        self._inners: dict[float, InnerPanels] = {}
        self.mean = 0.0 if panels.is_odd else panels.mean(panels.values)
        self.mean_square = panels.mean(panels.values**2)
        self.mean_slope = panels.mean(panels.slopes)
        self.mean_square_slope = panels.mean(panels.slopes**2)

    @property
    def error(self) -> float:  # type: ignore[override]
        """Bound on the relative error of <phi phi>."""
        return self.panels.unresolved[0] + self._lost(0)

    @property
    def slope_error(self) -> float:  # type: ignore[override]
        """Bound on the relative error of <phi' phi'>."""
        return self.panels.unresolved[1] + self._lost(1)

    def _lost(self, row: int) -> float:
        made = [self.__dict__[name] for name in ("_positive", "_negative") if name in self.__dict__]
        return max((float(series.lost[row]) for series in made), default=0.0)

    def at(self, covariance: float) -> tuple[float, float]:
        """Return <phi phi> and <phi' phi'> at one covariance, without the series."""
        return self._direct(covariance)[:2]

    def _direct(self, covariance: float) -> tuple[float, float, float]:
        c = float(np.clip(covariance, -self.variance, self.variance))
        return self._conditional(abs(c), self.variance - abs(c), c < 0)

    @cached_property
    def _spread(self) -> float:
        """Var Phi(x)."""
        antiderivative = self.panels.antiderivative
        return self.panels.mean((antiderivative - self.panels.mean(antiderivative)) ** 2)

    def action(self, origin: float) -> float:
        """Return int_o^{c0} [<phi phi>(c) - <phi phi>(o)] dc, without the series."""
        swing = self.variance - origin
        if swing < self.small_step:
            # The difference would cancel: swing^2 int_0^1 2 q^3 <phi' phi'>(c0 - swing q^2) dq, smooth in q at a kink;
            # q = sinh(b t)/sinh(b) spreads steep places.
            b = math.asinh(math.sqrt(swing) / float(np.min(np.diff(self.panels.edges)))) + 1e-3
            node, weight = legendre_rule(24 if b < 2.0 else 48)
            t = 0.5 * (node + 1.0)
            q = np.sinh(b * t) / math.sinh(b)
            slopes = np.array([self._direct(self.variance - swing * float(p * p))[1] for p in q])
            return float(swing**2 * np.sum(weight * q**3 * slopes * b * np.cosh(b * t)) / math.sinh(b))
        if origin == 0.0 and self.panels.is_odd:
            return self._spread  # phi_s vanishes at u = 0, and Phi_s does not vary
        floor, _, spread = self._direct(origin)
        return self._spread - spread - swing * floor

    def disagreement(self) -> tuple[float, float]:
        """Return by how much the averages differ from those by other nodes."""
        return self._disagreement

    @cached_property
    def _disagreement(self) -> tuple[float, float]:
        return disagreement(self, self.panels.nonlinearity)

    def corr_phi(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi phi>."""
        return self._read(covariance, 0)

    def corr_slope(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi' phi'>."""
        return self._read(covariance, 1)

    def corr_slope_below(self, drop: ArrayLike) -> FloatArray:
        """Return <phi' phi'> at c0 - drop, 0 <= drop <= c0."""
        s = np.asarray(drop, dtype=float)
        if np.any(s > self.variance):
            return self.corr_slope(self.variance - s)
        return self._positive(np.sqrt(np.maximum(s, 0.0)), 1)

    def potential(self, covariance: ArrayLike) -> FloatArray:
        """Return int_0^c <phi phi> dc."""
        c, restore = as_points(covariance, self.variance)
        out = np.empty_like(c)
        positive = c >= 0
        whole = self._positive.integral(math.sqrt(self.variance))
        out[positive] = whole - self._positive.integral(np.sqrt(self.variance - c[positive]))
        if not np.all(positive):
            down = self._negative
            rest = down.integral(math.sqrt(self.variance)) - down.integral(np.sqrt(self.variance + c[~positive]))
            out[~positive] = -rest
        return restore(out)

    def _read(self, covariance: ArrayLike, row: int) -> FloatArray:
        c, restore = as_points(covariance, self.variance)
        out = np.empty_like(c)
        positive = c >= 0
        if np.any(positive):
            out[positive] = self._positive(np.sqrt(self.variance - c[positive]), row)
        if not np.all(positive):
            out[~positive] = self._negative(np.sqrt(self.variance + c[~positive]), row)
        return restore(out)

    @cached_property
    def _positive(self) -> PiecewiseSeries:
        return self._series(mirrored=False)

    @cached_property
    def _negative(self) -> PiecewiseSeries:
        if not self.panels.has_parity:
            return self._series(mirrored=True)
        sign = -1.0 if self.panels.is_odd else 1.0
        both = np.array([sign, -sign])[:, None, None]  # <phi phi> is odd or even in c as phi in x, its slope the other
        return replace(self._positive, coefficients=both * self._positive.coefficients)

    def _series(self, mirrored: bool) -> PiecewiseSeries:
        """Return (<phi phi>, <phi' phi'>) as functions of sqrt(c0 - |c|)."""

        def at(root: float) -> tuple[float, float]:
            s = root * root
            return self._conditional(max(self.variance - s, 0.0), s, mirrored)[:2]

        scale = float(np.min(np.diff(self.panels.edges)))
        end = math.sqrt(self.variance)
        # Where averages fall to nothing (sin; at c < 0 a step far from 0) they have no digits of their own: they count
        # as parts of what they are at c = 0 and at c0.
        squares = np.array([self.mean_square, self.mean_square_slope])
        floor = np.maximum(_NOTHING * squares, np.square([self.mean, self.mean_slope]) if mirrored else 0.0)
        return adaptive_series(at, end, scale=min(max(scale, 1e-9 * end), end), floor=floor)

    def _conditional(self, common: float, rest: float, mirrored: bool) -> tuple[float, float, float]:
        """Return <phi_s phi_s>, <phi_s' phi_s'> and Var Phi_s for u of variance `common`, s = `rest`."""
        if rest <= 0.0 and not mirrored:
            return self.mean_square, self.mean_square_slope, self._spread
        if common <= 0.0:
            return self.mean**2, self.mean_slope**2, 0.0
        width, root = math.sqrt(common), math.sqrt(max(rest, 0.0))
        edges = self._outer_edges(_rounded_up(width), _rounded_down(root))
        u, density = under_normal(edges[:-1], edges[1:], self.panels.nodes, width)
        phi, slope = self._on_nodes(u, root)
        integral = running_integral(edges, phi)
        integral -= np.sum(density * integral) / np.sum(density)
        turn = slice(None, None, -1 if mirrored else 1)
        return (
            float(np.sum(density * phi * phi[turn, turn])),
            float(np.sum(density * slope * slope[turn, turn])),
            float(np.sum(density * integral * integral[turn, turn])),
        )

    def _on_nodes(self, u: FloatArray, root: float) -> tuple[FloatArray, FloatArray]:
        """Return phi_s and phi_s' on nodes symmetric about 0; of an odd or even phi one side is enough."""
        if not self.panels.has_parity:
            phi, slope = self._smoothed(u.ravel(), root)
            return phi.reshape(u.shape), slope.reshape(u.shape)
        sign = -1.0 if self.panels.is_odd else 1.0
        right = u[len(u) // 2 :]  # 0 is an edge
        phi, slope = (f.reshape(right.shape) for f in self._smoothed(right.ravel(), root))
        return (
            np.concatenate([sign * phi[::-1, ::-1], phi]),
            np.concatenate([-sign * slope[::-1, ::-1], slope]),
        )

    def _outer_edges(self, width: float, root: float) -> FloatArray:
        """Return panels of u, symmetric about 0, that serve narrower densities and larger sqrt(s) too."""
        key = (width, root)
        if key not in self._edges:
            self._edges[key] = self._made_edges(width, root)
        return self._edges[key]

    def _made_edges(self, width: float, root: float) -> FloatArray:
        reach = self.panels.edges[-1] / self.panels.sigma * width
        kinks = np.abs(self.panels.kinks)
        even = np.linspace(0.0, reach, math.ceil(reach / width / _WIDEST) + 1)
        edges = np.unique(np.concatenate([even, kinks[kinks < reach]]))
        left, right = edges[:-1], edges[1:]
        keep = [np.array([reach])]
        while len(left):
            length = right - left
            fine = length <= np.maximum(_RESOLVED * root, 4.0 * np.finfo(float).eps * right)
            rough = np.flatnonzero(~fine)
            scale = np.minimum(
                self.panels.scale_near(left[rough], right[rough]), self.panels.scale_near(-right[rough], -left[rough])
            )
            fine[rough] = length[rough] <= scale
            keep.append(left[fine])
            left, right = left[~fine], right[~fine]
            middle = 0.5 * (left + right)
            left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
        side = np.sort(np.concatenate(keep))
        return np.concatenate([-side[:0:-1], side])

    def _smoothed(self, u: FloatArray, root: float) -> tuple[FloatArray, FloatArray]:
        """Return phi_s and phi_s' at u."""
        phi, slope = np.empty_like(u), np.empty_like(u)
        inner = self._inner(_rounded_down(root))
        smooth = inner.misses(u, REACH * root)
        if np.any(smooth):
            z, w = _hermite_rule()
            x = u[smooth, None] + root * z
            phi[smooth], slope[smooth] = (f @ w for f in self._at(x))
        if not np.all(smooth):
            phi[~smooth], slope[~smooth] = inner.smoothed(u[~smooth], root)
        return phi, slope

    def _inner(self, root: float) -> InnerPanels:
        """Return the panels of v that serve sqrt(s) from `root` to twice as much, with phi and phi' on their nodes."""
        if root not in self._inners:
            sizes = np.diff(self.panels.edges)
            shorter = np.minimum(np.append(sizes, np.inf), np.insert(sizes, 0, np.inf))
            matter = np.unique(np.concatenate([self.panels.edges[shorter < 8.0 * root], self.panels.kinks]))
            self._inners[root] = inner_panels(matter, root, self.panels.nodes - _SPARED, self._at)
        return self._inners[root]

    def _at(self, x: FloatArray) -> FloatArray:
        return both(self.panels.nonlinearity, x, finite=False)


def _rounded_up(width: float) -> float:
    """Return the next power of sqrt(2)."""
    return float(2.0 ** (0.5 * math.ceil(2.0 * math.log2(width))))


def _rounded_down(root: float) -> float:
    """Return the last power of 2, or 0."""
    return float(2.0 ** math.floor(math.log2(root))) if root > 0.0 else 0.0


@cache
def _hermite_rule() -> tuple[FloatArray, FloatArray]:
    z, w = np.polynomial.hermite_e.hermegauss(_HERMITE)
    return z, w / math.sqrt(2.0 * math.pi)
