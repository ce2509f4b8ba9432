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

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.numerics.gaussian import Averages
from dmft.theories.stationary.centred.energy import asymptote

_ORDERS = (63, 127, 255, 511)  # odd: the nodes of an even function then leave out its middle
_STEEP = 0.05  # width of the bend below which a series in y itself would be long
_BENDS = (1.0, 0.3, 3.0, 0.1)  # widths a tried in turn, as parts of the bend's own
_TAIL = 2e-12  # relative size of the last Chebyshev coefficients at which a series is long enough
_BEND, _ENTRIES = 8.5, 160  # reach and entries of the table from which an angle is looked for
_GAUSS_NODES, _GAUSS_WEIGHTS = np.polynomial.legendre.leggauss(24)


@dataclass(frozen=True, eq=False)
class EnergyOrbit:
    """C(lag) of zero energy, callable at any lag (even).

    Attributes
    ----------
    asymptote : c_inf.
    swing : d0 = C(0) - c_inf.
    decay_rate : kappa, C - c_inf ~ exp(-kappa lag).
    overshoot : r* - 1.
    bend : a of y = a sinh(w); inf for w = y.
    density, series : 2 Q dy/dw as a function of w, and its antiderivative that vanishes at y_0.
    """

    asymptote: float
    swing: float
    decay_rate: float
    overshoot: float
    bend: float
    density: Chebyshev
    series: Chebyshev
    _memory: dict[str, FloatArray] = field(init=False, repr=False, default_factory=dict)

    def __call__(self, lags: ArrayLike) -> FloatArray:
        """Return C at the lags."""
        t = np.abs(np.asarray(lags, dtype=float))
        v = self._angle(t)
        # r* (1 - tanh^2 v), with an exponential that does not overflow
        e = np.exp(-2.0 * v)
        return np.asarray(self.asymptote + self.swing * (1.0 + self.overshoot) * 4.0 * e / (1.0 + e) ** 2)

    def drop(self, lags: ArrayLike) -> FloatArray:
        """Return C(0) - C(lag), to all its digits where it is small."""
        t = np.abs(np.asarray(lags, dtype=float))
        y = np.tanh(self._angle(t))
        first = math.tanh(self._first)
        # Exactly 0 at lag 0: a kinked phi has a square root of the drop in <phi' phi'>.
        below = self.swing * (1.0 + self.overshoot) * (y - first) * (y + first)
        return np.where(t == 0.0, 0.0, np.maximum(below, 0.0))

    def _lag(self, v: FloatArray) -> FloatArray:
        return np.asarray((2.0 / self.decay_rate) * (v - self._first) + self.series(_spread(np.tanh(v), self.bend)))

    def _slope(self, v: FloatArray) -> FloatArray:
        """Return dlag/dv."""
        y = np.tanh(v)
        density: FloatArray = self.density(_spread(y, self.bend)) * self._stretch(y)
        return 2.0 / self.decay_rate + density * (1.0 - y * y)

    def _stretch(self, y: FloatArray) -> FloatArray:
        """Return dw/dy."""
        return np.ones_like(y) if self.bend == math.inf else 1.0 / np.hypot(self.bend, y)

    @property
    def _first(self) -> float:
        return math.asinh(math.sqrt(self.overshoot))

    def _angle(self, t: FloatArray) -> FloatArray:
        """Return v(lag); of the lags asked for last, it is known."""
        if "lags" not in self._memory or not np.array_equal(self._memory["lags"], t):
            self._memory.update(lags=t.copy(), angle=self._solved(t.ravel()).reshape(t.shape))
        return self._memory["angle"]

    def _solved(self, t: FloatArray) -> FloatArray:
        """Return v(lag) by Newton, started from a table (the tail is linear in v)."""
        first = self._first
        # Start from cubics through a table in the bend, from the asymptote beyond it; Newton then doubles the digits.
        table = np.linspace(first, first + _BEND, _ENTRIES)
        v = _cubics(self._lag(table), table, 1.0 / self._slope(table), t)
        beyond = first + 0.5 * self.decay_rate * (t - float(self.series(_spread(1.0, self.bend))))
        v = np.where(v < table[-1], v, np.maximum(beyond, table[-1]))
        for _ in range(6):
            step = (self._lag(v) - t) / self._slope(v)
            v = np.maximum(v - step, first)
            if np.max(np.abs(step), initial=0.0) < 1e-7:  # the next step would be below 1e-14
                break
        return v


def _cubics(x: FloatArray, y: FloatArray, slope: FloatArray, at: FloatArray) -> FloatArray:
    """Return the function with these values and slopes at increasing x, by cubics; its ends outside."""
    k = np.clip(np.searchsorted(x, at) - 1, 0, len(x) - 2)
    h, rise = x[k + 1] - x[k], y[k + 1] - y[k]
    u = np.clip((at - x[k]) / h, 0.0, 1.0)
    bend, back = h * slope[k] - rise, h * slope[k + 1] - rise
    return np.asarray(y[k] + u * rise + u * (1.0 - u) * ((1.0 - u) * bend - u * back))


def trace_orbit(
    gain: float, averages: Averages, intensity: float, *, tail: float = _TAIL, c_inf: float | None = None
) -> EnergyOrbit:
    """Return the orbit of a variance that `moving_variances` found, its series cut where they fall to `tail`.

    `c_inf` where a static input of its own, of variance c_inf - g^2 C^phi(c_inf), holds it: the energy is the same.
    """
    g2 = gain * gain
    c_inf = asymptote(gain, averages) if c_inf is None else c_inf
    if c_inf is None:
        raise ValueError("no static part below the variance: not an orbit of zero energy")
    d0 = averages.variance - c_inf
    end = (0.5 * intensity / d0) ** 2  # W(1), exactly
    floor = averages.at(c_inf)[0]
    kappa = math.sqrt(1.0 - g2 * averages.at(c_inf)[1])

    def w_of(r: FloatArray, below: FloatArray) -> FloatArray:
        """Return W at r = 1 - below, below to all its digits."""
        out = np.empty_like(r)
        near = r > 0.9
        if not np.all(near):
            out[~near] = 1.0 - g2 * averages.mean_curvature(c_inf, r[~near] * d0)
        if np.any(near):  # integrate the force from r = 1, where W is known: nothing cancels
            bn = below[near, None]
            # s = 1 - (1 - r) u^2 takes the square root at s = 1 away, and u = sinh(b q)/sinh(b) spreads what is left of
            # it where phi is a step on the scale of x.
            b = np.arcsinh(np.sqrt(bn) / width) + 1e-3
            q = 0.5 * (1.0 + _GAUSS_NODES)
            u = np.sinh(b * q) / np.sinh(b)
            drop = bn * u * u
            force = g2 * (averages.corr_phi(averages.variance - d0 * drop) - floor) / d0 - (1.0 - drop)
            weights = _GAUSS_WEIGHTS * u * b * np.cosh(b * q) / np.sinh(b)  # of ds: 2 u du, half of dq
            out[near] = (end + 2.0 * below[near] * np.sum(force * weights, axis=1)) / r[near] ** 2
        return out

    width = _bend_width(averages)
    pull = g2 * (averages.mean_square - floor) / d0 - 1.0
    overshoot = _overshoot(w_of, end, pull)
    y0 = math.sqrt(overshoot / (1.0 + overshoot))

    def q_of(y: FloatArray) -> FloatArray:
        one_minus = 1.0 - y * y
        below = np.maximum(y * y - overshoot * one_minus, 0.0)
        h = w_of(1.0 - below, below) / ((1.0 + overshoot) * y * y)
        return 2.0 * (((1.0 + overshoot) * h) ** -0.5 - 1.0 / kappa) / one_minus

    # Without noise Q is even and the series runs over [-1, 1]: its nodes stay away from the removable 0/0 at y = 0.
    if overshoot == 0.0:
        bend, q = _adaptive_series(lambda y: _mirrored(q_of, y), -1.0, width, tail)
    else:
        bend, q = _adaptive_series(q_of, y0, width, tail)
    return EnergyOrbit(c_inf, d0, kappa, overshoot, bend, q, q.integ(lbnd=_spread(y0, bend)))


def _bend_width(averages: Averages) -> float:
    """Return the y at which <phi' phi'> has fallen to half its value at lag 0: phi is a step beyond it."""
    below = np.logspace(-15.0, 0.0, 16)
    slope = averages.corr_slope(averages.variance * (1.0 - below))
    fallen = np.flatnonzero(slope < 0.5 * averages.mean_square_slope)
    return math.sqrt(below[fallen[0]]) if len(fallen) else 1.0


def _adaptive_series(
    function: Callable[[FloatArray], FloatArray], first: float, width: float, enough: float
) -> tuple[float, Chebyshev]:
    """Return a, and the Chebyshev series in w of f(a sinh w) a cosh w, long enough for its last terms to vanish."""
    best: tuple[float, float, Chebyshev] | None = None
    for bend in (*([math.inf] if width > _STEEP else []), *(part * min(width, 0.3) for part in _BENDS)):

        def spread(w: FloatArray, bend: float = bend) -> FloatArray:
            return function(w) if bend == math.inf else function(bend * np.sinh(w)) * (bend * np.cosh(w))

        for order in _ORDERS:
            series = Chebyshev.interpolate(spread, order, domain=[_spread(first, bend), _spread(1.0, bend)])
            size = np.abs(series.coef)
            tail = float(size[-4:].max() / size.max())
            if tail <= enough:
                return bend, series.trim(1e-15 * size.max())
            if best is None or tail < best[0]:
                best = tail, bend, series
    assert best is not None
    return best[1], best[2]


def _spread(y: Any, bend: float) -> Any:
    """Return w of y = a sinh(w), or y itself."""
    return y if bend == math.inf else np.arcsinh(y / bend)


def _mirrored(function: Callable[[FloatArray], FloatArray], y: FloatArray) -> FloatArray:
    """Return an even function at nodes that are symmetric about 0, evaluated on one side."""
    right = function(y[len(y) // 2 :])
    return np.concatenate([right[::-1], right])


def _overshoot(w_of: Callable[[FloatArray, FloatArray], FloatArray], end: float, pull: float) -> float:
    """Return r* - 1, r* > 1 where W, continued beyond r = 1, vanishes; where that is far away any number serves: 1."""
    if end == 0.0:
        return 0.0
    if end > 0.2 or pull <= 0.0:
        return 1.0
    if end < 1e-10 * pull:  # W falls by 2 pull in r: the next order is below rounding
        return end / (2.0 * pull + 2.0 * end)
    series = Chebyshev.interpolate(lambda r: w_of(r, 1.0 - r), 40, domain=[0.5, 1.0])
    slope = series.deriv()
    r = 1.0
    for _ in range(8):
        s = float(slope(r))
        if s >= 0:
            return 1.0
        r -= float(series(r)) / s
        if not 1.0 <= r < 1.2:
            return 1.0
    return r - 1.0 if r - 1.0 > 1e-14 else end / (2.0 * pull + 2.0 * end)
