"""Places where a function of one variable has a kink, found by bisection on its slope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dmft.arrays import FloatArray

_GRID = 4001
_LEAST = 1e-6  # jump of the slope, relative to its range, that counts
_LEAST_BEND = 0.02
_NEAR = 1e-7  # distance at which the slopes on both sides are read, relative to 1 + |x|


def kinks(slope: Callable[[Any], Any], reach: float, finest: float = 0.0) -> tuple[FloatArray, FloatArray]:
    """Return where the slope jumps in |x| < reach, and by how much.

    A grid finds the intervals over which the slope changes; each is halved towards the larger change. A steep place
    loses its change on the way, a kink keeps it. Kinks closer together than reach/1000 may be missed: whoever uses
    this measures what is left.

    Parameters
    ----------
    slope : phi', vectorised.
    reach : half width of the interval searched.
    finest : width, relative to 1 + |x|, at which an interval that still has half of the change is taken for a kink.

    Returns
    -------
    places, strengths : shape (n,), increasing; phi - sum_i strengths_i max(0, x - places_i) has no kink.
    """
    # An odd stretch puts more points about 0, and none of them on the round numbers where kinks are.
    u = np.linspace(-1.0, 1.0, _GRID)
    x = reach * (0.02 * u + 0.98 * u**3) * (1.0 + 1e-9 * np.pi)
    values = np.asarray(slope(x), dtype=float) * np.ones_like(x)
    spread = float(np.ptp(values))
    least = _LEAST if finest == 0.0 else _LEAST_BEND
    if not np.isfinite(spread) or spread == 0.0:
        return np.zeros(0), np.zeros(0)
    left, right, at_left, at_right = x[:-1], x[1:], values[:-1], values[1:]
    places: list[float] = []
    for _ in range(70):
        keep = np.abs(at_right - at_left) > least * spread
        left, right, at_left, at_right = (a[keep] for a in (left, right, at_left, at_right))
        if not len(left):
            break
        middle = 0.5 * (left + right)
        narrow = ~((left < middle) & (middle < right)) | (right - left <= finest * (1.0 + np.abs(middle)))
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
    real |= finest > 0.0
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


def bends(slope: Callable[[Any], Any], reach: float, known: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return where the second derivative jumps in |x| < reach, the `known` kinks among the places, and how much.

    phi - sum_i [second_i max(0, x - places_i)^2/2 + third_i max(0, x - places_i)^3/6], without its kinks, is smoother.

    Returns
    -------
    places, second, third : and the jumps of the second and of the third derivative there, shape (n,).
    """
    h = 1e-6

    def second(x: FloatArray) -> FloatArray:
        step = h * (1.0 + np.abs(x))
        return np.asarray((slope(x + step) - slope(x - step)) / (2.0 * step), dtype=float)

    places, _ = kinks(second, reach, 20.0 * h)
    # A jump is smeared over 2 h, and a kink of phi is a spike of that width.
    centres: list[float] = [float(x) for x in known]
    for place in places:
        near = 5e-3 * (1.0 + abs(place))
        if all(abs(place - other) > near for other in centres):
            centres.append(_crossing(slope, float(place)))
    found = np.array(sorted(centres))
    jumps = np.array([np.diff(_sides(slope, float(place))[1:], axis=1)[:, 0] for place in found]).reshape(-1, 2)
    size = float(np.max(np.abs(jumps))) if len(jumps) else 0.0
    jumps[np.abs(jumps) <= max(1e-6 * size, 1e-7)] = 0.0
    real = np.any(jumps != 0.0, axis=1)
    return found[real], jumps[real, 0], jumps[real, 1]


def _sides(slope: Callable[[Any], Any], place: float) -> FloatArray:
    """Return the first three derivatives of phi (rows) from the left and the right (columns), by quintics on a side."""
    d = 2e-3 * (1.0 + abs(place))
    u = np.array([0.03, 0.2, 0.45, 0.7, 0.9, 1.0])
    columns = []
    for side in (-1.0, 1.0):
        fit = np.polynomial.polynomial.polyfit(side * u, np.asarray(slope(place + side * d * u), dtype=float), 5)
        columns.append([fit[0], fit[1] / d, 2.0 * fit[2] / d**2])
    return np.array(columns).T


def _crossing(slope: Callable[[Any], Any], place: float) -> float:
    """Return where the slope of the left side meets that of the right."""
    for _ in range(2):
        values, bents, _ = _sides(slope, place)
        if bents[1] == bents[0]:
            break
        place -= float((values[1] - values[0]) / (bents[1] - bents[0]))
    rounded = round(place, 8) + 0.0
    return rounded if abs(rounded - place) < 1e-9 * (1.0 + abs(place)) else place
