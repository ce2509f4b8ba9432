"""Checks of measured responses."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import numbers


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
    finite = np.isfinite(array).reshape(len(array), -1).all(axis=1)
    if not finite.all():
        wrong = np.flatnonzero(~finite)
        raise ValueError(f"{name} must be finite: {len(wrong)} of {len(array)} rows are not, the first is {wrong[0]}")
    return array
