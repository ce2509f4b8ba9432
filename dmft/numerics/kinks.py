"""How much the derivatives of a nonlinearity jump at the places where it is not smooth."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.breakpoints import breakpoints

_GRID = 4001
_LEAST = 1e-6  # jump of the slope, relative to its range, that counts
_NEAR = 1e-12  # distance at which the slopes on both sides are read, relative to 1 + |x|
_BESIDE = 2e-3  # distance up to which the derivatives on both sides are fitted, relative to 1 + |x|
_FLAT = 1e-7  # jump of a derivative below which there is none


def kinks(nonlinearity: Any, reach: float) -> tuple[FloatArray, FloatArray]:
    """Return where the slope jumps in |x| < reach, and by how much.

    Returns
    -------
    places, strengths : shape (n,), increasing; phi - sum_i strengths_i max(0, x - places_i) has no kink.
    """
    places = _places(nonlinearity, reach)
    # none of the points on the round numbers where kinks are
    grid = reach * (1.0 + 1e-9 * np.pi) * np.linspace(-1.0, 1.0, _GRID)
    spread = np.ptp(np.asarray(nonlinearity.derivative(grid), dtype=float))
    strengths = np.array([_strength(nonlinearity, place) for place in places])
    real = np.abs(strengths) > _LEAST * spread
    return places[real], strengths[real]


def bends(nonlinearity: Any, reach: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return where the second derivative jumps in |x| < reach, kinks among the places, and how much.

    phi - sum_i [second_i max(0, x - places_i)^2/2 + third_i max(0, x - places_i)^3/6], without its kinks, is smoother.

    Returns
    -------
    places, second, third : and the jumps of the second and of the third derivative there, shape (n,).
    """
    sharp, _ = kinks(nonlinearity, reach)
    places = np.array([x if x in sharp else _crossing(nonlinearity, x) for x in _places(nonlinearity, reach)])
    jumps = np.array([np.diff(_sides(nonlinearity, x)[1:], axis=1)[:, 0] for x in places]).reshape(-1, 2)
    jumps[np.abs(jumps) <= max(1e-6 * float(np.max(np.abs(jumps), initial=0.0)), _FLAT)] = 0.0
    real = (jumps[:, 0] != 0.0) | (np.isin(places, sharp) & (jumps[:, 1] != 0.0))
    return places[real], jumps[real, 0], jumps[real, 1]


def _places(nonlinearity: Any, reach: float) -> FloatArray:
    places = [point.x for point in breakpoints(nonlinearity) if point.width == 0.0 and abs(point.x) < reach]
    return np.array(places, dtype=float)


def _strength(nonlinearity: Any, place: float) -> float:
    """Return the jump of the slope, what is linear in the distance taken off."""
    x = place + _NEAR * (1.0 + abs(place)) * np.array([-2.0, -1.0, 1.0, 2.0])
    far_left, left, right, far_right = np.asarray(nonlinearity.derivative(x), dtype=float)
    return float((2.0 * right - far_right) - (2.0 * left - far_left))


def _sides(nonlinearity: Any, place: float) -> FloatArray:
    """Return the first three derivatives of phi (rows) from the left and the right (columns), by quintics on a side."""
    u = np.array([0.03, 0.2, 0.45, 0.7, 0.9, 1.0])
    d = _BESIDE * (1.0 + abs(place)) * np.array([-1.0, 1.0])
    slopes = np.asarray(nonlinearity.derivative(place + np.outer(u, d)), dtype=float)
    fit = np.polynomial.polynomial.polyfit(u, slopes, 5)
    return np.array([fit[0], fit[1] / d, 2.0 * fit[2] / d**2])


def _crossing(nonlinearity: Any, place: float) -> float:
    """Return where the slope of the left side meets that of the right, if they cross."""
    for _ in range(2):
        values, bents, _ = _sides(nonlinearity, place)
        if abs(bents[1] - bents[0]) <= _FLAT:
            break
        place -= float((values[1] - values[0]) / (bents[1] - bents[0]))
    rounded = round(place, 8) + 0.0
    return rounded if abs(rounded - place) < 1e-9 * (1.0 + abs(place)) else place
