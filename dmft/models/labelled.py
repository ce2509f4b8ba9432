"""Inputs with labels, as everyone takes them who separates them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import AccuracyWarning, warn
from dmft.models.checks import LARGEST, numbers


def labelled(inputs: Any, labels: Any, *, biased: bool = True) -> tuple[FloatArray, FloatArray]:
    """Return inputs, shape (n, n_input), and labels, shape (n,), as floats.

    Parameters
    ----------
    biased : whether a constant input would be a bias.

    Raises
    ------
    ValueError, TypeError : for inputs that are no finite matrix, labels that are not +1 or -1, or not one an input.

    Warns
    -----
    AccuracyWarning : once, where none is constant: then there is no bias, and predictors pass through the origin.
    """
    x = checked_inputs(inputs)
    y = numbers("labels", labels)
    if y.shape != (len(x),):
        raise ValueError(f"labels must be one for each of the {len(x)} inputs, got shape {y.shape}")
    strange = y[np.abs(y) != 1.0]
    if strange.size:
        raise ValueError(
            f"labels must be +1 or -1, got {strange[0]:g}; say which classes are +1, such as "
            "np.where(digits < 5, 1, -1)"
        )
    if biased and not np.any((np.ptp(x, axis=0) == 0.0) & (x[0] != 0.0)):
        _say_that_there_is_no_bias()
    return x, y


def checked_inputs(inputs: Any) -> FloatArray:
    """Return inputs as a matrix of floats, shape (n, n_input).

    Raises
    ------
    ValueError, TypeError : for what is no finite matrix.
    """
    x = numbers("inputs", inputs)
    if x.ndim != 2 or x.size == 0:
        raise ValueError(f"inputs must be a matrix of shape (n, n_input), a row for each; got shape {x.shape}")
    if not np.all(np.isfinite(x)):
        row, column = np.argwhere(~np.isfinite(x))[0]
        raise ValueError(f"inputs must be finite; component {column} of input {row} is {x[row, column]}")
    if np.max(np.abs(x)) > LARGEST ** (1 / 3):
        raise ValueError(
            f"inputs must be at most {LARGEST ** (1 / 3):g} in size, got {np.max(np.abs(x)):g}; rescale them"
        )
    return x


@cache
def _say_that_there_is_no_bias() -> None:
    warn(
        "no input is constant: predictors have no bias and pass through the origin; append a column of ones, "
        "np.column_stack([inputs, np.ones(len(inputs))])",
        AccuracyWarning,
    )
