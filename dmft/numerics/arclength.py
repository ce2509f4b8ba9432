"""Following many curves F(x, t) = 0 at once by their arclength, through folds: where they come by again, and turn.

A predictor along the tangent and Newton's method across it know nothing of folds in t [Keller 1977].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from dmft.arrays import BoolArray, FloatArray, IntArray
from dmft.numerics.many_roots import Limits, solve

#: Points x, shape (n, k), and t, shape (n,) -> F, dF/dx and dF/dt, shapes (n, k), (n, k, k) and (n, k).
Family: TypeAlias = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray, FloatArray]]

_CORRECTIONS = 5
_CLOSE = 1e-6  # last correction of a point on a curve, in the scale of x: it need only stay on the curve
_TURN = 0.9  # least cosine between the tangents of two points that follow one another
_FIRST, _LONGEST, _SHORTEST = 0.05, 1.5, 1e-5
_HALVINGS = 24  # of a stride, to find a place on it
_EASY = 0.985  # cosine above which the next step is longer


@dataclass(frozen=True, eq=False)
class Stride:
    """One step along each of some curves.

    Attributes
    ----------
    curve : numbers of the curves, shape (n,).
    old, new : (x, t) before and after, shape (n, k + 1).
    before, after : unit tangents in scaled x and t, shape (n, k + 1).
    """

    curve: IntArray
    old: FloatArray
    new: FloatArray
    before: FloatArray
    after: FloatArray

    def single(self) -> Iterator[Stride]:
        """Yield the steps of one curve after the other."""
        for i in range(len(self.curve)):
            at = slice(i, i + 1)
            yield Stride(self.curve[at], self.old[at], self.new[at], self.before[at], self.after[at])


def strides(
    family: Family,
    start: FloatArray,
    *,
    allowed: Limits,
    scale: Limits,
    ended: Callable[[Stride], BoolArray],
    max_steps: int,
    longest: float = _LONGEST,
    begin: FloatArray | None = None,
) -> Iterator[Stride]:
    """Yield the steps along the curves through roots at t = 0, each left in both directions, until they have `ended`.

    Curve number n + i leaves root number i, of n, towards smaller t. A curve that is lost ends too. `begin`: the t of
    the roots, shape (n,), where that is not 0.
    """
    x = np.concatenate([start, start])
    t = np.zeros(len(x)) if begin is None else np.concatenate([begin, begin])
    tangent = _tangents(family, x, t, scale(x))
    tangent[len(start) :] *= -1.0
    length = np.full(len(x), min(_FIRST, longest))
    active = np.all(np.isfinite(tangent), axis=1)
    for _ in range(max_steps):
        at = np.flatnonzero(active)
        if not len(at):
            return
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
        old, new = _joined(x[took], t[took]), _joined(new_x[good], new_t[good])
        stride = Stride(took, old, new, tangent[took], new_tangent[good])
        x[took], t[took], tangent[took] = new_x[good], new_t[good], new_tangent[good]
        length[took] = np.minimum(length[took] * np.where(cosine[good] > _EASY, 1.6, 1.0), longest)
        failed = at[~good]
        length[failed] *= 0.4
        active[failed[length[failed] < _SHORTEST]] = False
        if len(took):
            yield stride
            active[took[ended(stride)]] = False


def passages(
    family: Family,
    start: FloatArray,
    *,
    allowed: Limits,
    scale: Limits,
    begin: FloatArray | None = None,
    reach: float,
    max_steps: int = 150,
) -> FloatArray:
    """Return the points at which the curves through given ones come back to t = 0, to be polished, shape (n, k).

    A curve ends where |t| is beyond `reach`, where it has come to t = 0 again (the rest is another's), and where it is
    lost.

    Parameters
    ----------
    start : shape (n, k).
    allowed, scale : as of `newton`.
    reach : in t, whose unit counts as much as one of scaled x.
    begin : the t of the given points, where that is not 0, shape (n,).
    """

    def crossed(stride: Stride) -> BoolArray:
        return np.asarray((stride.old[:, -1] * stride.new[:, -1] < 0.0) | (stride.new[:, -1] == 0.0))

    def ended(stride: Stride) -> BoolArray:
        return crossed(stride) | (np.abs(stride.new[:, -1]) > reach)

    met = [np.empty((0, start.shape[1]))]
    steps = strides(family, start, allowed=allowed, scale=scale, ended=ended, max_steps=max_steps, begin=begin)
    for stride in steps:
        here = crossed(stride)
        old, new = stride.old[here], stride.new[here]
        part = (old[:, -1] / (old[:, -1] - new[:, -1]))[:, None]
        met.append(old[:, :-1] + part * (new[:, :-1] - old[:, :-1]))
    return np.concatenate(met)


def located(
    family: Family,
    stride: Stride,
    function: Callable[[FloatArray, FloatArray], float],
    *,
    allowed: Limits,
    scale: Limits,
) -> FloatArray | None:
    """Return (x, t) on the curve of one stride where a function of (x and t, tangent) vanishes that changes sign on it.

    By bisection of the chord, each point corrected across it; None where the curve is lost.
    """
    low, high = stride.old[:1], stride.new[:1]
    size = scale(low[:, :-1])
    first = function(stride.old[0], stride.before[0])
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        chord = np.concatenate([(high - low)[:, :-1] / size, (high - low)[:, -1:]], axis=1)
        norm = float(np.linalg.norm(chord))
        if not norm > _CLOSE:
            break
        x, t, on_curve = _corrected(family, middle[:, :-1], middle[:, -1], chord / norm, size, allowed)
        if not on_curve[0]:
            return None
        tangent = _tangents(family, x, t, scale(x))
        tangent *= np.sign(np.sum(tangent * chord)) or 1.0
        at = _joined(x, t)
        if function(at[0], tangent[0]) * first > 0.0:
            low = at
        else:
            high = at
    return np.asarray(0.5 * (low + high)[0])


def _joined(x: FloatArray, t: FloatArray) -> FloatArray:
    return np.concatenate([x, t[:, None]], axis=1)


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
