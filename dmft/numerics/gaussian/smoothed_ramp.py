"""Averages over a normal number of the positive root of x (x - u) = beta: a ramp, max(0, u), whose corner is rounded.

    x = (u + r)/2,   r = sqrt(u^2 + 4 beta),   dx/du = x/r,   u = d + z,  z normal.
At beta = 0 they are the moments w_k(d) = int_{-d} Dz (z + d)^k of a truncated normal number, known in closed form.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray

_REACH = 10.0  # standard deviations
_STRIP, _WIDTH = 0.14, 0.5  # steps: of t where the ramp turns, of z where the density does
_BUMP = 4.0  # standard deviations within which the density is resolved
_FAR = 16.0  # |d| beyond which the corner is far away, and the nodes are of z
_TAIL = 1e-20  # beta/d^2 above which what lies beyond a corner that far does not count
_SHARP = 1e-34  # beta at which the ramp is one to rounding


@dataclass(frozen=True)
class RampAverages:
    """Averages at d and beta, with what changes them.

    Attributes
    ----------
    zero, first, second : <x'>, <x>, <x^2>.
    square_slope : <x'^2>.
    zero_by_d : d<x'>/dd; that of <x> is <x'>.
    second_by_d : d<x^2>/dd = 2 <x x'>.
    by_log : derivatives of (<x'>, <x>, <x^2>) by log beta.
    """

    zero: float
    first: float
    second: float
    square_slope: float
    zero_by_d: float
    second_by_d: float
    by_log: tuple[float, float, float] = (0.0, 0.0, 0.0)


def ramp(d: float) -> RampAverages:
    """Return the averages of max(0, d + z), for d > -6 to some digits less than all (what cancels: d^4 of rounding)."""
    gauss = math.exp(-0.5 * d * d) / math.sqrt(2.0 * math.pi)
    zero = 0.5 * math.erfc(-d / math.sqrt(2.0))
    first = gauss + d * zero
    return RampAverages(zero, first, zero + d * first, zero, gauss, 2.0 * first)


def smoothed_ramp(d: float, beta: float, *, other: bool = False) -> RampAverages:
    """Return the averages of the rounded ramp, beta > 0.

    By the trapezoidal rule in t, u = 2 sqrt(beta) sinh t, for which x = sqrt(beta) exp(t): the integrand is entire and
    falls faster than any exponential, so that the error is of the order of rounding at the steps taken. Where the
    corner is far away, in z.

    Parameters
    ----------
    d, beta : the shift, and how round the corner is.
    other : by other nodes: half the step, and further out.

    Raises
    ------
    FloatingPointError : far below a sharp corner, d < -16.

    Notes
    -----
    Accuracy: `tests/limits/test_lotka_volterra_limits.py`. Cost: 20-60 us, growing as log(1/beta).
    """
    x, behind, weights = _nodes(d, beta, _REACH + 1.0 if other else _REACH, 0.5 if other else 1.0)
    r = x + behind
    slope = x / r
    rows = np.stack(
        [
            slope,
            x,
            x * x,
            slope * slope,
            2.0 * beta / r**3,
            2.0 * x * slope,
            beta * (behind - x) / r**3,
            beta / r,
            2.0 * beta * slope,
        ]
    )
    zero, first, second, square, zero_by_d, second_by_d, *by_log = map(float, rows @ weights)
    return RampAverages(zero, first, second, square, zero_by_d, second_by_d, (by_log[0], by_log[1], by_log[2]))


def _nodes(d: float, beta: float, reach: float, finer: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return x, beta/x = x - u and weights."""
    if abs(d) > _FAR:
        if d < 0.0 and not beta > _TAIL * d * d:
            raise FloatingPointError(f"the average of a ramp is one of its tail, at {d:g} standard deviations")
        n = math.ceil(2.0 * reach / (finer * _WIDTH)) + 1
        z = np.linspace(-reach, reach, n)
        larger = 0.5 * (abs(d) + math.copysign(1.0, d) * z + np.hypot(d + z, 2.0 * math.sqrt(beta)))
        x = larger if d > 0.0 else beta / larger
        return x, beta / x, np.exp(-0.5 * z * z) * (2.0 * reach / (n - 1) / math.sqrt(2.0 * math.pi))
    root = math.sqrt(beta)
    low, high = math.asinh((d - reach) / (2.0 * root)), math.asinh((max(d, 0.0) + reach) / (2.0 * root))
    step = finer * min(_STRIP, _WIDTH / math.hypot(abs(d) + _BUMP, 2.0 * root))
    n = math.ceil((high - low) / step) + 1
    x = root * np.exp(np.linspace(low, high, n))
    behind = beta / x
    dz = (x + behind) * ((high - low) / (n - 1) / math.sqrt(2.0 * math.pi))
    return x, behind, np.exp(-0.5 * (x - behind - d) ** 2) * dz


def sharp_ramp(d: float) -> RampAverages:
    """Return the averages of max(0, d + z) by nodes, which no digits cancel in."""
    return smoothed_ramp(d, _SHARP, other=True)
