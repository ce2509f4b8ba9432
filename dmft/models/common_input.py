"""The part of an input that is the same for all neurons, as numbers on a grid of times."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.models.drive import Sinusoid


def is_common(drive: Any) -> bool:
    """Whether a drive is the same for all neurons: a sinusoid of common phase, or a function of time."""
    return drive.phases == "common" if isinstance(drive, Sinusoid) else callable(drive)


def common_input(drive: Any, times: ArrayLike) -> NDArray[np.float64]:
    """Return the common input at the times, shape of `times`; zeros for a private drive or none.

    Raises
    ------
    ValueError : if the drive returns what is not finite, with the first such time.
    TypeError : if it fails, or returns what is not a real number.
    """
    t = np.asarray(times, dtype=float)
    if isinstance(drive, Sinusoid):
        return drive.amplitude * np.sin(2.0 * math.pi * drive.frequency * t) if is_common(drive) else np.zeros_like(t)
    if not callable(drive):
        return np.zeros_like(t)
    values = np.array([_number(drive, float(moment)) for moment in t.ravel()]).reshape(t.shape)
    bad = ~np.isfinite(values)
    if np.any(bad):
        raise ValueError(f"drive must return finite numbers, got {values[bad][0]} at t = {t[bad][0]:.6g}")
    return values


def _number(drive: Any, time: float) -> float:
    """Return the value of a function of time, or refuse what is not a real number."""
    try:
        got = drive(time)
    except Exception as error:
        raise TypeError(
            f"drive must be a function of one number, the time; drive({time:g}) raised {type(error).__name__}: {error}"
        ) from error
    value = np.asarray(got)
    if value.shape != () or value.dtype.kind not in "fiu":
        raise TypeError(f"drive must return a real number for each time, got {got!r} at t = {time:g}")
    return float(value)
