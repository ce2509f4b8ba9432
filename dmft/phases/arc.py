"""A step along a curve F(a, u) = 0 by its arclength, and the place where it turns back.

A step along the tangent, and a correction across it, knows nothing of folds [Keller 1977].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.polynomial import Polynomial

from dmft.phases.roots import Root, Scalar, root_near

Surface = Callable[[float, float], float]
Point = tuple[float, float]

FIRST_STEP = 0.02
_LARGEST_STEP, _SMALLEST_STEP = 0.06, 1e-5
_MAX_TURN = math.cos(0.5)


def arc_step(surface: Surface, points: list[Point], step: float) -> tuple[Point | None, float]:
    """Return the next point of a curve after some of its points (None where it is lost), and the step after that."""
    (a0, u0), (a1, u1) = points[-2:]
    length = math.dist(*points[-2:])
    tangent = ((a1 - a0) / length, (u1 - u0) / length)
    if len(points) > 2:
        tangent = _bent(points, tangent)
    normal = (-tangent[1], tangent[0])
    while step >= _SMALLEST_STEP:
        centre = (a1 + step * tangent[0], u1 + step * tangent[1])

        def across(s: float, centre: Point = centre) -> float:
            return surface(centre[0] + s * normal[0], centre[1] + s * normal[1])

        slope = (across(0.1 * step) - across(0.0)) / (0.1 * step)
        root = root_near(across, 0.0, slope=slope, reach=step, tolerance=1e-3 * step)
        if root is not None:
            new = (centre[0] + root.x * normal[0], centre[1] + root.x * normal[1])
            turn = ((new[0] - a1) * tangent[0] + (new[1] - u1) * tangent[1]) / math.dist(new, (a1, u1))
            if turn > _MAX_TURN:
                return new, min(_LARGEST_STEP, step * (1.5 if turn > 0.97 else 1.0))
        step *= 0.5
    return None, step


def _bent(points: list[Point], tangent: Point) -> Point:
    """Return the tangent at the last of three points, turned on by half of the last turn."""
    (a0, u0), (a1, u1), (a2, u2) = points[-3:]
    first = math.atan2(u1 - u0, a1 - a0)
    second = math.atan2(u2 - u1, a2 - a1)
    turn = math.remainder(second - first, 2 * math.pi)
    ratio = math.dist((a1, u1), (a2, u2)) / math.dist((a0, u0), (a1, u1))
    angle = second + turn * ratio / (1 + ratio)
    return (math.cos(angle), math.sin(angle)) if abs(turn) < 1.0 else tangent


def near(f: Scalar, x: float, *, shift: float, reach: float, tolerance: float) -> Root | None:
    """Return the root near a guess, from the slope that a shift to both sides shows."""
    slope = (f(x + shift) - f(x - shift)) / (2 * shift)
    return root_near(f, x, slope=slope, reach=reach, tolerance=tolerance)


def fold_of(surface: Surface, one: Point, two: Point, three: Point) -> Point:
    """Return the extremum of a along the curve a(u), by parabolas through three points that close in on it."""
    points = [one, two, three]
    for _ in range(6):
        parabola, u = _parabola(points)
        if u is None:
            break
        shift = max(0.1 * float(np.ptp([a for a, _ in points])), 1e-5)
        root = near(partial(_along, surface, u), float(parabola(u)), shift=shift, reach=10 * shift, tolerance=1e-9)
        if root is None:
            break
        points = sorted([*points, (root.x, u)], key=lambda point: abs(point[1] - u))[:3]
        if np.ptp([u for _, u in points]) < 1e-4:
            break
    best = _parabola(points)[1]
    return min(points, key=lambda point: abs(point[1] - (two[1] if best is None else best)))


def _along(surface: Surface, u: float, a: float) -> float:
    return surface(a, u)


def _parabola(points: list[Point]) -> tuple[Polynomial, float | None]:
    """Return a(u) through three points, and the u of its extremum; None if it is a straight line."""
    curve = Polynomial.fit([u for _, u in points], [a for a, _ in points], 2)
    extremum = curve.deriv().roots()
    return curve, float(extremum[0]) if len(extremum) and np.isfinite(extremum[0]) else None
