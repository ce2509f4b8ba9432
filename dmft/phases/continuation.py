"""Following the curve F(a, u) = 0 through the unit square, from one value of a to the next and around folds.

Coordinates are scaled, a and u in [0, 1]. Along a grid of a the root in u is predicted from the last ones and corrected
by secant steps, two to three calls a point. Where that fails the curve is followed by its arclength; whenever a grid
value of a is passed, the root at exactly that value is taken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from dmft.phases.arc import FIRST_STEP, Point, Surface, arc_step, fold_of, near
from dmft.phases.curve import Branch, Curve
from dmft.phases.roots import Root, Scalar, bracketed_root, root_near

_SCAN = 16
_BEYOND = 0.05  # how far beyond the range of u a curve is followed, since it may come back
_MAX_STEPS = 2000


def follow(surface: Surface, grid: Sequence[float], *, tolerance: float) -> Curve:
    """Return the curve of zeros over an increasing grid of a in [0, 1].

    The first zero is found by looking at the whole range of u, and again wherever the curve has been lost. A second
    curve beside the first one, joined to it by no fold, is not found (`further_curves` looks for it).
    """
    tracer = _Tracer(surface, grid, tolerance)
    for i in range(len(grid)):
        tracer.advance(i)
    tracer.close_start()
    return tracer.found()


def follow_from(surface: Surface, grid: Sequence[float], start: int, root: Root, *, tolerance: float) -> Curve:
    """Return the curve of zeros through one of its points, from there to larger a and around folds; no other is found.

    Parameters
    ----------
    start, root : index in the grid of a, and the zero there.
    """
    tracer = _Tracer(surface, grid, tolerance)
    tracer.main.roots[start] = root
    tracer.run = [(start, root)]
    for i in range(start + 1, len(grid)):
        if not tracer.advance(i, scan=False):
            break
    return tracer.found()


class _Tracer:
    def __init__(self, surface: Surface, grid: Sequence[float], tolerance: float) -> None:
        self.f = surface
        self.grid = grid
        self.tolerance = tolerance
        self.main = Branch()
        self.curve = Curve([self.main])
        # Grid points and roots of the unbroken run that ends at the last one, a little beyond the range included.
        self.run: list[tuple[int, Root]] = []

    def found(self) -> Curve:
        """Return the curve, without branches that have no root."""
        self.curve.branches = [branch for branch in self.curve.branches if branch.roots] or [self.main]
        return self.curve

    def advance(self, i: int, *, scan: bool = True) -> bool:
        """Find the root at grid point i: from the last ones, around a fold, or from a look at the whole range.

        Returns whether the curve was not lost.
        """
        a = self.grid[i]
        if any(i in branch.roots for branch in self.curve.branches):
            return True  # the way around a fold has passed here
        root = self._predicted(i) if self.run else None
        if root is None:
            if len(self.run) >= 2 and self._around_fold(self.run[-2], self.run[-1], i):
                self.run = []
                return False
            root = self.main.roots.get(i)  # the way along the arc has passed here too, and there was no fold
            self.run = self.run[-1:] if root is not None else []
            if root is None and scan:
                root = self._scan(a)
        if root is not None:
            self.run.append((i, root))
            if -self.tolerance <= root.x <= 1.0 + self.tolerance:
                self.main.roots[i] = root
        return root is not None

    def close_start(self) -> None:
        """Follow the curve backwards where it begins inside the grid, unless a fold has led there already."""
        first = min(self.main.roots, default=0)
        if first == 0 or len(self.curve.branches) > 1:
            return
        later = [i for i in self.main.roots if i > first]
        if later and later[0] == first + 1:
            second = later[0]
            self._around_fold((second, self.main.roots[second]), (first, self.main.roots[first]), first - 1)

    def _at(self, a: float) -> Scalar:
        return lambda u: self.f(a, u)

    def _predicted(self, i: int) -> Root | None:
        a = self.grid[i]
        known = self.run[-4:]
        last = known[-1][1]
        if last.jump or last.gap:
            return self._bracket_near(a, last.x)
        u, spread = _extrapolate([self.grid[j] for j, _ in known], [root.x for _, root in known], a)
        if not -_BEYOND <= u <= 1 + _BEYOND:
            return None
        return root_near(
            self._at(a),
            u,
            slope=last.slope,
            reach=max(4 * spread, 0.1 if len(known) < 3 else 0.03),
            tolerance=self.tolerance,
        )

    def _bracket_near(self, a: float, u: float) -> Root | None:
        for reach in (0.02, 0.08):
            low, high = max(u - reach, 0.0), min(u + reach, 1.0)
            f_low, f_high = self.f(a, low), self.f(a, high)
            if f_low * f_high < 0:
                return bracketed_root(self._at(a), low, f_low, high, f_high, tolerance=self.tolerance)
        return None

    def _scan(self, a: float) -> Root | None:
        """Return the lowest root that shows as a change of sign: between the ends, else on ever finer grids."""
        values = {0: self.f(a, 0.0), _SCAN: self.f(a, 1.0)}
        stride = _SCAN
        while stride >= 1:
            for n in range(0, _SCAN + 1, stride):
                if n not in values:
                    values[n] = self.f(a, n / _SCAN)
            # What gave no number says nothing: the signs of its neighbours are compared across it.
            places = sorted(n for n, value in values.items() if math.isfinite(value))
            for low, high in pairwise(places):
                if values[low] * values[high] <= 0:
                    ends = (low / _SCAN, values[low], high / _SCAN, values[high])
                    return bracketed_root(self._at(a), *ends, tolerance=self.tolerance)
            stride //= 2
        return None

    def _around_fold(self, before: tuple[int, Root], last: tuple[int, Root], ahead: int) -> bool:
        """Follow the curve by arclength from two of its points; whether it turned back before grid point `ahead`."""
        points = [(self.grid[i], root.x) for i, root in (before, last)]
        heading = 1.0 if ahead > last[0] else -1.0
        branch = self.main
        turned = False
        step = min(FIRST_STEP, math.dist(*points))
        for _ in range(_MAX_STEPS):
            new, step = arc_step(self.f, points, step)
            if new is None or not (0 <= new[1] <= 1):
                return turned
            if heading * (new[0] - points[-1][0]) < 0:
                self.curve.folds.append(fold_of(self.f, points[-2], points[-1], new))
                heading, turned, branch = -heading, True, Branch()
                self.curve.branches.append(branch)
            if self._take_grid_values(branch, points[-1], new):
                return True  # a closed curve: it has come back to where it was
            if not turned and heading * (new[0] - self.grid[ahead]) >= 0:
                return False  # no fold: the prediction had only been a poor one
            if not self.grid[0] <= new[0] <= self.grid[-1]:
                return turned
            points = [*points[-2:], new]
        return turned

    def _take_grid_values(self, branch: Branch, old: Point, new: Point) -> bool:
        """Take the roots at the grid values between two points; whether another branch has one of them already."""
        low, high = sorted((old[0], new[0]))
        for i, a in enumerate(self.grid):
            if low < a <= high and i not in branch.roots:
                part = (a - old[0]) / (new[0] - old[0])
                u = old[1] + part * (new[1] - old[1])
                reach = max(2 * abs(new[1] - old[1]), 0.25 * math.dist(old, new))
                settings = {"shift": 0.02 * reach, "reach": reach, "tolerance": self.tolerance}
                root = near(self._at(a), u, **settings)
                if root is None:
                    continue
                others = [other.roots[i].x for other in self.curve.branches if i in other.roots]
                if any(abs(root.x - x) < 1e-5 for x in others):
                    return True
                branch.roots[i] = root
        return False


def _extrapolate(a: list[float], u: list[float], target: float) -> tuple[float, float]:
    """Return the extrapolation of u(a) to a target, and how far off it may be: its change with the last order."""
    values = list(u)
    previous = values[-1]
    if len(a) == 1:
        return values[0], 0.1
    # Neville's scheme from the newest point backwards
    a, values = a[::-1], values[::-1]
    best, spread = values[0], math.inf
    for order in range(1, len(a)):
        for i in range(len(a) - order):
            values[i] = ((target - a[i + order]) * values[i] + (a[i] - target) * values[i + 1]) / (a[i] - a[i + order])
        change = abs(values[0] - previous)
        if change > spread:
            break
        best, spread, previous = values[0], change, values[0]
    return best, spread
