"""The correlation function as the orbit of a particle in a potential: no lag grid, no window.

Without drive, or with white noise, (1 - d^2) C = g^2 C^phi has an energy. With c_inf = C(inf) = g^2 C^phi(c_inf), the
swing d = C - c_inf and r = d/d0 (d0 its value at lag 0), it reads
    (C')^2 = d^2 W(r),   W(r) = 1 - (2 g^2/d^2) int_0^d [C^phi(c_inf + s) - C^phi(c_inf)] ds,
and the orbit that dies out has d0^2 W(1) = (intensity/2)^2 (C' jumps by -intensity at lag 0).
[Sompolinsky, Crisanti & Sommers 1988; with noise Schuecker, Goedeke & Helias 2018.]

W has a zero r* >= 1 (r* = 1 without noise). With r = r* (1 - y^2), y = tanh v, the square root at the turning point and
the slow exponential tail both become smooth:
    lag = (2/kappa)(v - v_0) + 2 int_{y_0}^{y} Q(y) dy,   Q smooth,   kappa^2 = W(0) = 1 - g^2 <phi' phi'>(inf).
Q is a Chebyshev series, so C is known at every lag at once. At large gain phi is a step on the scale of x, and Q
changes within abs(y) of order 1/g: the series is then one in w, y = a sinh(w), which spreads that bend out.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev
from numpy.typing import ArrayLike, NDArray

from dmft.numerics.gaussian import Averages

FloatArray = NDArray[np.float64]
AveragesAt = Callable[[float], Averages]

_ORDERS = (63, 127, 255, 511)  # odd: the nodes of an even function then leave out its middle
_BENDS = (math.inf, 0.1, 0.03, 0.01, 3e-3, 1e-3)  # widths a tried in turn; inf: a series in y itself
_TAIL = 2e-12  # relative size of the last Chebyshev coefficients at which a series is long enough
_GAUSS_NODES, _GAUSS_WEIGHTS = np.polynomial.legendre.leggauss(24)


@dataclass(frozen=True, eq=False)
class EnergyOrbit:
    """C(lag) of zero energy, callable at any lag (even).

    Attributes
    ----------
    asymptote : c_inf.
    swing : d0 = C(0) - c_inf.
    decay_rate : kappa, C - c_inf ~ exp(-kappa lag).
    turning : r*.
    bend : a of y = a sinh(w); inf for w = y.
    density, series : 2 Q dy/dw as a function of w, and its antiderivative that vanishes at y_0.
    """

    asymptote: float
    swing: float
    decay_rate: float
    turning: float
    bend: float
    density: Chebyshev
    series: Chebyshev

    def __call__(self, lags: ArrayLike) -> FloatArray:
        """Return C at the lags."""
        t = np.abs(np.asarray(lags, dtype=float))
        v = self._angle(t.ravel()).reshape(t.shape)
        # r* (1 - tanh^2 v), with an exponential that does not overflow
        e = np.exp(-2.0 * v)
        return self.asymptote + self.swing * self.turning * 4.0 * e / (1.0 + e) ** 2

    def _lag(self, v: FloatArray) -> FloatArray:
        return (2.0 / self.decay_rate) * (v - self._first) + self.series(_spread(np.tanh(v), self.bend))

    def _stretch(self, y: FloatArray) -> FloatArray:
        """Return dw/dy."""
        return np.ones_like(y) if self.bend == math.inf else 1.0 / np.hypot(self.bend, y)

    @property
    def _first(self) -> float:
        return math.acosh(math.sqrt(max(self.turning, 1.0)))

    def _angle(self, t: FloatArray) -> FloatArray:
        """Return v(lag) by Newton, started from a table (the tail is linear in v)."""
        first = self._first
        # Start from a table in the bend and from the asymptote beyond it; Newton then doubles the digits.
        table = np.linspace(first, first + 5.0, 64)
        v = np.interp(t, self._lag(table), table)
        beyond = first + 0.5 * self.decay_rate * (t - float(self.series(_spread(1.0, self.bend))))
        v = np.where(v < table[-1], v, np.maximum(beyond, table[-1]))
        for _ in range(6):
            y = np.tanh(v)
            slope = 2.0 / self.decay_rate + self.density(_spread(y, self.bend)) * self._stretch(y) * (1.0 - y * y)
            step = (self._lag(v) - t) / slope
            v = np.maximum(v - step, first)
            if np.max(np.abs(step), initial=0.0) < 1e-7:  # the next step would be below 1e-14
                break
        return v


def asymptote(gain: float, averages: Averages) -> float | None:
    """Return the smallest c in [0, c0) with c = g^2 C^phi(c): 0 for odd phi; None if there is none below c0.

    g^2 C^phi(c) - c is convex: Newton from 0 climbs to its first zero without overshooting.
    """
    g2 = gain * gain
    if averages.mean == 0.0:
        return 0.0
    c = 0.0
    for _ in range(100):
        excess = g2 * float(averages.corr_phi(c)) - c
        slope = 1.0 - g2 * float(averages.corr_slope(c))
        if slope <= 0:
            return None
        step = excess / slope
        c += step
        if c >= averages.variance:
            return None
        if abs(step) <= 1e-15 * averages.variance:
            return c
    return c


def excess_energy(gain: float, averages: Averages, intensity: float) -> float:
    """Return W(1) - (intensity/2)^2/d0^2, whose zero in c0 is the orbit that dies out; -inf where c0 is too small."""
    c_inf = asymptote(gain, averages)
    if c_inf is None:
        return -math.inf
    d0 = averages.variance - c_inf
    w = 1.0 - gain**2 * float(averages.mean_curvature(c_inf, np.array([d0]))[0])
    return w - (0.5 * intensity / d0) ** 2


def stationary_variance(
    gain: float, averages_at: AveragesAt, intensity: float, *, start: float | None = None
) -> float | None:
    """Return C(0) of the orbit that dies out, or None if there is none.

    Of several, it is the largest at which the excess energy rises through zero (the other sign is an orbit that input
    and feedback drive apart), or the nearest to `start`.
    """
    from scipy.optimize import brentq

    def excess(log_c0: float) -> float:
        value = excess_energy(gain, averages_at(math.exp(log_c0)), intensity)
        return max(value, -1e3)

    centre = math.log(max(gain * gain, 0.5 * intensity))
    grid = centre + math.log(4.0) * np.arange(4.0, -23.0, -1.0)
    brackets = []
    above = excess(grid[0])
    for upper, lower in itertools.pairwise(grid):
        below = excess(lower)
        if below < 0 < above:
            brackets.append((lower, upper))
            if start is None:
                break
        above = below
    if not brackets:
        return None
    if start is not None:
        target = math.log(start)
        brackets.sort(key=lambda b: abs(0.5 * (b[0] + b[1]) - target))
    root = brentq(excess, *brackets[0], xtol=1e-15, rtol=8.9e-16, maxiter=200)
    return math.exp(root)


def trace_orbit(gain: float, averages: Averages, intensity: float) -> EnergyOrbit:
    """Return the orbit of a variance that `stationary_variance` found."""
    g2 = gain * gain
    c_inf = asymptote(gain, averages)
    if c_inf is None:
        raise ValueError("no static part below the variance: not an orbit of zero energy")
    d0 = averages.variance - c_inf
    end = (0.5 * intensity / d0) ** 2  # W(1), exactly
    floor = float(averages.corr_phi(c_inf))
    kappa2 = 1.0 - g2 * float(averages.corr_slope(c_inf))
    kappa = math.sqrt(kappa2)

    def w_of(r: FloatArray) -> FloatArray:
        out = 1.0 - g2 * averages.mean_curvature(c_inf, r * d0)
        near = r > 0.9
        if np.any(near):  # integrate the force from r = 1, where W is known: nothing cancels
            rn = r[near, None]
            # s = 1 - (1 - r) u^2 takes the square root at s = 1 away, and u = sinh(b q)/sinh(b) spreads what is left of
            # it where phi is a step on the scale of x.
            b = np.arcsinh(np.sqrt(averages.variance * (1.0 - rn))) + 1e-3
            q = 0.5 * (1.0 + _GAUSS_NODES)
            u = np.sinh(b * q) / np.sinh(b)
            s = 1.0 - (1.0 - rn) * u * u
            force = g2 * (averages.corr_phi(c_inf + d0 * s) - floor) / d0 - s
            weights = _GAUSS_WEIGHTS * u * b * np.cosh(b * q) / np.sinh(b)  # of ds: 2 u du, half of dq
            out[near] = (end + 2.0 * (1.0 - r[near]) * np.sum(force * weights, axis=1)) / r[near] ** 2
        return out

    turning = _turning_point(w_of, end)
    y0 = math.sqrt(1.0 - 1.0 / turning)

    def q_of(y: FloatArray) -> FloatArray:
        one_minus = 1.0 - y * y
        h = w_of(np.minimum(turning * one_minus, 1.0)) / (turning * y * y)
        return 2.0 * ((turning * h) ** -0.5 - 1.0 / kappa) / one_minus

    # Without noise Q is even and the series runs over [-1, 1]: its nodes stay away from the removable 0/0 at y = 0.
    if turning == 1.0:
        bend, q = _adaptive_series(lambda y: _mirrored(q_of, y), -1.0)
    else:
        bend, q = _adaptive_series(q_of, y0)
    return EnergyOrbit(c_inf, d0, kappa, turning, bend, q, q.integ(lbnd=_spread(y0, bend)))


def _adaptive_series(function: Callable[[FloatArray], FloatArray], first: float) -> tuple[float, Chebyshev]:
    """Return a, and the Chebyshev series in w of f(a sinh w) a cosh w, long enough for its last terms to vanish."""
    for bend in _BENDS:

        def spread(w: FloatArray, bend: float = bend) -> FloatArray:
            return function(w) if bend == math.inf else function(bend * np.sinh(w)) * (bend * np.cosh(w))

        for order in _ORDERS:
            series = Chebyshev.interpolate(spread, order, domain=[_spread(first, bend), _spread(1.0, bend)])
            size = np.abs(series.coef)
            if size[-4:].max() <= _TAIL * size.max():
                return bend, series.trim(1e-15 * size.max())
    return bend, series


def _spread(y: Any, bend: float) -> Any:
    """Return w of y = a sinh(w), or y itself."""
    return y if bend == math.inf else np.arcsinh(y / bend)


def _mirrored(function: Callable[[FloatArray], FloatArray], y: FloatArray) -> FloatArray:
    """Return an even function at nodes that are symmetric about 0, evaluated on one side."""
    right = function(y[len(y) // 2 :])
    return np.concatenate([right[::-1], right])


def _turning_point(w_of: Callable[[FloatArray], FloatArray], end: float) -> float:
    """Return r* > 1 where W, continued beyond r = 1, vanishes; where that is far away any number serves: 2."""
    if end == 0.0:
        return 1.0
    if end > 0.2:
        return 2.0
    series = Chebyshev.interpolate(w_of, 40, domain=[0.5, 1.0])
    slope = series.deriv()
    r = 1.0
    for _ in range(8):
        s = float(slope(r))
        if s >= 0:
            return 2.0
        r -= float(series(r)) / s
        if not 1.0 <= r < 1.2:
            return 2.0
    return r if r - 1.0 > 1e-14 else 1.0 + 1e-14
