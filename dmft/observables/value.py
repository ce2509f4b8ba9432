"""A number that carries its error."""

from __future__ import annotations

from typing import Any


class Value(float):
    """A float with a standard error, the method that gave it, and its history; it formats and compares as a float.

    Attributes
    ----------
    standard_error : standard error of the number, nan when not known.
    method : how it was obtained.
    history : what it converged through (for example running estimates), a tuple.
    """

    standard_error: float
    method: str
    history: tuple[Any, ...]

    def __new__(
        cls, number: float, standard_error: float = float("nan"), method: str = "", history: tuple[Any, ...] = ()
    ) -> Value:
        """Return the number with what is known about it."""
        value = super().__new__(cls, number)
        value.standard_error = float(standard_error)
        value.method = method
        value.history = tuple(history)
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        return (Value, (float(self), self.standard_error, self.method, self.history))
