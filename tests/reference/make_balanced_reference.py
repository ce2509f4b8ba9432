"""Make balanced_reference.json: balanced ReLU networks by the energy of their orbit, in numpy and scipy alone.

ReLU has no scale: h = s (x + z), z of unit variance and correlation C, and all but s depends on g only. With r = sin t,
    P(t) = <phi' phi'> = Phi(x)^2 + (1/2 pi) int_0^t exp(-x^2/(1 + sin u)) du          [Owen; Price's theorem]
    q(t) = <phi phi> = <relu(x + z)>^2 + int_0^t P(u) cos u du
are smooth in t on [0, pi/2]: Chebyshev series hold them to rounding. The energy is E = int_{C_inf}^1 (C - g^2 q) dC,
with C_inf the lower root of C = g^2 q:
    no input:                 E(x) = 0 (x(g), of the state that moves), or g^2 q(1) = 1 (of the one that does not)
    white noise of intensity D:  2 E(x) s^4 = (D/2)^2
and the mean equation sets the scale, s (x + sqrt(K) J0 <relu(x + z)>) = sqrt(K) I0: no state if the bracket is not
positive (I0 > 0). The exponent by differences along the orbit, (1 + lambda)^2 = top of d^2 + g^2 P.

Run: python tests/reference/make_balanced_reference.py
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
from numpy.polynomial import Chebyshev
from scipy.interpolate import CubicSpline
from scipy.linalg import eigh_tridiagonal
from scipy.optimize import brentq
from scipy.special import ndtr

HALF_PI = 0.5 * math.pi
GAINS = (0.2, 0.5, 1.0, 1.4, 2.0, 2.5, 2.65, 2.7, 3.0, 4.0, 6.0)
SIZES = (1.0, 10.0, 100.0, 300.0, 1e3, 1e4, 1e6)
NOISES = (0.1, 2.0, 100.0)


class Orbit:
    """q, P and the energy at a mean x, as functions of t = arcsin C."""

    def __init__(self, gain: float, x: float) -> None:
        self.g2, self.x = gain * gain, x
        density = math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
        self.first = x * ndtr(x) + density
        kernel = Chebyshev.interpolate(lambda t: np.exp(-x * x / (1.0 + np.sin(t))) / (2.0 * math.pi), 60, [0, HALF_PI])
        self.p = kernel.integ(lbnd=0.0) + float(ndtr(x)) ** 2
        cosine = Chebyshev.interpolate(np.cos, 40, [0, HALF_PI])
        self.q = (self.p * cosine).integ(lbnd=0.0) + self.first**2
        force = Chebyshev.interpolate(lambda t: (np.sin(t) - self.g2 * self.q(t)) * np.cos(t), 120, [0, HALF_PI])
        self.work = force.integ(lbnd=0.0)

    def asymptote(self) -> float | None:
        """Return arcsin C_inf: g^2 q - C is convex in C, so that its lower root lies before its minimum."""
        slope = lambda t: 1.0 - self.g2 * float(self.p(t))  # noqa: E731
        end = HALF_PI if slope(HALF_PI) > 0 else (brentq(slope, 0, HALF_PI, xtol=1e-15) if slope(0.0) > 0 else 0.0)
        excess = lambda t: math.sin(t) - self.g2 * float(self.q(t))  # noqa: E731
        return brentq(excess, 0.0, end, xtol=1e-15) if excess(end) > 0 else None

    def energy(self) -> float:
        low = self.asymptote()
        return -1.0 if low is None else float(self.work(HALF_PI) - self.work(low))


def static_mean(gain: float) -> float:
    """Return x of the state that does not move."""
    second = lambda x: (1 + x * x) * ndtr(x) + x * math.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)  # noqa: E731
    return float(brentq(lambda x: gain * gain * second(x) - 1.0, -5.0, 2.0 + 2.0 / gain, xtol=1e-15))


def moving_mean(gain: float) -> float:
    """Return x(g), above the static one."""
    low, step = static_mean(gain), 1e-4
    while Orbit(gain, low + step).energy() > 0:
        low, step = low + step, 1.5 * step
    return float(brentq(lambda x: Orbit(gain, x).energy(), low, low + step, xtol=1e-15))


def scale(orbit: Orbit, size: float) -> float | None:
    """Return s at I0 = J0 = 1; None where nothing balances."""
    tension = orbit.x + math.sqrt(size) * orbit.first
    return math.sqrt(size) / tension if tension > 0 else None


def noisy(gain: float, size: float, intensity: float) -> tuple[float, float] | None:
    """Return mean and variance under white noise: x below the undriven one; s, and s^4 E, fall with x."""
    top = moving_mean(gain) if gain > math.sqrt(2.0) else static_mean(gain)
    if scale(Orbit(gain, top), size) is None:
        return None
    low = brentq(lambda x: x + math.sqrt(size) * Orbit(gain, x).first, -30.0, top)

    def excess(x: float) -> float:
        orbit = Orbit(gain, x)
        s = scale(orbit, size)
        if s is None:
            return math.inf
        return math.log(2.0 * max(orbit.energy(), 1e-300)) + 4.0 * math.log(s) - 2.0 * math.log(0.5 * intensity)

    low += 1e-9
    while not math.isfinite(excess(low)):
        low += 1e-6
    x = brentq(excess, low, top - 1e-13, xtol=1e-15)
    s = scale(Orbit(gain, x), size)
    return None if s is None else (s * x, s * s)


def exponent(gain: float) -> float:
    """Return lambda of the undriven moving state: d^2 + g^2 P by differences of step h, extrapolated to h = 0."""
    orbit = Orbit(gain, moving_mean(gain))
    low = orbit.asymptote()
    assert low is not None
    floor, depth = math.sin(low), 1.0 - math.sin(low)
    v = np.linspace(0.0, 6.0, 1501)[1:]
    c = floor + depth / np.cosh(v) ** 2
    # the energy from that end of the orbit which is near, where it is small
    near = v < 1.0
    t = np.arcsin(c)
    height = np.where(near, orbit.work(t) - orbit.work(HALF_PI), orbit.work(t) - orbit.work(low))
    force = orbit.g2 * float(orbit.q(HALF_PI)) - 1.0
    height = np.where(v < 0.03, (1.0 - c) * force, height)
    per_v = 2.0 * depth * np.tanh(v) / np.cosh(v) ** 2 / np.sqrt(2.0 * height)
    per_v = CubicSpline(np.append(0.0, v), np.append(2.0 * math.sqrt(depth / (2.0 * force)), per_v))
    lags = per_v.antiderivative()(np.append(0.0, v))
    values = CubicSpline(lags, np.append(1.0, c))
    levels = []
    for h in (0.02, 0.01):
        at = np.arange(0.0, lags[-1], h)
        diagonal = -2.0 / h**2 + orbit.g2 * orbit.p(np.arcsin(np.minimum(values(at), 1.0)))
        off = np.full(len(at) - 1, 1.0 / h**2)
        off[0] *= math.sqrt(2.0)  # even: the value at -h is that at h
        last = len(at) - 1
        levels.append(eigh_tridiagonal(diagonal, off, select="i", select_range=(last, last))[0][0])
    return -1.0 + math.sqrt(levels[1] + (levels[1] - levels[0]) / 3.0)


def main() -> None:
    undriven, noise = [], []
    for gain in GAINS:
        x = moving_mean(gain) if gain > math.sqrt(2.0) else static_mean(gain)
        orbit = Orbit(gain, x)
        for size in SIZES:
            s = scale(orbit, size)
            state = None if s is None else [s * x, s * s]
            undriven.append({"g": gain, "size": size, "x": x, "state": state})
    for gain in (0.5, 1.4, 2.0, 2.7, 6.0):
        for size in (10.0, 1e3, 1e6):
            noise += [{"g": gain, "size": size, "D": d, "state": noisy(gain, size, d)} for d in NOISES]
    exponents = {str(gain): exponent(gain) for gain in (1.6, 2.0, 2.7, 3.0, 6.0)}
    path = Path(__file__).with_name("balanced_reference.json")
    path.write_text(json.dumps({"undriven": undriven, "white": noise, "exponents": exponents}, indent=1) + "\n")


if __name__ == "__main__":
    main()
