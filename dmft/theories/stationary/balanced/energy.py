"""Undriven moving states by their energy: c falls from c0 to where it stays, like a particle from rest to a summit.

At given c0 and m, c'' = c - g^2 q(c) conserves c'^2/2 - int (c - g^2 q), so that a state that decorrelates has
    E(c0, m) = int_{c_inf}^{c0} (c - g^2 q) dc = 0,   c_inf = g^2 q(c_inf) < c0,
[Sompolinsky, Crisanti & Sommers, PRL 61, 259 (1988), at a mean that is not zero], and E = (intensity/2)^2/2 under white
noise. ReLU has no scale of its own: for h = s (x + z) the energy at c0 = 1, m = x has a single zero x(g), whatever
K, I0 and J0, which only set s:  s (x + sqrt(K) J0 <relu(x + z)>) = sqrt(K) I0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.nonlinearity import ReLU
from dmft.numerics.gaussian.pairs import pair_averages
from dmft.theories.stationary.balanced.site import Site

ONSET = math.sqrt(2.0)  # gain at which ReLU networks become chaotic
_X, _W = np.polynomial.legendre.leggauss(40)
_U = 0.5 * (1.0 + _X)


@dataclass(frozen=True)
class Orbit:
    """c(lag) that starts at c0 and m with slope 0 and ends at c_inf: a start for Newton's method, good to 1e-4.

    Attributes
    ----------
    c0, m, asymptote : variance, mean, c(inf).
    decay_rate : c - c_inf ~ exp(-decay_rate lag).
    lags, values : table of c.
    stable : whether the energy rises with c0 through its zero; where it falls, input and feedback drive c0 away.
    """

    c0: float
    m: float
    asymptote: float
    decay_rate: float
    lags: FloatArray
    values: FloatArray
    stable: bool = True

    def __call__(self, lags: FloatArray) -> FloatArray:
        """Return c at the lags."""
        from scipy.interpolate import PchipInterpolator

        t = np.asarray(lags, dtype=float)
        inside = PchipInterpolator(self.lags, self.values)(np.minimum(t, self.lags[-1]))
        tail = np.exp(-self.decay_rate * np.maximum(t - self.lags[-1], 0.0))
        return np.asarray(self.asymptote + (inside - self.asymptote) * tail)


def asymptote(site: Site, c0: float, m: float) -> float | None:
    """Return c_inf, the smallest c = g^2 q(c) below c0, or None.

    g^2 q(c) - c is convex in c > 0 and not negative at 0: Newton from 0 climbs to its first zero without overshooting.
    """
    c = 0.0
    for _ in range(200):
        q, p = site.pair(np.array([c]), c0, m, np.zeros(1))
        slope = 1.0 - site.gain**2 * float(p[0])
        if not slope > 0:
            return None
        step = (site.gain**2 * float(q[0]) - c) / slope
        c += step
        if not c < c0:
            return None
        if abs(step) <= 1e-12 * c0:  # Newton doubles the digits: what is left is rounding
            return c
    return c


def energy(site: Site, c0: float, m: float) -> float:
    """Return E(c0, m)/c0^2; nan where c has no place to go to below c0."""
    low = asymptote(site, c0, m)
    return math.nan if low is None else _climb(site, c0, m, low, c0) / c0**2


def orbit(site: Site, c0: float, m: float) -> Orbit | None:
    """Return the orbit of a zero of the energy."""
    low = asymptote(site, c0, m)
    if low is None:
        return None
    depth = c0 - low
    _, p = site.pair(np.array([low]), c0, m, np.zeros(1))
    rate = math.sqrt(max(1.0 - site.gain**2 * float(p[0]), 1e-12))
    # c = c_inf + depth sech^2 v: dt/dv is smooth at both ends
    v = np.linspace(0.0, 9.0, 181)
    shape = np.cosh(v) ** -2.0
    c = low + depth * shape
    # the energy from each end, which is small there
    fall = np.array([_climb(site, c0, m, x, c0) for x in c[:60]])
    rise = 0.5 * (rate * depth * shape) ** 2
    height = np.concatenate([np.maximum(-fall, 1e-300), np.zeros(len(c) - 60)])
    for i in range(60, len(c)):
        height[i] = _climb(site, c0, m, low, float(c[i])) if shape[i] > 1e-3 else rise[i]
    height = np.where(height > 0, height, rise)
    speed = np.sqrt(2.0 * height)
    per_v = np.empty_like(v)
    per_v[1:] = 2.0 * depth * shape[1:] * np.tanh(v[1:]) / speed[1:]
    force = low + depth - site.gain**2 * float(site.pair(np.array([c0]), c0, m, np.zeros(1))[0][0])
    per_v[0] = 2.0 * math.sqrt(depth / max(-2.0 * force, 1e-300))
    lags = np.concatenate([[0.0], np.cumsum(0.5 * (per_v[1:] + per_v[:-1]) * np.diff(v))])
    if not np.all(np.isfinite(lags)) or np.any(np.diff(lags) <= 0):
        return None
    return Orbit(c0, m, low, rate, lags, c)


@lru_cache(maxsize=256)
def relu_mean(gain: float) -> float | None:
    """Return x(g) = m/sqrt(c0) of the undriven moving state of a ReLU network; None up to g = sqrt 2."""
    from scipy.optimize import brentq

    if gain <= ONSET:
        return None
    unit = Site(pair_averages(ReLU()), ReLU(), gain, 0.0, 1.0)
    still = relu_static_mean(gain)

    def excess(x: float) -> float:
        value = energy(unit, 1.0, x)
        return value if math.isfinite(value) else -1.0

    # At x of the static state c0 itself is where c stays, and the energy positive; it falls from there on.
    stride = 1e-3
    low, high = still, still + stride
    while excess(high) > 0:
        low, stride = high, 2.0 * stride
        high += stride
        if stride > 10.0:
            return None
    return float(brentq(excess, low, high, xtol=1e-15, rtol=8.9e-16))


def relu_static_mean(gain: float) -> float:
    """Return x = m/sqrt(c0) of the state that does not move: g^2 <relu(x + z)^2> = 1."""
    from scipy.optimize import brentq

    def excess(x: float) -> float:
        return math.log(gain * gain * relu_moments(x)[1])

    return float(brentq(excess, -30.0, 2.0 / gain + 2.0, xtol=1e-15, rtol=8.9e-16))


def relu_moments(x: float) -> tuple[float, float]:
    """Return <relu(x + z)> and <relu(x + z)^2>; by an asymptotic series where they would cancel."""
    from scipy.special import erfcx

    density = math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
    # Phi(x) over the density, without underflow
    mills = math.sqrt(0.5 * math.pi) * float(erfcx(-x / math.sqrt(2.0))) if x < 5.0 else 1.0 / density
    if x < -8.0:
        y = 1.0 / (x * x)
        first = density * y * (1.0 - 3.0 * y * (1.0 - 5.0 * y * (1.0 - 7.0 * y * (1.0 - 9.0 * y))))
        second = 2.0 * density * y / -x * (1.0 - 6.0 * y * (1.0 - 7.5 * y * (1.0 - 28.0 / 3.0 * y)))
        return first, second
    return density * (x * mills + 1.0), density * ((1.0 + x * x) * mills + x)


def relu_scale(site: Site, x: float) -> float:
    """Return s = sqrt(c0) of a ReLU network at x = m/s; not positive (or inf) where no s balances."""
    tension = x + site.inhibition * relu_moments(x)[0]
    return site.excitation / tension if tension != 0.0 else math.inf


def can_balance(site: Site) -> bool:
    """Whether a ReLU network's inhibition outweighs its gain: x + sqrt(K) J0 <relu(x + z)> > 0 at x(g).

    Under a drive x is lower, and so is this tension: with I0 > 0 there is then no state at all, with I0 <= 0 only those
    that a weak drive makes of rest.
    """
    x = relu_mean(site.gain)
    x = relu_static_mean(site.gain) if x is None else x
    return x + site.inhibition * relu_moments(x)[0] > 0


def _climb(site: Site, c0: float, m: float, low: float, high: float) -> float:
    """Return int_low^high (c - g^2 q) dc; q is not smooth at c0, where the nodes are dense."""
    if high <= low:
        return 0.0
    top = math.sqrt(max(c0 - low, 0.0))
    near = math.sqrt(max(c0 - high, 0.0))
    u = near + (top - near) * _U
    c = c0 - u * u
    q, _ = site.pair(c, c0, m, np.zeros(len(c)))
    return float((c - site.gain**2 * q) @ (_W * u)) * (top - near)
