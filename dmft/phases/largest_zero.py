"""The largest zero of a function that is negative at large arguments and may fail at some: failures are no evidence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from dmft.errors import DMFTError
from dmft.phases.roots import Root, bracketed_root

_STRIDE = 0.8  # ratio of arguments in the search, from above
_HIGHEST, _LOWEST = 1e6, 1e-3  # times the scale
_PARABOLA, _CLOSE = 1e-2, 5e-2  # of its distance from 0, to which an even function must keep to its parabola; its end


class NoBracketError(DMFTError):
    """No change of sign was found, and failed trials leave it open whether there is one."""


def largest_zero(function: Callable[[float], float], scale: float, rtol: float, *, even: bool = False) -> Root:
    """Return the largest zero of a function that is negative at large arguments, and nan where it fails.

    0 if there is none; the error is at least `rtol` of it. Of a function that is `even` and analytic, that is known
    as soon as four values keep to a parabola in the argument that is well below 0 down to its vertex, and a fifth, at
    the lowest argument, is there.

    Raises
    ------
    ValueError : if the function is positive up to a million times the scale.
    NoBracketError : if it changes its sign nowhere that could be evaluated, and failed somewhere.
    """
    high, above, low, below = scale, function(scale), math.nan, math.nan
    failed = math.isnan(above)
    while not above <= 0.0:
        if above > 0.0:
            low, below = high, above
        high /= _STRIDE
        if high > _HIGHEST * scale:
            if failed and math.isnan(low):
                raise NoBracketError("the exponent could not be found at any amplitude")
            raise ValueError("the exponent stays positive at any amplitude: this input does not suppress chaos")
        above = function(high)
        failed = failed or math.isnan(above)
    at = high
    seen = [(high, above)]
    while math.isnan(low):
        vertex = _vertex(seen[-4:]) if even else math.nan
        if vertex < 0.0:
            if abs(function(_LOWEST * scale) - vertex) <= _CLOSE * abs(vertex):
                return Root(0.0, 0.0, math.nan)
            even = False
        at *= _STRIDE
        if at < _LOWEST * scale:
            if failed:
                raise NoBracketError("the exponent is negative at all amplitudes where it could be found")
            return Root(0.0, 0.0, math.nan)
        value = function(at)
        seen.append((at, value))
        failed = failed or math.isnan(value)
        if value > 0.0:
            low, below = at, value
        elif value <= 0.0:
            high, above = at, value
    root = bracketed_root(function, low, below, high, above, tolerance=rtol * high)
    return replace(root, error=max(root.error, rtol * abs(root.x)))


def _vertex(points: list[tuple[float, float]]) -> float:
    """Return a, if four points lie on a parabola y = a + b x^2 well below 0 from the last to x = 0; else nan."""
    if len(points) < 4 or any(math.isnan(y) for _, y in points):
        return math.nan
    (x1, y1), (x2, y2) = points[0], points[-1]
    slope = (y1 - y2) / (x1 * x1 - x2 * x2)
    vertex = y2 - slope * x2 * x2
    off = max(abs(y - vertex - slope * x * x) for x, y in points)
    top = max(vertex, y2)
    known = top < 0.0 and off <= _PARABOLA * abs(top) and abs(slope) * x2 * x2 <= 0.5 * abs(top)
    return vertex if known else math.nan
