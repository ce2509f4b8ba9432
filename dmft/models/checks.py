"""Checks of arguments: a refusal says what was given, and what is allowed."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any


def finite(name: str, value: Any) -> float:
    """Return `value` as a float, or refuse it unless it is a finite real number."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {number}")
    return number


def positive(name: str, value: Any) -> float:
    """Return `value` as a float, or refuse it unless it is finite and positive."""
    number = _real(name, value, "finite and positive")
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"{name} must be finite and positive, got {number}")
    return number


def non_negative(name: str, value: Any) -> float:
    """Return `value` as a float, or refuse it unless it is finite and not negative."""
    number = _real(name, value, "finite and not negative")
    if not (math.isfinite(number) and number >= 0):
        raise ValueError(f"{name} must be finite and not negative, got {number}")
    return number


def integer(name: str, value: Any, *, least: int | None = None) -> int:
    """Return `value` as an int, or refuse it unless it is an integer, at least `least` if that is given."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if least is not None and value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return int(value)


def one_of(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """Return `value`, or refuse it unless it is one of the `allowed` words."""
    if value not in allowed:
        words = ", ".join(repr(word) for word in allowed)
        raise ValueError(f"{name} must be one of {words}; got {value!r}")
    return str(value)


def _real(name: str, value: Any, allowed: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number, {allowed}; got {value!r}")
    return float(value)
