"""The edge where a function of the complex plane is 1: its rightmost point, and points moved onto it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dmft.arrays import ComplexArray, FloatArray

_NEAR = 1e-7  # distance to a pole, relative to the largest scale, at which the function is taken for finite there
_TALL = 0.8  # of the highest maximum on a line, above which others are looked at closely
_FLAT = 1e-4  # part of an interval to which the place of a maximum is found: its height then to the square of it


def rightmost(growth: Callable[[ComplexArray], FloatArray], pole: complex, turns: FloatArray, scale: float) -> complex:
    """Return the point where a growth of 1 is left last, its imaginary part >= 0; the pole where it is so at no other.

    To the right of all poles the maximum over a vertical line falls, as that of |f|^2 of analytic f that go to zero.

    Parameters
    ----------
    growth : of points, symmetric about the real axis, positive.
    pole : its pole with the largest real part.
    turns : imaginary parts >= 0, ordered, at which lines are looked at first.
    scale : of real parts.
    """
    from scipy.optimize import brentq

    at = np.unique(np.append(turns, abs(pole.imag)))
    edge = pole.real

    def surplus(rate: float) -> float:
        return math.log(max(_highest(growth, rate, at)[0], 1e-300))

    low = edge + _NEAR * scale
    if not surplus(low) > 0.0:
        return complex(edge, abs(pole.imag))
    high = edge + scale
    while surplus(high) > 0.0:
        low, high = high, edge + 2.0 * (high - edge)
    rate = float(brentq(surplus, low, high, xtol=1e-10 * scale, rtol=1e-10))
    return complex(rate, _highest(growth, rate, at)[1])


def _highest(growth: Callable[[ComplexArray], FloatArray], rate: float, turns: FloatArray) -> tuple[float, float]:
    """Return the maximum over a vertical line, and where it is."""
    from scipy.optimize import minimize_scalar

    values = growth(np.asarray(rate + 1j * turns, dtype=complex))
    around = np.concatenate([[-np.inf], values, [-np.inf]])
    peaks = np.flatnonzero((values >= around[:-2]) & (values >= around[2:]))
    best = (float(np.max(values)), float(turns[np.argmax(values)]))
    for k in peaks[values[peaks] > _TALL * best[0]]:
        # a maximum on the real axis is one of both sides
        ends = (turns[k - 1] if k else -turns[min(1, len(turns) - 1)], turns[min(k + 1, len(turns) - 1)])
        found = minimize_scalar(
            lambda w: -float(growth(np.array([rate + 1j * w]))[0]),
            bounds=ends,
            method="bounded",
            options={"xatol": _FLAT * max(ends[1] - ends[0], 1e-300)},
        )
        if -found.fun > best[0]:
            best = (-float(found.fun), abs(float(found.x)))
    return best


def at_edge(
    growth: Callable[[ComplexArray], FloatArray],
    z: ComplexArray,
    steps: int = 4,
    sloping: Callable[[ComplexArray], FloatArray] | None = None,
) -> ComplexArray:
    """Return points moved onto the edge, across it, by Newton's method on the logarithm of the growth.

    Parameters
    ----------
    growth, z : of points, and these.
    steps : of Newton's method.
    sloping : a growth nearly the same of which slopes are taken; None for the growth.
    """
    h, near = 1e-6, growth if sloping is None else sloping

    def log(of: Callable[[ComplexArray], FloatArray], points: ComplexArray) -> FloatArray:
        return np.log(np.maximum(of(points), 1e-300))

    for _ in range(steps):
        at = log(growth, z)
        middle = at if sloping is None else log(near, z)
        slope = ((log(near, z + h) - middle) + 1j * (log(near, z + 1j * h) - middle)) / h
        z = z - at * slope / np.maximum(np.abs(slope) ** 2, 1e-300)
    return z
