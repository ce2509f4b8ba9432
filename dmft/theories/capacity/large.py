"""Largest load and largest margin in the limit of large N.

alpha(kappa) = max_theta C_theta/J*(kappa r(theta)), kappa the margin over |w|, r = |w|/sqrt(q). The threshold is
positive, so that th >= 0 ("any"), which makes the multiplier eta at most 0; th = 0 where the drives balance
("balanced"); where nothing holds th, eta = 0 ("free"). Margins that are kept are the points of a convex set: what is
found by going uphill is the maximum.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dmft.numerics.monotone import increasing_root
from dmft.theories.capacity.patterns import Patterns
from dmft.theories.capacity.weights import Weights

_FAR = 1500.0  # of a log tan, from one end of what numbers hold to the other
# Distance from the balanced capacity, relative, at which k and th, of the order of its root, are lost in rounding.
_EDGE = 1e-14

Drive: TypeAlias = Literal["any", "balanced", "free"]


@dataclass(frozen=True)
class Optimum:
    """The weights that do best.

    Attributes
    ----------
    load : alpha.
    k, shift : margin and Delta = (w.<x> - 1)/sqrt(q), both in units of sqrt(q).
    eta, theta : multiplier of the mean drive; sin^2(theta) is the excitatory share of q.
    th : N^(-1/2) sum of the mean drives, in units of sqrt(q): 0 where they balance.
    """

    load: float
    k: float
    shift: float
    eta: float
    theta: float
    th: float


def highest_load(weights: Weights, patterns: Patterns, margin: float, drive: Drive) -> Optimum | None:
    """Return the weights at the largest load that lets a margin kappa_in be kept; None if that load is 0.

    Parameters
    ----------
    margin : kappa_in, >= 0.
    drive : what holds th.
    """
    start = _start(weights, drive)
    if start is None:
        return None

    def fall(theta: float) -> float:
        """Minus the slope of log(alpha) against theta."""
        eta = _eta(weights, theta, drive)
        k = margin * weights.scale(theta)
        cost, shift = patterns.least(k)
        gain = 2.0 * weights.turn(theta, eta) / weights.reach(theta, eta)
        return patterns.slopes(k, shift)[0] / cost * margin * weights.scale_slope(theta) - gain

    theta = start if margin == 0.0 or weights.alike else _best_angle(fall, start)
    eta = _eta(weights, theta, drive)
    k = margin * weights.scale(theta)
    cost, shift = patterns.least(k)
    return Optimum(weights.reach(theta, eta) ** 2 / cost, k, shift, eta, theta, _th(weights, theta, eta, drive))


def largest_margin(weights: Weights, patterns: Patterns, load: float, drive: Drive) -> Optimum | None:
    """Return the weights of the largest margin kappa_in = k/r at a load; None if it is below capacity.

    Parameters
    ----------
    load : alpha > 0.
    drive : what holds th.
    """
    start = _start(weights, drive)
    if start is None:
        return None
    if weights.reach(start, _eta(weights, start, drive)) ** 2 <= load * patterns.least(0.0)[0]:
        return None

    def fall(theta: float) -> float:
        """Minus the slope of kappa_in against theta, times r^2."""
        eta = _eta(weights, theta, drive)
        reach = weights.reach(theta, eta)
        k, shift = patterns.margin(reach**2 / load)
        rise = 2.0 * reach * weights.turn(theta, eta) / (load * patterns.slopes(k, shift)[0])
        # A negative margin only says which way the positive ones are.
        return max(k, 0.0) * weights.scale_slope(theta) - rise * weights.scale(theta)

    theta = start if weights.alike else _best_angle(fall, start)
    eta = _eta(weights, theta, drive)
    k, shift = patterns.margin(weights.reach(theta, eta) ** 2 / load)
    return Optimum(load, k, shift, eta, theta, _th(weights, theta, eta, drive))


def scaled_output_margin(weights: Weights, patterns: Patterns, load: float) -> tuple[Optimum, float] | None:
    """Return the weights of the largest kappa_0 = sqrt(N) kappa_out = k/th, and kappa_0; None at or beyond capacity.

    |w| = r/(sqrt(N) th), so that r does not matter. J*(k) = C(th)/alpha with dC/dth = 2 sqrt(C) eta: at the maximum of
    k/th the multiplier lies between 0, where th is what the signs alone would have, and that of th = 0.

    At the balanced capacity k and th vanish together, and kappa_0 is their limit C'(0)/(alpha J*'(0)).

    Parameters
    ----------
    load : alpha, at least the balanced capacity.
    """

    def rise(eta: float) -> float:
        """The slope of k/th against -th, times alpha dJ/dk th."""
        th, theta = weights.bias(eta), weights.angle(eta)
        reach = weights.reach(theta, eta, th)
        k, shift = patterns.margin(reach**2 / load)
        slope = load * patterns.slopes(k, shift)[0] * k - 2.0 * reach * eta * th
        return slope if k > 0.0 else min(slope, -1e-300)  # where everything is too small for a number

    top = weights.balance()
    if not top > 0.0 or not rise(0.0) > 0.0:
        return None
    if math.isfinite(top):
        theta = weights.angle(top)
        reach = weights.reach(theta, top)
        cost, shift = patterns.least(0.0)
        if load <= reach**2 / cost * (1.0 + _EDGE):
            kappa = 2.0 * reach * top / (load * patterns.slopes(0.0, shift)[0])
            return Optimum(load, 0.0, shift, top, theta, 0.0), kappa
    else:  # a single sign: any eta
        top = 1.0 / weights.drive[0]
        while rise(top) > 0.0:
            top *= 2.0
    from scipy.optimize import brentq

    eta = float(brentq(rise, 0.0, top, xtol=1e-300, rtol=8.9e-16, maxiter=300))
    th, theta = weights.bias(eta), weights.angle(eta)
    k, shift = patterns.margin(weights.reach(theta, eta, th) ** 2 / load)
    return (Optimum(load, k, shift, eta, theta, th), k / th) if k > 0.0 and th > 0.0 else None


def _start(weights: Weights, drive: Drive) -> float | None:
    """Return theta where C is largest; None where no weights can do anything."""
    if not weights.signed:
        return 0.5 * math.pi
    eta = 0.0 if drive == "free" else weights.balance()
    eta = min(eta, 0.0) if drive == "any" else eta
    return weights.angle(eta) if math.isfinite(eta) else None


def _eta(weights: Weights, theta: float, drive: Drive) -> float:
    if drive == "free" or weights.kinds == 1:
        return 0.0
    eta = weights.multiplier(theta)
    return min(eta, 0.0) if drive == "any" else eta


def _th(weights: Weights, theta: float, eta: float, drive: Drive) -> float:
    if drive == "balanced" or eta < 0.0:
        return 0.0
    down, up = weights.slopes(0.0)
    return -(math.sin(theta) * down + math.cos(theta) * up)


def _best_angle(fall: Callable[[float], float], start: float) -> float:
    """Return theta in (0, pi/2) where a function, negative below and positive above, is zero; by its log tan."""
    x = increasing_root(lambda x: fall(angle_of(x)), log_tan(start), 0.25, xtol=1e-14, far=_FAR)
    return angle_of(x)


def log_tan(theta: float) -> float:
    """Return log tan(theta), held within what numbers can hold."""
    return math.log(min(max(math.tan(theta), 1e-290), 1e290))


def angle_of(x: float) -> float:
    """Return theta for its log tan."""
    return math.atan(math.exp(min(max(x, -690.0), 690.0)))
