"""The largest zero of a function that is negative at large arguments and may fail at some: failures are no evidence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from dmft.errors import DMFTError

_STRIDE = 0.8  # ratio of arguments in the search, from above
_HIGHEST, _LOWEST = 1e6, 1e-3  # times the scale
_PARTS = (0.5, 0.25, 0.75, 0.1, 0.9, 0.37, 0.63)  # of a bracket: where to try when a trial fails
_MOST = 60


class NoBracketError(DMFTError):
    """No change of sign was found, and failed trials leave it open whether there is one."""


@dataclass(frozen=True)
class Zero:
    """A zero, half the width of what is left of its bracket, and the slope there; argument 0 if there is none."""

    argument: float
    uncertainty: float
    slope: float


def largest_zero(function: Callable[[float], float], scale: float, rtol: float) -> Zero:
    """Return the largest zero of a function that is negative at large arguments, and nan where it fails.

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
            return Zero(0.0, 0.0, math.nan)
        value = function(at)
        failed = failed or math.isnan(value)
        if value > 0.0:
            low, below = at, value
        elif value <= 0.0:
            high, above = at, value
    return polished(function, (low, below), (high, above), rtol)


def polished(
    function: Callable[[float], float], positive: tuple[float, float], negative: tuple[float, float], rtol: float
) -> Zero:
    """Return the zero in a bracket by the Illinois method, trying elsewhere in it where the function fails."""
    (low, below), (high, above) = positive, negative
    weights, last = [below, above], math.nan
    for _ in range(_MOST):
        slope = (above - below) / (high - low)
        if abs(high - low) <= rtol * abs(high):
            break
        part = weights[0] / (weights[0] - weights[1])
        at, value = math.nan, math.nan
        for trial in (min(max(part, 1e-3), 1.0 - 1e-3), *_PARTS):
            at = low + trial * (high - low)
            value = function(at)
            if not math.isnan(value):
                break
        if math.isnan(value):
            break
        near = abs(at - last) <= 0.3 * rtol * abs(at)
        if value > 0.0:
            weights = [value, weights[1] * (0.5 if low == last else 1.0)]
            low, below = at, value
        else:
            weights = [weights[0] * (0.5 if high == last else 1.0), value]
            high, above = at, value
        if near or value == 0.0:
            return Zero(at, rtol * abs(at), slope)
        last = at
    crossing = low + below / (below - above) * (high - low)
    return Zero(crossing, max(0.5 * abs(high - low), rtol * abs(crossing) * 0.5), slope)
