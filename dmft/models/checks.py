"""Checks of arguments: a refusal says what was given, and what is allowed."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray

LARGEST = 1e150  # whose square is a number still
SMALLEST = 1e-150


def finite(name: str, value: Any) -> float:
    """Return `value` as a float, or refuse it unless it is a finite real number of a size up to 1e150."""
    return _number(name, value, "finite")


def positive(name: str, value: Any) -> float:
    """Return `value` as a float, or refuse it unless it is finite and positive, between 1e-150 and 1e150."""
    return _number(name, value, "finite and positive", lambda number: number > 0, SMALLEST)


def non_negative(name: str, value: Any) -> float:
    """Return `value` as a float, or refuse it unless it is finite and not negative, and at most 1e150."""
    return _number(name, value, "finite and not negative", lambda number: number >= 0)


def integer(name: str, value: Any, *, least: int | None = None) -> int:
    """Return `value` as an int, or refuse it unless it is an integer, at least `least` if that is given."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if least is not None and value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return int(value)


def counted(name: str, value: Any) -> int:
    """Return `value` as an int, or refuse it unless it is an integer of at least 1."""
    return integer(name, value, least=1)


def whole(name: str, value: Any, *, least: int, most: int | None = None) -> int:
    """Return `value` as an int, or refuse it unless it is a whole number in a range; grids hold 20 as 20.0."""
    number = _number(name, value, "a whole number", lambda number: number == math.floor(number))
    if number < least or (most is not None and number > most):
        allowed = f"at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be {allowed}, got {number:g}")
    return int(value)


def is_single(name: str, value: Any) -> bool:
    """Whether a value is a single number, or what should be one, and no array; refuse rows of different lengths."""
    try:
        return np.ndim(value) == 0
    except ValueError:
        raise ValueError(f"{name} must be a number or have rows of one length, got {value!r}") from None


def numbers(name: str, value: Any) -> FloatArray:
    """Return an array of real numbers, or refuse what is none: complex ones, dates, words, masked entries."""
    if np.ma.is_masked(value):
        raise ValueError(f"{name} must have no masked entries: fill them in, or leave their rows out")
    try:
        return _floats(value)
    except (TypeError, ValueError):
        given = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else repr(value)
        raise TypeError(f"{name} must be an array of numbers, got {given}") from None


def matrix(name: str, value: ArrayLike) -> tuple[tuple[float, ...], ...]:
    """Return a square matrix as rows of numbers, or refuse it unless all of them are finite."""
    try:
        array = _floats(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number or a square matrix of numbers, got {value!r}") from None
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.size == 0:
        raise ValueError(f"{name} must be a number or a square matrix, got an array of shape {array.shape}")
    return tuple(tuple(finite(f"{name}[{i}, {j}]", float(x)) for j, x in enumerate(row)) for i, row in enumerate(array))


def _floats(value: ArrayLike) -> FloatArray:
    """Return a copy as floats, of what loses nothing by it."""
    given = np.asarray(value)
    if given.dtype.kind not in "biufO":
        raise TypeError(f"numbers of the kind {given.dtype} are not real")
    return np.array(given, dtype=float)


def one_of(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """Return `value`, or refuse it unless it is one of the `allowed` words."""
    if value not in allowed:
        words = ", ".join(repr(word) for word in allowed)
        raise ValueError(f"{name} must be one of {words}; got {value!r}")
    return str(value)


def _number(
    name: str, value: Any, allowed: str, suits: Callable[[float], bool] = math.isfinite, least: float = 0.0
) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number, {allowed}; got {value!r}")
    try:
        number = float(value)
    except OverflowError:  # an integer of more than 308 digits
        number = math.inf if bool(value > 0) else -math.inf  # type: ignore[operator]
    if not (math.isfinite(number) and suits(number)):
        raise ValueError(f"{name} must be {allowed}, got {number}")
    if not least <= abs(number) <= LARGEST:
        allowed = f"between {least:g} and {LARGEST:g}" if least else f"at most {LARGEST:g} in size"
        raise ValueError(f"{name} must be {allowed}, so that its square is a number; got {number}")
    return number


def named(kinds: Iterable[type]) -> str:
    """Return the names of classes, for a sentence."""
    return ", ".join(kind.__name__ for kind in kinds)


def meant(word: Any, known: Iterable[str]) -> str:
    """Return " (did you mean 'tanh'?)" for a word that is close to a known one, else nothing."""
    close = difflib.get_close_matches(word, list(known), n=1) if isinstance(word, str) else []
    return f" (did you mean {close[0]!r}?)" if close else ""
