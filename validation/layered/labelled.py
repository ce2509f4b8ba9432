"""Inputs with classes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.arrays import FloatArray
from dmft.models.labelled import checked_inputs

_MOST = 10_000


@dataclass(frozen=True, eq=False)
class Classes:
    """Inputs, shape (n, n_input), and their classes, shape (n,)."""

    inputs: FloatArray = field(repr=False)
    labels: NDArray[np.int64] = field(repr=False)


def classes_of(name: str, data: Any) -> Classes:
    """Return inputs and classes, checked.

    Raises
    ------
    ValueError, TypeError : for what is no pair, labels that are not whole numbers from 0, other lengths.
    """
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(f"{name} must be a pair (inputs, labels), got {type(data).__name__}")
    inputs, given = checked_inputs(data[0]), np.asarray(data[1])
    if given.dtype.kind not in "iuf" or given.shape != (len(inputs),) or len(inputs) == 0:
        raise ValueError(
            f"labels of {name} must be {len(inputs)} numbers, one an input; got {given.dtype} of shape {given.shape}"
        )
    if not (np.all(given == np.floor(given)) and 0 <= given.min() <= given.max() < _MOST):
        raise ValueError(
            f"labels of {name} must be whole numbers from 0 to {_MOST - 1}, got {given.min()} to {given.max()}"
        )
    return Classes(inputs, given.astype(np.int64))
