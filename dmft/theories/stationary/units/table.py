"""<phi phi> and its derivatives at any covariance, by a table in the angle acos(c/c0).

In this angle the averages have no singular end: <phi phi> is smooth and even at 0, where c = c0.
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
_ODD = 1e-12  # part of <phi^2> that <phi>^2 may be


class Tables:
    """Averages of P nonlinearities around a mean of 0."""

    def __init__(self, nonlinearities: tuple[Any, ...]) -> None:
        self._sites = Sites(nonlinearities)
        self._nonlinearities = nonlinearities
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

    def at(self, c0: FloatArray, points: int) -> Table:
        """Return the averages at variances c0, shape (P,), by so many angles.

        The last ones stand for them where variances have hardly moved since.
        """
        last = self._last.get(points)
        near = _NEXT if points <= FEW else _SAME
        if last is not None and np.all(np.abs(c0 - last.c0) <= near * last.c0):
            return replace(last, c0=c0, moved=c0 - last.c0)
        angle = np.linspace(0.0, 0.5 * math.pi, points)
        values = self.exact(np.cos(angle)[:, None] * c0, c0)
        turned = (-1.0, 1.0, -1.0)  # of odd phi, at -c
        whole = [np.concatenate([v, s * v[-2::-1]]) for v, s in zip(values, turned, strict=True)]
        spline = CubicSpline(
            np.linspace(0.0, math.pi, 2 * points - 1), np.stack(whole, axis=-1), axis=0, bc_type="clamped"
        )
        self._last[points] = Table(np.array(c0), spline, np.zeros(len(c0)))
        return self._last[points]

    def finest(self, c0: FloatArray) -> Table:
        """Return the averages by as many angles as are needed for eleven digits, and no more than there are; looked at
        once, and again where variances change by a tenth."""
        table = self.at(c0, self._enough)
        if self._seen is not None and np.all(np.abs(c0 - self._seen) <= 0.1 * self._seen):
            return table
        self._seen = c0
        while self.error(table) > 1e-12 and self._enough < MOST:
            self._enough = 2 * self._enough - 1
            table = self.at(c0, self._enough)
        return table

    def error(self, table: Table) -> float:
        """Return the error of <phi phi> between the angles of a table, relative to <phi^2>."""
        r = np.cos(np.append(0.5 * math.pi * (np.arange(64) + 0.37) / 64.0, [1e-3, 4e-3, 0.011]))
        known = self.exact(r[:, None] * table.c0, table.c0)[0]
        found = np.array([table(r * c0, a, r)[0] for a, c0 in enumerate(table.c0)]).T
        size = np.maximum(np.max(np.abs(known), axis=0), 1e-300)
        return float(np.max(np.abs(found - known) / size))

    def exact(self, c: FloatArray, c0: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return <phi phi>, and its derivatives by c and by c0 at fixed c, shape (n, P) each."""
        felt = np.full(c.shape, 1.0 / len(c))
        found = self._sites.two_times(c, np.zeros(len(c0)), c0, felt, derivatives=True)
        return found.q, found.p, found.by_variance

    def slope(self, c0: FloatArray) -> FloatArray:
        """Return <phi'>, shape (P,)."""
        return self._sites.one_time(np.zeros(len(c0)), c0).slope

    def checked(self, c0: FloatArray) -> float:
        """Return the relative error of <phi phi> halfway to c0, against quadrature that shares no node with it."""
        from dmft.theories.stationary.balanced.averages_error import CLOSED, nested

        worst = CLOSED
        longest = Sites(self._nonlinearities, LONGEST, self._sites)
        used = longest.two_times(0.5 * c0[None], np.zeros(len(c0)), c0, np.ones((1, len(c0))), derivatives=False).q[0]
        size = self.exact(c0[None], c0)[0][0]
        mine = self.exact(0.5 * c0[None], c0)[0][0]
        for a, phi in enumerate(self._nonlinearities):
            other = nested(phi, 0.0, 0.0, float(c0[a]), 0.5 * float(c0[a])) if c0[a] > 0.0 else None
            known = used[a] if other is None else other[0]
            worst = max(worst, abs(float(mine[a] - known)) / max(float(size[a]), 1e-300))
        return worst


@dataclass(frozen=True, eq=False)
class Table:
    """Averages at one set of variances.

    Attributes
    ----------
    c0 : variances of x, shape (P,).
    spline : of the angle, to values of shape (P, 3).
    moved : by how much c0 differs from the variances of the spline, to first order of <phi phi>.
    """

    c0: FloatArray
    spline: Any
    moved: FloatArray

    @property
    def far(self) -> FloatArray:
        """<phi'>^2, shape (P,)."""
        return np.array([self(np.zeros(1), a, np.zeros(1))[1][0] for a in range(len(self.c0))])

    def __call__(self, c: FloatArray, a: int, lags: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return <phi phi> of a population, and its derivatives by c and by c0, at covariances c, whatever the lags."""
        r = np.clip(c / max(float(self.c0[a]), 1e-300), -1.0, 1.0)
        q, p, by_variance = np.moveaxis(self.spline(np.arccos(r))[..., a, :], -1, 0)
        if self.moved[a] != 0.0:
            q = q + self.moved[a] * (by_variance + r * p)
        return q, p, by_variance
