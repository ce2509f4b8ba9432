"""A number that carries its error."""

from __future__ import annotations

import math
from typing import Any


class Value(float):
    """A float with its error, the method that gave it, and its history; it formats and compares as a float,
    and prints with its error.

    Attributes
    ----------
    standard_error : standard error of the number, of what is sampled in it (0 if nothing is); nan when not known.
    numerical_error : bound on what is not sampling: averages, steps, window, iteration; nan when not known.
    method : how it was obtained.
    history : what it converged through (for example running estimates), a tuple.
    """

    standard_error: float
    numerical_error: float
    method: str
    history: tuple[Any, ...]

    def __new__(
        cls,
        number: float,
        standard_error: float = float("nan"),
        method: str = "",
        history: tuple[Any, ...] = (),
        numerical_error: float = float("nan"),
    ) -> Value:
        """Return the number with what is known about it."""
        value = super().__new__(cls, number)
        value.standard_error = float(standard_error)
        value.numerical_error = float(numerical_error)
        value.method = method
        value.history = tuple(history)
        return value

    @property
    def error(self) -> float:
        """Standard error and numerical error together; nan where neither is known."""
        known = [error for error in (self.standard_error, self.numerical_error) if math.isfinite(error)]
        return sum(known) if known else math.nan

    def __str__(self) -> str:
        """Return the number to the digits that its error leaves, and the error; where that is not known, all digits."""
        if not (math.isfinite(self) and self.error > 0.0):
            return float.__repr__(self)
        digits = min(16, max(0, 1 - math.floor(math.log10(self.error))))
        return f"{float(self):.{digits}f} ± {self.error:.1e}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Value, (float(self), self.standard_error, self.method, self.history, self.numerical_error))
