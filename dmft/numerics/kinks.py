"""Places where a function of one variable has a kink, found by bisection on its slope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_GRID = 4001
_LEAST = 1e-6  # jump of the slope, relative to its range, that counts
_NEAR = 1e-7  # distance at which the slopes on both sides are read, relative to 1 + |x|


def kinks(slope: Callable[[Any], Any], reach: float) -> tuple[FloatArray, FloatArray]:
    """Return where the slope jumps in |x| < reach, and by how much.

    A grid finds the intervals over which the slope changes; each is halved towards the larger change. A steep place
    loses its change on the way, a kink keeps it. Kinks closer together than reach/1000 may be missed: whoever uses
    this measures what is left.

    Parameters
    ----------
    slope : phi', vectorised.
    reach : half width of the interval searched.

    Returns
    -------
    places, strengths : shape (n,), increasing; phi - sum_i strengths_i max(0, x - places_i) has no kink.
    """
    # An odd stretch puts more points about 0, and none of them on the round numbers where kinks are.
    u = np.linspace(-1.0, 1.0, _GRID)
    x = reach * (0.02 * u + 0.98 * u**3) * (1.0 + 1e-9 * np.pi)
    values = np.asarray(slope(x), dtype=float) * np.ones_like(x)
    spread = float(np.ptp(values))
    if not np.isfinite(spread) or spread == 0.0:
        return np.zeros(0), np.zeros(0)
    left, right, at_left, at_right = x[:-1], x[1:], values[:-1], values[1:]
    places: list[float] = []
    for _ in range(70):
        keep = np.abs(at_right - at_left) > _LEAST * spread
        left, right, at_left, at_right = (a[keep] for a in (left, right, at_left, at_right))
        if not len(left):
            break
        middle = 0.5 * (left + right)
        narrow = ~((left < middle) & (middle < right))
        places += [_snapped(float(p)) for p in middle[narrow]]
        at_middle = np.asarray(slope(middle), dtype=float) * np.ones_like(middle)
        in_left = np.abs(at_middle - at_left) >= np.abs(at_right - at_middle)
        left, at_left = np.where(in_left, left, middle), np.where(in_left, at_left, at_middle)
        right, at_right = np.where(in_left, middle, right), np.where(in_left, at_middle, at_right)
        left, right, at_left, at_right = (a[~narrow] for a in (left, right, at_left, at_right))
    else:
        places += [_snapped(float(p)) for p in 0.5 * (left + right)]
    found = np.unique(np.array(places))
    strengths = np.array([_strength(slope, place) for place in found])
    real = np.abs(strengths) > _LEAST * spread
    return found[real], strengths[real]


def _snapped(place: float) -> float:
    """Return the place, on the round number that it cannot be told apart from."""
    rounded = round(place, 12) + 0.0
    return rounded if abs(rounded - place) <= 1e-13 * (1.0 + abs(place)) else place


def _strength(slope: Callable[[Any], Any], place: float) -> float:
    """Return the jump of the slope, what is linear in the distance taken off."""
    d = _NEAR * (1.0 + abs(place))
    far_left, left, right, far_right = np.asarray(slope(place + d * np.array([-2.0, -1.0, 1.0, 2.0])), dtype=float)
    return float((2.0 * right - far_right) - (2.0 * left - far_left))
