"""Following many curves F(x, t) = 0 at once by their arclength, through folds, and where they pass t = 0 again.

A predictor along the tangent and Newton's method across it know nothing of folds in t [Keller 1977].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from dmft.arrays import BoolArray, FloatArray
from dmft.numerics.many_roots import Limits, solve

#: Points x, shape (n, k), and t, shape (n,) -> F, dF/dx and dF/dt, shapes (n, k), (n, k, k) and (n, k).
Family: TypeAlias = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray, FloatArray]]

_CORRECTIONS = 5
_CLOSE = 1e-6  # last correction of a point on a curve, in the scale of x: it need only stay on the curve
_TURN = 0.9  # least cosine between the tangents of two points that follow one another
_FIRST, _LONGEST, _SHORTEST = 0.05, 1.5, 1e-5
_EASY = 0.985  # cosine above which the next step is longer


def passages(
    family: Family,
    start: FloatArray,
    *,
    allowed: Limits,
    scale: Limits,
    reach: float,
    max_steps: int = 150,
) -> FloatArray:
    """Return the points at which the curves through given ones come back to t = 0, to be polished, shape (n, k).

    Each start, a root at t = 0, is left in both directions. A curve ends where |t| is beyond `reach`, where it has come
    to t = 0 again (the rest is another's), and where it is lost.

    Parameters
    ----------
    start : shape (n, k).
    allowed, scale : as of `newton`.
    reach : in t, whose unit counts as much as one of scaled x.
    """
    x = np.concatenate([start, start])
    t = np.zeros(len(x))
    size = scale(x)
    tangent = _tangents(family, x, t, size)
    tangent[len(start) :] *= -1.0
    length = np.full(len(x), _FIRST)
    active = np.all(np.isfinite(tangent), axis=1)
    met = [np.empty((0, start.shape[1]))]
    for _ in range(max_steps):
        at = np.flatnonzero(active)
        if not len(at):
            break
        size = scale(x[at])
        ahead = length[at, None] * tangent[at]
        guess_x, guess_t = allowed(x[at] + size * ahead[:, :-1]), t[at] + ahead[:, -1]
        new_x, new_t, on_curve = _corrected(family, guess_x, guess_t, tangent[at], size, allowed)
        new_tangent = _tangents(family, new_x, new_t, scale(new_x))
        cosine = np.sum(new_tangent * tangent[at], axis=1)
        new_tangent *= np.where(cosine < 0.0, -1.0, 1.0)[:, None]
        cosine = np.abs(cosine)
        moved = np.max(np.abs((new_x - x[at]) / size), axis=1) + np.abs(new_t - t[at])
        good = on_curve & (cosine > _TURN) & (moved < 3.0 * length[at])
        took = at[good]
        crossed = (t[took] * new_t[good] < 0.0) | (new_t[good] == 0.0)
        if np.any(crossed):
            old, new = t[took][crossed], new_t[good][crossed]
            part = (old / (old - new))[:, None]
            met.append(x[took][crossed] + part * (new_x[good][crossed] - x[took][crossed]))
        x[took], t[took], tangent[took] = new_x[good], new_t[good], new_tangent[good]
        length[took] = np.minimum(length[took] * np.where(cosine[good] > _EASY, 1.6, 1.0), _LONGEST)
        active[took[crossed | (np.abs(t[took]) > reach)]] = False
        failed = at[~good]
        length[failed] *= 0.4
        active[failed[length[failed] < _SHORTEST]] = False
    return np.concatenate(met)


def _tangents(family: Family, x: FloatArray, t: FloatArray, size: FloatArray) -> FloatArray:
    """Return unit tangents in scaled x and t, shape (n, k + 1); nan where they are not known."""
    _, by_x, by_t = family(x, t)
    rows = np.concatenate([by_x * size[:, None, :], by_t[:, :, None]], axis=2)
    out = np.full((len(x), x.shape[1] + 1), np.nan)
    usable = np.flatnonzero(np.all(np.isfinite(rows), axis=(1, 2)))
    if len(usable):
        # rows of one size each: what counts is their directions
        rows = rows[usable] / np.maximum(np.linalg.norm(rows[usable], axis=2, keepdims=True), 1e-300)
        out[usable] = np.linalg.svd(rows)[2][:, -1]
        out[usable] *= np.where(out[usable, -1:] < 0.0, -1.0, 1.0)
    return out


def _corrected(
    family: Family, x: FloatArray, t: FloatArray, tangent: FloatArray, size: FloatArray, allowed: Limits
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return points on the curves across the tangents at given ones, and where that was reached."""
    k = x.shape[1]
    done = np.zeros(len(x), dtype=bool)
    for _ in range(_CORRECTIONS):
        f, by_x, by_t = family(x, t)
        matrix = np.zeros((len(x), k + 1, k + 1))
        matrix[:, :k, :k], matrix[:, :k, k], matrix[:, k] = by_x * size[:, None, :], by_t, tangent
        rows = np.maximum(np.linalg.norm(matrix, axis=2), 1e-300)
        right = np.concatenate([-f, np.zeros((len(x), 1))], axis=1)
        step = solve(matrix / rows[:, :, None], right / rows)
        step[done] = 0.0
        x, t = allowed(x + size * step[:, :k]), t + step[:, k]
        done |= np.max(np.abs(step), axis=1) < _CLOSE
        if np.all(done):
            break
    return x, t, done & np.all(np.isfinite(x), axis=1)
