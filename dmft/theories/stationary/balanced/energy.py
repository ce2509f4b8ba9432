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
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.nonlinearity import ReLU
from dmft.numerics.gaussian import Averages
from dmft.numerics.gaussian.pairs import pair_averages
from dmft.theories.stationary.balanced.mean_averages import MeanAverages
from dmft.theories.stationary.centred.energy import excess_energy
from dmft.theories.stationary.centred.orbit import EnergyOrbit, trace_orbit

_START = 1e-5  # relative size of what a series may leave out of the start of Newton's method
ONSET = math.sqrt(2.0)  # gain at which ReLU networks become chaotic
_X, _W = np.polynomial.legendre.leggauss(40)
_U = 0.5 * (1.0 + _X)


@dataclass(frozen=True)
class Orbit:
    """c(lag) that starts at c0 and m with slope 0 and ends at its asymptote: a start for Newton's method.

    Attributes
    ----------
    c0, m, path : variance, mean, and the orbit in lag.
    stable : whether the energy rises with c0 through its zero; where it falls, input and feedback drive c0 away.
    """

    c0: float
    m: float
    path: EnergyOrbit
    stable: bool = True

    def __call__(self, lags: FloatArray) -> FloatArray:
        """Return c at the lags."""
        return self.path(lags)


class AtMean(Averages):
    """The averages of a site without drive at a mean, as those of a process around zero: phi(m + .) in place of phi."""

    mean = math.nan  # not known to be 0

    def __init__(self, site: MeanAverages, c0: float, m: float) -> None:
        self.site, self.variance, self.centre = site, c0, m
        self.mean_square, self.mean_square_slope = self.at(c0)

    def _pair(self, covariance: ArrayLike) -> list[FloatArray]:
        c = np.asarray(covariance, dtype=float)
        pair = self.site.pair(c.ravel(), self.variance, self.centre, np.zeros(c.size))
        return [np.asarray(values).reshape(c.shape) for values in pair]

    def corr_phi(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi phi>."""
        return self._pair(covariance)[0]

    def corr_slope(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi' phi'>."""
        return self._pair(covariance)[1]

    def at(self, covariance: float) -> tuple[float, float]:
        """Return <phi phi> and <phi' phi'> at one covariance."""
        q, p = self._pair(covariance)
        return float(q), float(p)

    def potential(self, covariance: ArrayLike) -> FloatArray:
        """Return int_0^c <phi phi> dc; <phi phi> is not smooth at c0, where the nodes are dense."""
        top, near = math.sqrt(self.variance), np.sqrt(self.variance - np.asarray(covariance, dtype=float))[..., None]
        u = near + (top - near) * _U
        return np.asarray((self.corr_phi(self.variance - u * u) * u) @ _W * (top - near[..., 0]))

    def action(self, origin: float) -> float:
        """Return int_o^{c0} [<phi phi>(c) - <phi phi>(o)] dc."""
        top = math.sqrt(self.variance - origin)
        u = top * _U
        return float(((self.corr_phi(self.variance - u * u) - self.corr_phi(origin)) * u) @ _W) * top


def energy(site: MeanAverages, c0: float, m: float) -> float:
    """Return W(1) of the orbit from c0, of the sign of E(c0, m); nan where c has no place to go to below c0."""
    excess = excess_energy(site.gain, AtMean(site, c0, m), 0.0)
    return excess if math.isfinite(excess) else math.nan


def orbit(site: MeanAverages, c0: float, m: float) -> Orbit | None:
    """Return the orbit of a zero of the energy."""
    try:
        path = trace_orbit(site.gain, AtMean(site, c0, m), 0.0, tail=_START)
    except (ValueError, np.linalg.LinAlgError):  # c has no place to go to, or it is not a zero
        return None
    # A swing of less than rounding, next to the static state, has no path.
    return Orbit(c0, m, path) if np.all(np.isfinite(path.series.coef)) else None


@lru_cache(maxsize=256)
def relu_mean(gain: float) -> float | None:
    """Return x(g) = m/sqrt(c0) of the undriven moving state of a ReLU network; None up to g = sqrt 2."""
    from scipy.optimize import brentq

    if gain <= ONSET:
        return None
    unit = MeanAverages(pair_averages(ReLU()), ReLU(), gain, 0.0, 1.0)
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


def relu_scale(site: MeanAverages, x: float) -> float:
    """Return s = sqrt(c0) of a ReLU network at x = m/s; not positive (or inf) where no s balances."""
    tension = x + site.inhibition * relu_moments(x)[0]
    return site.excitation / tension if tension != 0.0 else math.inf


def can_balance(site: MeanAverages) -> bool:
    """Whether a ReLU network's inhibition outweighs its gain: x + sqrt(K) J0 <relu(x + z)> > 0 at x(g).

    Under a drive x is lower, and so is this tension: with I0 > 0 there is then no state at all, with I0 <= 0 only those
    that a weak drive makes of rest.
    """
    x = relu_mean(site.gain)
    x = relu_static_mean(site.gain) if x is None else x
    return x + site.inhibition * relu_moments(x)[0] > 0
