"""The largest zero of a function that is negative at large arguments and may fail at some: failures are no evidence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from dmft.errors import DMFTError
from dmft.phases.roots import Root, bracketed_root

_STRIDE = 0.8  # ratio of arguments in the search, from above
_HIGHEST, _LOWEST = 1e6, 1e-3  # times the scale


class NoBracketError(DMFTError):
    """No change of sign was found, and failed trials leave it open whether there is one."""


def largest_zero(function: Callable[[float], float], scale: float, rtol: float) -> Root:
    """Return the largest zero of a function that is negative at large arguments, and nan where it fails.

    0 if there is none; the error is at least `rtol` of it.

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
    while math.isnan(low):
        at *= _STRIDE
        if at < _LOWEST * scale:
            if failed:
                raise NoBracketError("the exponent is negative at all amplitudes where it could be found")
            return Root(0.0, 0.0, math.nan)
        value = function(at)
        failed = failed or math.isnan(value)
        if value > 0.0:
            low, below = at, value
        elif value <= 0.0:
            high, above = at, value
    root = bracketed_root(function, low, below, high, above, tolerance=rtol * high)
    return replace(root, error=max(root.error, rtol * abs(root.x)))
