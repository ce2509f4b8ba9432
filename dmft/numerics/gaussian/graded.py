"""Averages of any nonlinearity, steep or kinked, by graded quadrature.

x = u + v, y = u + v' with u ~ N(0, c), v, v' ~ N(0, s), s = c0 - c, have variance c0 and covariance c. With
phi_s(u) = <phi(u + v)>_v, smoothed,
    <phi phi> = <phi_s(u)^2>_u,   <phi' phi'> = <phi_s'(u)^2>_u,   int_c^{c0} <phi phi> dc = Var Phi(x) - Var Phi_s(u),
Phi' = phi (at c < 0: phi_s(u) phi_s(-u), covariance |c|). Averages at many covariances are a piecewise Chebyshev series
in q, sqrt(s) = a sinh(q), in which a kink (half-integer powers of s) and steepness of any scale (a pole at sqrt(s) =
+- i width) are smooth.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.gaussian.averages import Averages, as_points
from dmft.numerics.gaussian.legendre import legendre_rule, running_integral, under_normal
from dmft.numerics.gaussian.normal_panels import Panels, resolve
from dmft.numerics.gaussian.series import PiecewiseSeries, adaptive_series
from dmft.numerics.gaussian.smoothing import Smoother

_A_NODE = 2e-7  # seconds of phi_s, phi_s' and their averages
_NOTHING = 1e-6  # part of <phi^2> below which <phi phi> needs no digits of its own


class GradedAverages(Averages):
    """Averages of a nonlinearity known by its values and derivative.

    Attributes
    ----------
    panels : the panels on which it is resolved.
    smoother : phi_s.
    tail : size of the last coefficients of a resolved panel of the series over all covariances.

    Notes
    -----
    Accuracy: `tests/reference/test_averages_reference.py`. Cost: 2 ms; the series over all covariances 0.1-0.3 s, made
    when first asked for.
    """

    def __init__(
        self, nonlinearity: Any, variance: float, panels: Panels | None = None, *, tail: float = 1e-12
    ) -> None:
        self.tail = tail
        self._series: dict[tuple[int, float], PiecewiseSeries] = {}
        self._seen: dict[tuple[float, bool], tuple[float, float, float]] = {}
        self.variance = float(variance)
        self.panels = panels = resolve(nonlinearity, math.sqrt(variance)) if panels is None else panels
        self.nonlinearity = panels.nonlinearity
        self.smoother = Smoother(panels)
        self.mean = 0.0 if panels.parity < 0 else panels.mean(panels.values)
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
        return max((series.lost for (made, _), series in self._series.items() if made == row), default=0.0)

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
        if origin == 0.0 and self.panels.parity < 0:
            return self._spread  # phi_s vanishes at u = 0, and Phi_s does not vary
        floor, _, spread = self._direct(origin)
        return self._spread - spread - swing * floor

    def corr_phi(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi phi>."""
        return self._on_sides(0, covariance, lambda series, p, _: series(p))

    def corr_slope(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi' phi'>."""
        return self._on_sides(1, covariance, lambda series, p, _: series(p))

    def corr_slope_below(self, drop: ArrayLike) -> FloatArray:
        """Return <phi' phi'> at c0 - drop, 0 <= drop <= c0."""
        s = np.asarray(drop, dtype=float)
        if np.any(s > self.variance):
            return self.corr_slope(self.variance - s)
        return self._side(1, 1.0)(np.sqrt(np.maximum(s, 0.0)))

    def potential(self, covariance: ArrayLike) -> FloatArray:
        """Return int_0^c <phi phi> dc."""
        end = math.sqrt(self.variance)
        return self._on_sides(0, covariance, lambda series, p, sign: sign * (series.integral(end) - series.integral(p)))

    def _on_sides(
        self, row: int, covariance: ArrayLike, read: Callable[[PiecewiseSeries, FloatArray, float], FloatArray]
    ) -> FloatArray:
        """Return what `read` makes of the series of the sign of c, at sqrt(c0 - |c|)."""
        c, restore = as_points(covariance, self.variance)
        out = np.empty_like(c)
        for here, sign in ((c >= 0, 1.0), (c < 0, -1.0)):
            if np.any(here):
                out[here] = read(self._side(row, sign), np.sqrt(self.variance - np.abs(c[here])), sign)
        return restore(out)

    def _side(self, row: int, sign: float) -> PiecewiseSeries:
        """Return <phi phi> (row 0) or <phi' phi'> (row 1) as a function of sqrt(c0 - |c|), for c of a sign."""
        if (row, sign) not in self._series:
            if sign < 0 and self.panels.parity:
                # <phi phi> is odd or even in c as phi in x, its slope the other
                factor = self.panels.parity * (1.0 - 2.0 * row)
                positive = self._side(row, 1.0)
                self._series[row, sign] = replace(positive, coefficients=factor * positive.coefficients)
            else:
                self._series[row, sign] = self._expanded(row, mirrored=sign < 0)
        return self._series[row, sign]

    def _expanded(self, row: int, mirrored: bool) -> PiecewiseSeries:
        def at(root: float) -> float:
            key = (root, mirrored)  # the nodes of the other row, most of them
            if key not in self._seen:
                self._seen[key] = self._conditional(max(self.variance - root * root, 0.0), root * root, mirrored)
            return self._seen[key][row]

        scale = float(np.min(np.diff(self.panels.edges)))
        end = math.sqrt(self.variance)
        # Where averages fall to nothing (sin; at c < 0 a step far from 0) they have no digits of their own: they count
        # as parts of what they are at c = 0 and at c0.
        square = (self.mean_square, self.mean_square_slope)[row]
        floor = max(_NOTHING * square, (self.mean, self.mean_slope)[row] ** 2 if mirrored else 0.0)
        return adaptive_series(at, end, scale=min(max(scale, 1e-9 * end), end), floor=floor, accuracy=self.tail)

    def _conditional(self, common: float, rest: float, mirrored: bool) -> tuple[float, float, float]:
        """Return <phi_s phi_s>, <phi_s' phi_s'> and Var Phi_s for u of variance `common`, s = `rest`."""
        if rest <= 0.0 and not mirrored:
            return self.mean_square, self.mean_square_slope, self._spread
        if common <= 0.0:
            return self.mean**2, self.mean_slope**2, 0.0
        width, root = math.sqrt(common), math.sqrt(max(rest, 0.0))
        edges = self.smoother.edges(width, root)
        u, density = under_normal(edges[:-1], edges[1:], self.panels.nodes, width)
        spend(5e-4 + _A_NODE * u.size)
        f = self.smoother.on_nodes(u, root)
        integral = running_integral(edges, f[0])
        f = np.concatenate([f, [integral - np.sum(density * integral) / np.sum(density)]])
        phi, slope, spread = np.sum(density * f * (f[:, ::-1, ::-1] if mirrored else f), axis=(1, 2))
        return float(phi), float(slope), float(spread)
