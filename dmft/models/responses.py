"""Checks of measured responses."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import numbers

_LARGEST = 1e70  # whose fourth power is a number


def responses(name: str, value: Any, *, least: int = 1, dimensions: int = 2) -> FloatArray:
    """Return an array of responses, or refuse it.

    Parameters
    ----------
    name : for the sentence.
    value : of shape (n, ..., n_features), `dimensions` of them.
    least : smallest n.

    Raises
    ------
    ValueError, TypeError : for another shape, too few rows, or what is not finite.
    """
    array = numbers(name, value)
    if array.ndim != dimensions or array.size == 0:
        axes = "(n, n_features)" if dimensions == 2 else "(n, n_points, n_features)"
        raise ValueError(f"{name} must be of shape {axes}, got {array.shape}")
    if len(array) < least:
        raise ValueError(f"{name} must have at least {least} rows, got {len(array)}")
    largest = float(np.nanmax(np.abs(array), initial=0.0))
    if 0.0 < largest < 1.0 / _LARGEST or _LARGEST < largest < np.inf:
        raise ValueError(
            f"{name} must be of a size between {1.0 / _LARGEST:g} and {_LARGEST:g}, got {largest:g}; scale them"
        )
    finite = np.isfinite(array).reshape(len(array), -1).all(axis=1)
    if not finite.all():
        wrong = np.flatnonzero(~finite)
        raise ValueError(f"{name} must be finite: {len(wrong)} of {len(array)} rows are not, the first is {wrong[0]}")
    return array
