"""The root of a monotonic function of which no bracket is known."""

from __future__ import annotations

import math
from collections.abc import Callable

_DOUBLINGS = 1100  # from any number to any other


def increasing_root(
    function: Callable[[float], float], start: float, scale: float, *, xtol: float = 0.0, far: float = math.inf
) -> float:
    """Return where an increasing function is zero; inf where it stays negative, -inf where it stays positive.

    Parameters
    ----------
    function : increasing, continuous; defined everywhere.
    start, scale : where the root may be, and the first step from there, > 0.
    xtol : of the root, absolute; rounding by default.
    far : distance from the start beyond which the root does not matter, and infinity is returned.

    Raises
    ------
    FloatingPointError : where the function is not a number.

    Notes
    -----
    Cost: about ten evaluations, and one for each doubling of the distance.
    """
    from scipy.optimize import brentq

    at, value = start, function(start)
    if math.isnan(value):
        raise FloatingPointError(f"a function is not a number at {start:g}; the parameters are too extreme")
    if value == 0.0:
        return start
    way = -1.0 if value > 0.0 else 1.0
    for _ in range(_DOUBLINGS):
        there = at + way * scale
        if not (math.isfinite(there) and abs(at - start) < far):
            break
        value = function(there)
        if value == 0.0:
            return there
        if math.isnan(value):
            raise FloatingPointError(f"a function is not a number at {there:g}; the parameters are too extreme")
        if value * way > 0.0:
            low, high = (at, there) if way > 0 else (there, at)
            tolerance = max(xtol, 4e-16 * max(abs(low), abs(high)), 1e-300)
            return float(brentq(function, low, high, xtol=tolerance, rtol=8.9e-16, maxiter=300))
        at, scale = there, 2.0 * scale
    return way * math.inf


def slid(function: Callable[[float], tuple[float, float]], start: float) -> float:
    """Return the root of an increasing function by Newton steps from a start near it; by bracketing where they fail.

    Parameters
    ----------
    function : x -> (value, slope), the slope positive.
    start : near the root.
    """
    x = start
    for _ in range(30):
        value, slope = function(x)
        if not slope > 0.0:
            break
        step = value / slope
        x -= step
        if abs(step) <= 2e-15 * (1.0 + abs(x)):
            return x
        if not abs(step) < 1e3:
            break
    return increasing_root(lambda at: function(at)[0], start, 1.0, far=1e6)
