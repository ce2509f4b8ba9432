"""Newton's method from many starts at once, and what is left when equal ends are counted once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from dmft.arrays import BoolArray, FloatArray

#: Points, shape (n, k) -> F there, shape (n, k), and its derivatives dF_i/dx_j, shape (n, k, k).
System: TypeAlias = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
#: Points -> the nearest points that are allowed, and how large a change of each coordinate is, both of shape (n, k).
Limits: TypeAlias = Callable[[FloatArray], FloatArray]

_LEAST_STEP = 1.0 / 256.0
_DONE = 1e-13  # last correction of a root
_NEARLY = 1e-9  # the same where rounding allows no less: next to a fold
_FALL = 0.25


def newton(
    system: System, start: FloatArray, *, allowed: Limits, scale: Limits, max_steps: int = 60
) -> tuple[FloatArray, BoolArray]:
    """Return where Newton's method ends from each start, and where that is a root.

    Damped by the natural test of monotonicity: the correction that the old derivatives give at the new point must be
    shorter than the last [Deuflhard, Newton Methods for Nonlinear Problems, 2004]. It does not care how equations are
    scaled.

    Parameters
    ----------
    start : shape (n, k).
    allowed : brings points back to where the system is defined.
    scale : size of each coordinate, at points: corrections are measured in it.
    """
    x = allowed(np.array(start, dtype=float))
    f, derivative = system(x)
    found = np.zeros(len(x), dtype=bool)
    active = np.all(np.isfinite(f), axis=1)
    damping = np.ones(len(x))
    step, size = np.zeros_like(x), np.full(len(x), np.inf)
    fresh = active.copy()
    for _ in range(max_steps):
        if not np.any(active):
            break
        at = np.flatnonzero(active & fresh)
        if len(at):
            step[at] = solve(derivative[at], -f[at])
            size[at] = _length(step[at], scale(x[at]))
        at = np.flatnonzero(active)
        trial = allowed(x[at] + damping[at, None] * step[at])
        f_trial, derivative_trial = system(trial)
        again = _length(solve(derivative[at], -f_trial), scale(x[at]))
        full = damping[at] == 1.0
        good = np.isfinite(again) & ((again <= (1.0 - _FALL * damping[at]) * size[at]) | (size[at] <= _NEARLY))
        took = at[good]
        x[took], f[took], derivative[took] = trial[good], f_trial[good], derivative_trial[good]
        ended = good & full & (np.minimum(again, size[at]) <= _DONE)
        found[at[ended]] = True
        active[at[ended]] = False
        fresh[:] = False
        fresh[took] = True
        damping[took] = np.minimum(1.0, 2.0 * damping[took])
        failed = at[~good]
        damping[failed] *= 0.5
        active[failed[damping[failed] < _LEAST_STEP]] = False
    return x, found | (size <= _NEARLY)


def solve(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Return the solutions of many small linear systems; those of least length where one is singular."""
    usable = np.all(np.isfinite(matrix), axis=(1, 2)) & np.all(np.isfinite(right), axis=1)
    out = np.full(right.shape, np.nan)
    try:
        out[usable] = np.linalg.solve(matrix[usable], right[usable, :, None])[..., 0]
    except np.linalg.LinAlgError:
        for i in np.flatnonzero(usable):
            out[i] = np.linalg.lstsq(matrix[i], right[i], rcond=1e-15)[0]
    return out


def distinct(points: FloatArray, scale: Limits, tolerance: float, known: FloatArray | None = None) -> FloatArray:
    """Return those points that are nearer than `tolerance` neither to a `known` one nor to one another."""
    kept = [] if known is None else list(known)
    before = len(kept)
    for point in points:
        sizes = scale(point[None])[0]
        if all(np.max(np.abs(point - other) / sizes) > tolerance for other in kept):
            kept.append(point)
    return np.array(kept[before:]).reshape(-1, points.shape[1])


def spread(first: int, count: int, dimensions: int) -> FloatArray:
    """Return points number `first` to `first + count` of a sequence that fills the unit cube evenly, shape (count, d).

    Multiples of powers of the root of x^(d + 1) = x + 1, modulo 1 [Roberts, The unreasonable effectiveness of
    quasirandom sequences, 2018]: no random number is drawn.
    """
    root = 2.0
    for _ in range(60):
        root = (1.0 + root) ** (1.0 / (dimensions + 1))
    powers = root ** -np.arange(1.0, dimensions + 1.0)
    return np.asarray((0.5 + np.outer(np.arange(first + 1, first + count + 1), powers)) % 1.0)


def _length(step: FloatArray, scale: FloatArray) -> FloatArray:
    with np.errstate(all="ignore"):
        return np.asarray(np.max(np.abs(step) / scale, axis=1))
