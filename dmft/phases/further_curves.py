"""Other curves beside the one that was found: a dense look across the plane at a few places, and each is followed.

A change of sign at the two ends of a range says that there is an odd number of crossings, no more: a second and a
third one show only between. A curve that closes on itself between the places that are looked at is not found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from dmft.phases.arc import Surface
from dmft.phases.continuation import follow_from
from dmft.phases.curve import Branch, Curve
from dmft.phases.roots import Root, bracketed_root

_CELLS = 16
_SAME = 1e-5  # distance below which two roots are one
_BESIDE = 1e-4  # of a known root: where the sign beside it is taken
_SAME_FOLD = 1e-2
_MOST = 8  # curves


def with_further_curves(
    curve: Curve, surface: Surface, grid: Sequence[float], *, places: int, tolerance: float
) -> Curve:
    """Return the curve with the branches of others, numbered.

    Parameters
    ----------
    curve : what `follow` found.
    surface, grid, tolerance : as there.
    places : number of grid points, the first and the last among them, at which the whole range is looked through.
    """
    branches, folds = [branch for branch in curve.branches if branch.roots], list(curve.folds)
    number = 0 if branches else -1
    for i in _spread(len(grid), places):
        for root in _roots_at(surface, grid[i], [b.roots[i] for b in branches if i in b.roots], tolerance):
            if number + 1 >= _MOST or _is_known(branches, i, root):
                continue
            number += 1
            new, its_folds = _followed_both_ways(surface, grid, i, root, branches, tolerance)
            for branch in new:
                branch.curve = number
            branches += new
            folds += its_folds
    return Curve(branches or curve.branches, folds)


def _spread(n: int, places: int) -> list[int]:
    if places < 1:
        return []
    if places == 1:
        return [0]
    return sorted({round(k * (n - 1) / (places - 1)) for k in range(places)})


def _is_known(branches: Sequence[Branch], i: int, root: Root) -> bool:
    return any(i in b.roots and abs(b.roots[i].x - root.x) < max(_SAME, 2 * root.error) for b in branches)


def _roots_at(surface: Surface, a: float, known: Sequence[Root], tolerance: float) -> list[Root]:
    """Return the roots that show as changes of sign, without the known ones.

    A known root parts its cell in two: the signs beside it are those of two more points.
    """
    points = [n / _CELLS for n in range(_CELLS + 1)]
    for root in known:
        beside = max(_BESIDE, 4 * root.error)
        points = [u for u in points if abs(u - root.x) > beside]
        points += [u for u in (root.x - beside, root.x + beside) if 0 < u < 1]
    values = [(u, surface(a, u)) for u in sorted(points)]
    finite = [(u, value) for u, value in values if math.isfinite(value)]
    found = []
    for (low, f_low), (high, f_high) in pairwise(finite):
        if any(low < root.x < high for root in known):
            continue
        if f_low * f_high < 0:
            found.append(bracketed_root(lambda u: surface(a, u), low, f_low, high, f_high, tolerance=tolerance))
    return found


def _followed_both_ways(
    surface: Surface, grid: Sequence[float], start: int, root: Root, known: Sequence[Branch], tolerance: float
) -> tuple[list[Branch], list[tuple[float, float]]]:
    """Return the branches and folds of the curve through a root: to larger a, and in the mirror to smaller."""
    ahead = follow_from(surface, grid, start, root, tolerance=tolerance)
    n = len(grid)
    behind = Curve([Branch()])
    if not any(start - 1 in branch.roots for branch in ahead.branches):
        behind = _followed_back(surface, grid, start, root, tolerance)
    elif len(ahead.branches) > 1 and start not in ahead.branches[-1].roots:
        # It has come round: what was reached last goes on to where it began.
        ahead.branches[0].roots |= ahead.branches.pop().roots
    back = [Branch({n - 1 - i: found for i, found in branch.roots.items()}) for branch in behind.branches]
    branches = [Branch(back[0].roots | ahead.branches[0].roots), *ahead.branches[1:], *back[1:]]
    own: list[Branch] = []
    for branch in branches:
        new = {i: found for i, found in sorted(branch.roots.items()) if not _is_known([*known, *own], i, found)}
        if new:
            own.append(Branch(new))
    folds = list(ahead.folds)
    for a, u in behind.folds:
        if all(math.dist((1.0 - a, u), fold) > _SAME_FOLD for fold in folds):
            folds.append((1.0 - a, u))
    return own, folds


def _followed_back(surface: Surface, grid: Sequence[float], start: int, root: Root, tolerance: float) -> Curve:
    """Return the curve in the mirror, a -> 1 - a, so that following it leads to smaller a."""
    mirrored = [1.0 - a for a in reversed(grid)]
    exact = {1.0 - a: a for a in grid}  # so that a grid value is looked up as itself
    return follow_from(
        lambda a, u: surface(exact.get(a, 1.0 - a), u), mirrored, len(grid) - 1 - start, root, tolerance=tolerance
    )
