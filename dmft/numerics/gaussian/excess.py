"""What a standard normal variable exceeds a threshold by: H(x) = P(t > x), G1 = E(t - x)_+, G2 = E(t - x)_+^2.

Closed forms, accurate to rounding for any x: where they cancel (x > 2), by the continued fraction of the repeated
integrals of H [Gautschi, Math. Comp. 15, 227 (1961)], as logarithms where the numbers themselves would vanish.
"""

from __future__ import annotations

import math

_LOG_ROOT_TWO_PI = 0.5 * math.log(2.0 * math.pi)
_CANCELS = 2.0
# Terms of the continued fraction, exact to rounding at x >= 2: some, and more the nearer x is to 0.
_TERMS, _TERMS_AT_ONE = 30, 500.0
# Below this the density is not a number, and the ratios have their limits 1/x.
_FAR = 38.0
# Beyond this x^2 is no number.
_ENDLESS = 1e150


def density(x: float) -> float:
    """Return phi(x), the standard normal density."""
    return math.exp(-0.5 * x * x - _LOG_ROOT_TWO_PI) if abs(x) < _FAR else 0.0


def beyond(x: float) -> float:
    """Return H(x) = P(t > x)."""
    return 0.5 * math.erfc(x / math.sqrt(2.0))


def first_excess(x: float) -> float:
    """Return G1(x) = E(t - x)_+ = phi(x) - x H(x)."""
    return density(x) - x * beyond(x) if x <= _CANCELS else _far(x, 1)


def second_excess(x: float) -> float:
    """Return G2(x) = E(t - x)_+^2 = (1 + x^2) H(x) - x phi(x)."""
    return (1.0 + x * x) * beyond(x) - x * density(x) if x <= _CANCELS else _far(x, 2)


def log_first_excess(x: float) -> float:
    """Return log G1(x), where G1 itself may be too small for a number."""
    return math.log(first_excess(x)) if x <= _CANCELS else _log_far(x, 1)


def log_second_excess(x: float) -> float:
    """Return log G2(x), where G2 itself may be too small for a number."""
    return math.log(second_excess(x)) if x <= _CANCELS else _log_far(x, 2)


def excess_ratio(x: float) -> float:
    """Return G1(x)/sqrt(G2(x)), minus the slope of sqrt(G2)."""
    if x < _FAR:
        return first_excess(x) / math.sqrt(second_excess(x))
    return math.exp(log_first_excess(x) - 0.5 * log_second_excess(x)) if x < _ENDLESS else 0.0


def log_slope(x: float) -> float:
    """Return H(x)/G1(x), minus the slope of log G1."""
    if x <= _CANCELS:
        return beyond(x) / first_excess(x)
    return 1.0 / _ratios(x)[1]


def _far(x: float, order: int) -> float:
    """Return E(t - x)_+^order = order! phi(x) times the ratios, where the closed forms cancel."""
    return math.prod(_ratios(x)[: order + 1], start=math.factorial(order) * density(x)) if not x >= _FAR else 0.0


def _log_far(x: float, order: int) -> float:
    """Return its logarithm."""
    if x > _ENDLESS:
        return -math.inf
    first, *further = _ratios(x)[: order + 1]
    total = -0.5 * x * x - _LOG_ROOT_TWO_PI + math.log(math.factorial(order) * first)
    for ratio in further:
        total += math.log(ratio)
    return total


def _ratios(x: float) -> tuple[float, float, float]:
    """Return H/phi, G1/H and G2/(2 G1): of I_n = E (t - x)_+^n/n! each to the one before, I_(n-1)/I_n = x + (n+1) r."""
    if math.isnan(x):
        raise FloatingPointError("a threshold is not a number; the parameters are too extreme")
    r = 1.0 / x
    for n in range(_TERMS + int(_TERMS_AT_ONE / (x * x)), 2, -1):
        r = 1.0 / (x + (n + 1) * r)
    r2 = 1.0 / (x + 3.0 * r)
    r1 = 1.0 / (x + 2.0 * r2)
    return 1.0 / (x + r1), r1, r2
