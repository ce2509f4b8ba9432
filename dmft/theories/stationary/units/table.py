"""<phi phi> and its derivatives at any covariance, by a table in the angle acos(c/c0).

In this angle the averages have no singular end: <phi phi> is smooth and even at 0, where c = c0, and at pi.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from dmft.arrays import FloatArray
from dmft.theories.stationary.populations.site import LONGEST, Sites

FEW, MANY, MOST = 129, 257, 4097  # angles in a quarter turn
_NEXT, _SAME = 1e-4, 1e-13  # relative change of variances up to which a rough and an exact table stand for others
_ENOUGH, _ORDER = 1e-12, 4  # error of <phi phi> between angles, relative to <phi^2>; its order in their distance
_ODD = 1e-12  # part of <phi^2> that <phi>^2 may be


class Tables:
    """Averages of P nonlinearities: around a mean of 0 where they are odd, or around any means.

    Parameters
    ----------
    nonlinearities : P of them.
    centred : whether means are 0 and every phi is odd, so that a quarter turn is half of what there is.
    """

    def __init__(self, nonlinearities: tuple[Any, ...], *, centred: bool = True) -> None:
        self._sites = Sites(nonlinearities)
        self._nonlinearities = nonlinearities
        self.centred = centred
        self._enough = MANY
        self._seen: FloatArray | None = None
        self._last: dict[int, Table] = {}

    @property
    def odd(self) -> bool:
        """Whether every phi is odd, at the points of a dense grid: <phi> is then 0 at any variance."""
        x = np.concatenate([np.linspace(1e-3, 6.0, 60), np.geomspace(1e-6, 30.0, 40)])
        with np.errstate(all="ignore"):
            pairs = [
                (np.asarray(phi(x), dtype=float), np.asarray(phi(-x), dtype=float)) for phi in self._nonlinearities
            ]
        return all(
            bool(np.all(np.abs(right + left) <= _ODD * np.max(np.abs(right[np.isfinite(right)]), initial=0.0)))
            for right, left in pairs
        )

    def at(self, c0: FloatArray, points: int, m: FloatArray | None = None) -> Table:
        """Return the averages at variances c0 and means m, shape (P,) each, by so many angles in a quarter turn.

        The last ones stand for them where variances and means have hardly moved since.
        """
        means = np.zeros(len(c0)) if m is None else m
        last = self._last.get(points)
        near = _NEXT if points <= FEW else _SAME
        if last is not None and last.near(c0, means, near):
            return last.moved_to(c0, means)
        half = 2 * points - 1
        if self.centred:
            angle = np.linspace(0.0, 0.5 * math.pi, points)
            values, one = self._averages(np.cos(angle)[:, None] * c0, c0, means)
            turned = (-1.0, 1.0, -1.0, 1.0)  # of odd phi, at -c
            values = [np.concatenate([v, s * v[-2::-1]]) for v, s in zip(values, turned, strict=True)]
        else:
            values, one = self._averages(np.cos(np.linspace(0.0, math.pi, half))[:, None] * c0, c0, means)
        kept = values[:3] if self.centred else values
        spline = CubicSpline(np.linspace(0.0, math.pi, half), np.stack(kept, axis=-1), axis=0, bc_type="clamped")
        nothing = np.zeros(len(c0))
        self._last[points] = Table(np.array(c0), spline, nothing, np.array(means), nothing, one)
        return self._last[points]

    def finest(self, c0: FloatArray, m: FloatArray | None = None) -> Table:
        """Return the averages by as many angles as are needed for eleven digits, and no more than there are; looked at
        once, and again where variances change by a tenth."""
        table = self.at(c0, self._enough, m)
        if self._seen is not None and np.all(np.abs(c0 - self._seen) <= 0.1 * self._seen):
            return table
        self._seen = c0
        while (error := self.error(table)) > _ENOUGH and self._enough < MOST:
            shorter = 2.0 ** max(1, math.ceil(math.log2(error / _ENOUGH) / _ORDER))  # part of the angles' distance
            self._enough = int(min(shorter * (self._enough - 1) + 1, MOST))
            table = self.at(c0, self._enough, m)
        return table

    def error(self, table: Table) -> float:
        """Return the error of <phi phi> between the angles of a table, relative to <phi^2>."""
        turn = 0.5 if self.centred else 1.0
        r = np.cos(np.append(turn * math.pi * (np.arange(64) + 0.37) / 64.0, [1e-3, 4e-3, 0.011]))
        known = self.exact(r[:, None] * table.c0, table.c0, table.means)[0]
        of = (lambda c, a: table(c, a, r)) if self.centred else table.leaning
        found = np.array([of(r * c0, a)[0] for a, c0 in enumerate(table.c0)]).T
        size = np.maximum(np.max(np.abs(known), axis=0), 1e-300)
        return float(np.max(np.abs(found - known) / size))

    def exact(self, c: FloatArray, c0: FloatArray, m: FloatArray | None = None) -> tuple[FloatArray, ...]:
        """Return <phi phi>, and its derivatives by c, by c0 at fixed c, and by m, shape (n, P) each."""
        return tuple(self._averages(c, c0, np.zeros(len(c0)) if m is None else m)[0])

    def _averages(self, c: FloatArray, c0: FloatArray, m: FloatArray) -> tuple[list[FloatArray], FloatArray]:
        """Return these, and <phi>, <phi'>, <phi''>/2, shape (3, P)."""
        found = self._sites.two_times(c, m, c0, np.full(c.shape, 1.0 / len(c)), derivatives=True)
        one = np.array([found.one.phi, found.one.slope, found.one.by_variance])
        return [found.q, found.p, found.by_variance, found.by_mean], one

    def slope(self, c0: FloatArray) -> FloatArray:
        """Return <phi'> around means of 0, shape (P,)."""
        return self._sites.one_time(np.zeros(len(c0)), c0).slope

    def checked(self, c0: FloatArray, m: FloatArray | None = None) -> float:
        """Return the relative error of <phi phi> halfway to c0, against quadrature that shares no node with it."""
        from dmft.theories.stationary.balanced.averages_error import CLOSED, nested

        worst, means = CLOSED, np.zeros(len(c0)) if m is None else m
        longest = Sites(self._nonlinearities, LONGEST, self._sites)
        used = longest.two_times(0.5 * c0[None], means, c0, np.ones((1, len(c0))), derivatives=False).q[0]
        size = self.exact(c0[None], c0, means)[0][0]
        mine = self.exact(0.5 * c0[None], c0, means)[0][0]
        for a, phi in enumerate(self._nonlinearities):
            at = float(means[a])
            other = nested(phi, at, at, float(c0[a]), 0.5 * float(c0[a])) if c0[a] > 0.0 else None
            known = used[a] if other is None else other[0]
            worst = max(worst, abs(float(mine[a] - known)) / max(float(size[a]), 1e-300))
        return worst


@dataclass(frozen=True, eq=False)
class Table:
    """Averages at one set of variances.

    Attributes
    ----------
    c0 : variances of x, shape (P,).
    spline : of the angle, to values of shape (P, 3), or (P, 4) with the derivative by the mean.
    moved : by how much c0 differs from the variances of the spline, to first order of <phi phi>.
    means : of x, shape (P,).
    leant : by how much they differ from those of the spline, likewise.
    one : <phi>, <phi'> and <phi''>/2 at the variances and means of the spline, shape (3, P).
    """

    c0: FloatArray
    spline: Any
    moved: FloatArray
    means: FloatArray
    leant: FloatArray
    one: FloatArray

    def near(self, c0: FloatArray, means: FloatArray, part: float) -> bool:
        """Whether variances and means are as close as a part of the variances and deviations."""
        held = np.abs(c0 - self.c0) <= part * self.c0
        return bool(np.all(held & (np.abs(means - self.means) <= part * np.sqrt(self.c0))))

    def moved_to(self, c0: FloatArray, means: FloatArray) -> Table:
        """Return the same averages for variances and means close by."""
        return replace(self, c0=c0, moved=c0 - self.c0 + self.moved, means=means, leant=means - self.means + self.leant)

    @property
    def phi(self) -> FloatArray:
        """<phi>, shape (P,)."""
        return np.asarray(self.one[0] + self.one[1] * self.leant + self.one[2] * self.moved)

    @property
    def slope(self) -> FloatArray:
        """<phi'>, shape (P,)."""
        return np.asarray(self.one[1] + 2.0 * self.one[2] * self.leant)

    @property
    def far(self) -> FloatArray:
        """<phi'>^2, shape (P,)."""
        return np.array([self(np.zeros(1), a, np.zeros(1))[1][0] for a in range(len(self.c0))])

    def __call__(self, c: FloatArray, a: int, lags: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return <phi phi> of a population, and its derivatives by c and by c0, at covariances c, whatever the lags."""
        r = np.clip(c / max(float(self.c0[a]), 1e-300), -1.0, 1.0)
        q, p, by_variance = np.moveaxis(self.spline(np.arccos(r))[..., a, :3], -1, 0)
        if self.moved[a] != 0.0:
            q = q + self.moved[a] * (by_variance + r * p)
        return q, p, by_variance

    def leaning(self, c: FloatArray, a: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return these and the derivative by the mean, of a table that knows it."""
        r = np.clip(c / max(float(self.c0[a]), 1e-300), -1.0, 1.0)
        q, p, by_variance, by_mean = np.moveaxis(self.spline(np.arccos(r))[..., a, :], -1, 0)
        q = q + self.moved[a] * (by_variance + r * p) + self.leant[a] * by_mean
        return q, p, by_variance, by_mean
