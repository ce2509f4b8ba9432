"""All roots of a function of one variable on a grid, those included that come as a pair between two points of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_JUMP = 1e-3  # size of the function at a root above which it has jumped through zero, relative to its size about it
_FAR = 1.0  # distance beyond which a polished root is no longer the rough one


@dataclass(frozen=True)
class Root:
    """A root, and whether the function rises through it."""

    x: float
    rising: bool


def roots(function: Callable[[float], float], grid: Iterable[float], *, xtol: float = 1e-15) -> list[Root]:
    """Return the roots of a function, increasing.

    Between the points of the grid the function is searched further where it comes near zero and turns back: two roots
    that lie between two points are found, unless the function turns more than once there. A jump through zero is no
    root.

    Parameters
    ----------
    function : continuous but for jumps; infinite values are allowed.
    grid : increasing points that separate the features of the function.
    xtol : of a root, absolute.

    Notes
    -----
    Cost: one evaluation a point, about ten for each root, and thirty for each place where it turns back.
    """
    points = [(float(x), function(float(x))) for x in grid]
    for left, middle, right in zip(points, points[1:], points[2:], strict=False):
        sign = math.copysign(1.0, middle[1])
        if not all(math.isfinite(v) and v * sign > 0 for _, v in (left, middle, right)):
            continue
        if sign * middle[1] <= sign * left[1] and sign * middle[1] <= sign * right[1]:
            turn = _turn(lambda x, s=sign: s * function(x), left[0], middle[0], right[0])  # type: ignore[misc]
            points.append((turn, function(turn)))
    points.sort()
    found = []
    for (a, fa), (b, fb) in itertools.pairwise(points):
        if fa == 0.0:
            found.append(Root(a, fb > 0))
        elif fa * fb < 0:
            root = _bracketed(function, a, b, fa, fb, xtol)
            if root is not None:
                found.append(Root(root, fb > fa))
    if len(points) > 1 and points[-1][1] == 0.0:
        found.append(Root(points[-1][0], points[-2][1] < 0))
    return found


def densified(
    function: Callable[[float], float], grid: Iterable[float], finest: float, idle: Callable[[float, float], bool]
) -> list[float]:
    """Return a grid with its cells divided, down to a width, but for those that are idle by the values at their ends.

    `roots` finds two roots in one cell only if the function turns back once, and is finite at the next points.
    """
    points = [(float(x), function(float(x))) for x in grid]
    dense = [points[0][0]]
    for (a, fa), (b, fb) in itertools.pairwise(points):
        parts = 1 if idle(fa, fb) else math.ceil((b - a) / finest - 1e-9)
        dense += [a + (b - a) * k / parts for k in range(1, parts)] + [b]
    return dense


def _turn(function: Callable[[float], float], left: float, middle: float, right: float) -> float:
    """Return where a positive function is smallest, or the first point where it is negative."""
    from scipy.optimize import minimize_scalar

    below: list[float] = []

    def watched(x: float) -> float:
        value = function(x)
        if value < 0:
            below.append(x)
            raise StopIteration
        return value

    try:
        return float(minimize_scalar(watched, bracket=(left, middle, right), tol=1e-6, options={"maxiter": 30}).x)
    except (StopIteration, ValueError):  # ValueError: flat, so that the middle is no minimum
        return below[0] if below else middle


def _bracketed(
    function: Callable[[float], float], a: float, b: float, fa: float, fb: float, xtol: float
) -> float | None:
    from scipy.optimize import brentq

    largest = max(min(abs(fa), 1.0), min(abs(fb), 1.0))
    root = float(brentq(lambda x: max(min(function(x), 1e3), -1e3), a, b, xtol=xtol, rtol=8.9e-16, maxiter=200))
    return root if abs(function(root)) <= _JUMP * largest else None


def polished(function: Callable[[float], float], near: float, slope: float, *, xtol: float = 1e-15) -> float | None:
    """Return the root of a function near that of a rougher one, whose slope there is known; None if it has none.

    Notes
    -----
    Cost: about eight evaluations.
    """
    from scipy.optimize import brentq

    here = function(near)
    if here == 0.0:
        return near
    # Near a fold the slope is no measure of the distance.
    step = min(2.0 * abs(here) / max(abs(slope), 1e-300), 1e-3) + 1e-13 * (1.0 + abs(near))
    while step < _FAR:
        for end in (near - math.copysign(step, here * slope), near + math.copysign(step, here * slope)):
            there = function(end)
            if math.isfinite(there) and here * there <= 0.0:
                low, high = sorted((near, end))
                return float(brentq(function, low, high, xtol=xtol, rtol=8.9e-16, maxiter=200))
        step *= 8.0
    return None
