"""Changes of sign, to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Function: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def bisected(function: Function, left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Halve brackets of a change of sign until no double lies between; return the end of smaller value."""
    first = np.sign(function(left))
    for _ in range(200):
        middle = 0.5 * (left + right)
        if np.all((middle == left) | (middle == right)):
            break
        sign = np.sign(function(middle))
        left = np.where((sign == first) | (sign == 0), middle, left)
        right = np.where(sign == first, right, middle)
    return np.where(np.abs(function(left)) <= np.abs(function(right)), left, right)
