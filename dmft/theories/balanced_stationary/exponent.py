"""The largest exponent of a stationary state by its Hill problem, (1 + lambda)^2 = top of d^2 + g^2 <phi' phi'>."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from dmft.numerics.spectral_elements import HalfLine

FloatArray = NDArray[np.float64]

_WALL = 1e8  # potential on the last node that makes a function vanish there


def ground_level(mesh: HalfLine, potential: FloatArray, rtol: float = 1e-14) -> float:
    """Return the lowest level of -d^2 + potential over even functions, by bisection on Cholesky factorisations.

    It always ends: each factorisation tells on which side of a number the level lies.
    """
    low = float(np.min(potential))
    high = float(mesh.weights @ potential) / mesh.length  # of a constant function
    low -= 1e-14 * (1.0 + abs(low))
    if not (math.isfinite(low) and math.isfinite(high)):
        return math.nan
    high = max(high, low)
    while high - low > rtol * (1.0 + abs(high)):
        middle = 0.5 * (low + high)
        if mesh.is_positive(potential - middle):
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def walled_level(mesh: HalfLine, potential: FloatArray) -> float:
    """Return the lowest level of functions that vanish at the end of the window."""
    walled = potential.copy()
    walled[-1] = _WALL / mesh.weights[-1]
    low = float(np.min(potential))
    high = max(float(mesh.weights @ potential) / mesh.length, low) + (0.5 * math.pi / mesh.length) ** 2
    high += 1.0 + abs(high)  # a bound from above of a function that bends to 0
    while high - low > 1e-13 * (1.0 + abs(high)):
        middle = 0.5 * (low + high)
        if mesh.is_positive(walled - middle):
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def exponent_of(level: float) -> float:
    """Return lambda of a level of -d^2 + 1 - g^2 <phi' phi'>."""
    return -1.0 + math.sqrt(max(1.0 - level, 0.0))
