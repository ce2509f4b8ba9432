"""Roots of a function that costs a solve a call: from a bracket, or from a good guess.

Both return where the root is and how far off that may be; the last secant step is taken without another call, and its
length is the error. A call that gives no number (nan) says nothing of the root: it is walked around.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

_GAP_CALLS = 40
_GAP_EDGE = 0.01  # of the width of a gap, to which its edges are found
_INSIDE = (0.5, 0.25, 0.75, 0.1, 0.9, 0.4, 0.6)  # parts of a gap that are tried again
_SHORTER = 3  # times that a step to where there is no number is halved

Scalar = Callable[[float], float]


@dataclass(frozen=True)
class Root:
    """A root of f.

    Attributes
    ----------
    x, error : where it is.
    slope : of f there; nan at a jump.
    jump : whether f jumps through zero instead of crossing it.
    gap : whether f gives no number where the root must be: x lies between its last numbers, and so does the root.
    """

    x: float
    error: float
    slope: float
    jump: bool = False
    gap: bool = False


def bracketed_root(
    f: Scalar, low: float, f_low: float, high: float, f_high: float, *, tolerance: float, gaps: int = 6
) -> Root:
    """Return a root between two points at which f has different signs.

    Chandrupatla's method (Adv. Eng. Software 28, 145 (1997)): inverse quadratic interpolation where that is safe,
    bisection where not. Where f gives no number the bracket is closed in on that place from both sides, around at most
    `gaps` such places.
    """
    for end, value in ((low, f_low), (high, f_high)):
        if value == 0:
            return Root(end, 0.0, (f_high - f_low) / (high - low))
    a, fa, b, fb = low, f_low, high, f_high
    c, fc = a, fa
    t = 0.5
    for _ in range(80):
        x = a + t * (b - a)
        fx = f(x)
        if not math.isfinite(fx):
            return _around_gap(f, (a, fa), (b, fb), x, tolerance=tolerance, gaps=gaps)
        if math.copysign(1.0, fx) == math.copysign(1.0, fa):
            c, fc = a, fa
        else:
            c, fc, b, fb = b, fb, a, fa
        a, fa = x, fx
        if fa == 0:
            return Root(a, 0.0, (fb - fa) / (b - a))
        # The slope on this side of the root; one that does not point across it (at a jump) is worth nothing.
        slope = (fc - fa) / (c - a)
        if slope * (fb - fa) / (b - a) > 0 and abs(fa / slope) <= min(tolerance, abs(b - a)):
            return Root(a - fa / slope, abs(fa / slope), slope)
        width = abs(b - a)
        if width <= tolerance:
            jump = min(abs(fa), abs(fb)) > 0.1 * max(abs(f_low), abs(f_high))
            return Root(0.5 * (a + b), 0.5 * width, math.nan if jump else (fb - fa) / (b - a), jump)
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        if phi**2 < xi and (1 - phi) ** 2 < 1 - xi:
            t = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        else:
            t = 0.5
        least = 0.25 * tolerance / width
        t = min(max(t, least), 1 - least)
    return Root(0.5 * (a + b), 0.5 * abs(b - a), (fb - fa) / (b - a))


def _around_gap(
    f: Scalar, one: tuple[float, float], two: tuple[float, float], failed: float, *, tolerance: float, gaps: int
) -> Root:
    """Return the root of a bracket in which f gave no number at one place.

    Points halfway between that place and the ends either show the change of sign beside it, and the search goes on
    there, or close in on what remains. If no point in that gives a number either, the root is known to lie in it, and
    no better.
    """
    (low, f_low), (high, f_high) = sorted((one, two))
    first = last = failed

    def closed(a: float, fa: float, b: float, fb: float) -> Root:
        return bracketed_root(f, a, fa, b, fb, tolerance=tolerance, gaps=gaps - 1)

    for _ in range(_GAP_CALLS):
        left = first - low >= high - last  # the wider side
        if max(first - low, high - last) <= max(tolerance, _GAP_EDGE * (last - first)):
            break
        x = 0.5 * (low + first) if left else 0.5 * (last + high)
        fx = f(x)
        if not math.isfinite(fx):
            first, last = (x, last) if left else (first, x)
        elif left and fx * f_low <= 0:
            return closed(low, f_low, x, fx)
        elif not left and fx * f_high <= 0:
            return closed(x, fx, high, f_high)
        elif left:
            low, f_low = x, fx
        else:
            high, f_high = x, fx
    for part in _INSIDE if gaps > 0 and last - first > tolerance else ():
        x = first + part * (last - first)
        fx = f(x)
        if math.isfinite(fx):
            return closed(low, f_low, x, fx) if fx * f_low <= 0 else closed(x, fx, high, f_high)
    slope = (f_high - f_low) / (high - low)
    x = min(max(low - f_low / slope, low), high)
    return Root(x, max(x - low, high - x), slope, gap=True)


def root_near(f: Scalar, x: float, *, slope: float, reach: float, tolerance: float, max_calls: int = 12) -> Root | None:
    """Return the root near a guess by secant steps, the first along a known slope; None if none is found within reach.

    A step to where f gives no number is halved. A root that would be further than `reach` from the guess is none of
    ours. Where a step leads across the root without coming much nearer, the two points are a bracket, and it is closed
    in on safely.
    """
    guess, fx = x, f(x)
    edge_seen = False
    for _ in range(max_calls):
        if not math.isfinite(fx) or slope == 0 or not math.isfinite(slope):
            return None
        step = -fx / slope
        if abs(step) <= tolerance:
            return Root(x + step, abs(step), slope)
        new = x + step
        if abs(new - guess) > reach:
            if edge_seen:
                return None
            edge_seen = True
            new = guess + math.copysign(reach, step)
            if new == x:
                return None
        f_new = f(new)
        for _ in range(_SHORTER):
            if math.isfinite(f_new):
                break
            new = 0.5 * (x + new)
            f_new = f(new)
        if f_new * fx < 0 and abs(f_new) > 0.3 * abs(fx):
            return bracketed_root(f, x, fx, new, f_new, tolerance=tolerance)
        slope, x, fx = (f_new - fx) / (new - x), new, f_new
    return None
