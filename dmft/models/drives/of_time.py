"""A function of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.checks import positive
from dmft.models.drives.drive import Drive
from dmft.models.quantities import within

_TRIED_TIMES = (0.0, 0.1, 0.5, 1.0)  # a table of values may end soon after


def _period(name: str, value: Any) -> float | None:
    return None if value is None else positive(name, value)


@dataclass(frozen=True)
class OfTime(Drive):
    """An input that is a function of time, the same for all neurons.

    Parameters
    ----------
    function : of one number, the time in units of tau; returns a finite number.
    period : its period, > 0; None if it has none.

    Raises
    ------
    ValueError, TypeError : for what is no such function, tried at a few times.
    """

    function: Callable[[float], float]
    period: float | None = field(default=None, metadata=within(_period, "period of the function", "tau"))

    def check(self) -> None:
        """Refuse what is no function, tried at a few times."""
        if isinstance(self.function, type) or not callable(self.function):
            raise TypeError(f"function must be a function of time, got {self.function!r}")
        for time in _TRIED_TIMES:
            self.at(time)

    @property
    def common(self) -> bool:
        """All neurons hear it."""
        return True

    def scaled(self, factor: float) -> OfTime:
        """Return factor times the function."""
        return replace(self, function=_Scaled(self.function, factor))

    def at(self, times: ArrayLike) -> FloatArray:
        """Return the values of the function.

        Raises
        ------
        ValueError : if it returns what is not finite, with the first such time.
        TypeError : if it fails, or returns what is not a real number.
        """
        t = np.asarray(times, dtype=float)
        values = np.array([_number(self.function, float(moment)) for moment in t.ravel()]).reshape(t.shape)
        bad = ~np.isfinite(values)
        if np.any(bad):
            raise ValueError(f"drive must return finite numbers, got {values[bad][0]} at t = {t[bad][0]:.6g}")
        return values


@dataclass(frozen=True)
class _Scaled:
    function: Callable[[float], float]
    factor: float

    def __call__(self, time: float) -> float:
        return self.factor * self.function(time)


def _number(function: Any, time: float) -> float:
    """Return the value of a function of time, or refuse what is not a real number."""
    try:
        got = function(time)
    except Exception as error:
        raise TypeError(
            f"drive must be a function of one number, the time; drive({time:g}) raised {type(error).__name__}: {error}"
        ) from error
    value = np.asarray(got)
    if value.shape != () or value.dtype.kind not in "fiu":
        raise TypeError(f"drive must return a real number for each time, got {got!r} at t = {time:g}")
    return float(value)
