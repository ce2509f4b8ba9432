"""Gaussian averages to any number of digits with mpmath: slow, independent of the fast forms, for references."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath


def average(function: Callable[[Any], Any], variance: Any, *, digits: int = 30) -> Any:
    """Return E f(x), x ~ N(0, variance), for f analytic near the real axis, to `digits` digits.

    The trapezoidal rule, halved until two results agree; its error falls like exp(-2 pi a/h), a the distance of the
    nearest pole in units of sqrt(variance).

    Raises
    ------
    ArithmeticError : if 14 halvings do not bring agreement (f is not analytic).
    """
    with mpmath.workdps(digits + 12):
        scale = mpmath.sqrt(variance)
        reach = mpmath.sqrt(2 * mpmath.log(10) * (digits + 12))

        def at(z: Any) -> Any:
            return mpmath.exp(-z * z / 2) * function(scale * z)

        step = mpmath.mpf(1)
        total = mpmath.fsum(at(step * k) for k in range(-int(reach) - 1, int(reach) + 2))
        previous = step * total
        for _ in range(14):
            count = int(reach / step) + 1
            total += mpmath.fsum(at(step * (k + mpmath.mpf(1) / 2)) for k in range(-count - 1, count + 1))
            step /= 2
            value = step * total
            if abs(value - previous) <= mpmath.mpf(10) ** (-digits - 2) * (1 + abs(value)):
                return value / mpmath.sqrt(2 * mpmath.pi)
            previous = value
    raise ArithmeticError("the trapezoidal rule did not converge; is the function analytic?")


def correlation(function: Callable[[Any], Any], variance: Any, covariance: Any, *, digits: int = 20) -> Any:
    """Return E f(x) f(y) for x, y ~ N(0, variance) of covariance c in [0, variance], to `digits` digits.

    Conditioned on the common part, x = sqrt(c) u + sqrt(c0 - c) v: the average over u of a square of averages over v.
    """
    with mpmath.workdps(digits + 12):
        rest = mpmath.mpf(variance) - mpmath.mpf(covariance)

        def inner(u: Any) -> Any:
            return average(lambda v: function(u + v), rest, digits=digits + 2) if rest > 0 else function(u)

        return average(lambda u: inner(u) ** 2, covariance, digits=digits)
