"""Kinks and steep places of a function of which only values are known.

Panels are halved where interpolation of phi or of its slope in them misses further values. Around a kink this goes on
until the panel is a few doubles wide; at a steep place it ends at a panel of the place's width. Noise makes every
panel fail: then the bar is raised to the noise.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.bisection import Function, bisected
from dmft.models.breakpoints import Breakpoint

_NODES = 7
_TOLERANCE = 1e-5  # of the range in the panel
_FLOOR = 1e-11  # of the size of the function: below it a panel is resolved whatever its range
_ROUNDING = 1e-12
_MOST_PANELS = 128
_STEEP = 0.25
_REACH = 1e3


def searched_breakpoints(nonlinearity: Any) -> list[Breakpoint]:
    """Return kinks (width 0) and places steeper than 1/4 of an object with ``__call__`` and ``derivative``."""
    seen = Seen(np.zeros(1), np.zeros((2, 1)))
    found: list[Breakpoint] = []
    for left, right in _regions():
        points, seen = _searched(nonlinearity, left, right, seen)
        found += points
    return found


class Seen(NamedTuple):
    """The largest size of phi and of its slope, shape (2, n), met up to each distance from 0."""

    distance: FloatArray
    size: FloatArray

    def with_panels(self, distance: FloatArray, size: FloatArray) -> Seen:
        """Return it with new panels."""
        distances = np.concatenate([self.distance, distance])
        sizes = np.concatenate([self.size, np.where(np.isfinite(size), size, 0.0)], axis=1)
        order = np.argsort(distances, kind="stable")
        return Seen(distances[order], np.maximum.accumulate(sizes[:, order], axis=1))

    def around(self, distance: FloatArray) -> FloatArray:
        """Return the size within somewhat more than a distance, shape (2, len(distance))."""
        return self.size[:, np.searchsorted(self.distance, 1.0 + 1.5 * distance) - 1]


def _searched(nonlinearity: Any, left: FloatArray, right: FloatArray, seen: Seen) -> tuple[list[Breakpoint], Seen]:
    kinks: list[float] = []
    bends: list[float] = []
    steep: list[tuple[float, float]] = []
    bar = 0.0
    for _ in range(80):
        middle, half = 0.5 * (left + right), 0.5 * (right - left)
        error, span, size = _misses(nonlinearity, middle, half)
        seen = seen.with_panels(np.abs(middle), size)
        with np.errstate(invalid="ignore"):
            relative = error / (seen.around(np.abs(middle)) + size + 1e-300)
        uneven = ~(error <= _TOLERANCE * span)  # nan, too, is uneven
        bad = np.any(uneven & ~(relative <= max(_FLOOR, bar)), axis=0)
        if np.count_nonzero(bad) > _MOST_PANELS:
            # Noise, or waves finer than can be followed: only what stands out of them is followed further.
            worst = np.max(np.where(np.isfinite(relative), relative, np.inf), axis=0)
            bar = 10.0 * float(np.partition(worst[bad], -_MOST_PANELS)[-_MOST_PANELS])
            bad &= worst > bar
        smallest = half <= 4e-15 * np.maximum(np.abs(middle), 0.1)
        # A kink of the curvature alone: the slope is resolved, but never becomes straight.
        bent = ~bad & (half < 1e-7) & uneven[1] & (relative[1] > _ROUNDING)
        settled = ~bad & ~bent & (2.0 * half < _STEEP)
        going = bad & ~smallest
        kinks += _halved(nonlinearity.derivative, left[bad & smallest], right[bad & smallest])
        bends += [0.0 if abs(x) <= 2 * h else float(x) for x, h in zip(middle[bent], half[bent])]
        steep += [(float(x), float(2.0 * h)) for x, h in zip(middle[settled], half[settled])]
        if not np.any(going):
            break
        ends = np.array([left[going], middle[going], right[going]])
        left, right = ends[:2].T.ravel(), ends[1:].T.ravel()
    kinks = _apart(kinks, 1e-13, [])
    kinks += _apart(bends, 1e-6, kinks)
    return [*map(Breakpoint, kinks), *_centres(steep, kinks)], seen


def _misses(nonlinearity: Any, middle: FloatArray, half: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return, of phi and of its slope in every panel (shape (2, n)): error of interpolation, range, size."""
    points, matrix = _rule()
    at = middle[:, None] + half[:, None] * points
    with np.errstate(all="ignore"):
        y = np.array([np.asarray(f(at.ravel()), dtype=float) for f in (nonlinearity, nonlinearity.derivative)])
        y = y.reshape(2, *at.shape)
        error = np.max(np.abs(y[..., _NODES:] - y[..., :_NODES] @ matrix.T), axis=-1)
        return error, np.ptp(y, axis=-1), np.max(np.abs(y), axis=-1)


def _halved(slope: Function, left: FloatArray, right: FloatArray) -> list[float]:
    """Return the places between the ends where the slope is no longer nearer to that of the left end."""
    low, high = np.asarray(slope(left)), np.asarray(slope(right))
    found = bisected(lambda x: np.abs(slope(x) - low) - np.abs(slope(x) - high), left, right)
    return [0.0 if abs(x) < 1e-14 else x for x in found.tolist()]


def _apart(places: list[float], distance: float, known: list[float]) -> list[float]:
    """Return places, in their order, that are not near another one or a known one."""
    out: list[float] = []
    for x in sorted(places):
        if all(abs(x - other) > distance * (1.0 + abs(x)) for other in (*known, *out[-1:])):
            out.append(x)
    return out


def _centres(steep: list[tuple[float, float]], kinks: list[float]) -> list[Breakpoint]:
    """Of panels side by side return the centre and the least width; drop those that only approach a kink."""
    panels = np.array([(x, w) for x, w in steep if all(abs(x - kink) > 64.0 * w for kink in kinks)]).reshape(-1, 2)
    out: list[Breakpoint] = []
    while len(panels) and len(out) < _MOST_PANELS:
        x, width = panels[np.argmin(panels[:, 1])]
        near = np.abs(panels[:, 0] - x) <= 16.0 * (panels[:, 1] + width)
        core = panels[near & (panels[:, 1] <= 4.0 * width), 0]
        out.append(Breakpoint(0.5 * float(np.min(core) + np.max(core)), float(width)))
        panels = panels[~near]
    return out


@lru_cache(maxsize=1)
def _regions() -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Panels of width 1/2 near 0, and of a part of their distance far out; no edge is a simple number."""
    near: FloatArray = np.arange(-16.0, 17.0) * 0.4963 + 0.00731
    right = np.geomspace(near[-1], _REACH, 14)
    left = -np.geomspace(-near[0], _REACH, 14)[::-1]
    return (
        (near[:-1], near[1:]),
        (np.concatenate([left[:-1], right[:-1]]), np.concatenate([left[1:], right[1:]])),
    )


@lru_cache(maxsize=1)
def _rule() -> tuple[FloatArray, FloatArray]:
    """Return nodes in [-1, 1] with points to check between them, and the matrix from values at those to these."""
    nodes = np.cos(np.pi * (np.arange(_NODES) + 0.5) / _NODES)[::-1]
    checks = np.concatenate([[-1.0], 0.5 * (nodes[:-1] + nodes[1:]), [1.0]])
    values = np.polynomial.chebyshev.chebvander(nodes, _NODES - 1)
    return np.concatenate([nodes, checks]), np.polynomial.chebyshev.chebvander(checks, _NODES - 1) @ np.linalg.inv(
        values
    )
