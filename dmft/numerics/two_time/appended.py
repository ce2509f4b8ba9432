"""Gaussian processes whose covariance is told one time after the other, on paths of matched random numbers.

The values at a time are the row of the Cholesky factor times independent normal columns. A smooth process is known by
its past: where all but a small part of its variance is, nothing new is drawn, so that the factor keeps the times alone
at which something new came. No jitter is added, and pivots stay far from zero. The processes of a smooth network need
a number for each of its correlation times, not for each step.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray

_KNOWN = 1e-6  # part of a variance that is left out: 1e-3 of the deviation
LEFT_OUT = 5e-4  # part of the variance that a covariance may lack for it: that part's root, times what came new
_AT_ONCE, _FIRST = 16, 64


class UsedUpError(ArithmeticError):
    """Matched columns are no numbers at random any more: too many for so many paths."""


class MatchedColumns:
    """Normal numbers of m paths, row after row, each of mean zero and mean square one, and all orthogonal.

    Parameters
    ----------
    n_paths : m; at most half as many rows can be taken.
    generator : of the random numbers.
    beside : rows of mean 0 to which these are made orthogonal too, shape (q, m).
    """

    def __init__(self, n_paths: int, generator: np.random.Generator, beside: FloatArray) -> None:
        self._generator, self._m = generator, n_paths
        self._known = np.ones((1, n_paths))
        if len(beside):
            self._known = np.concatenate([self._known, self._orthogonal(beside)])
        self._next = len(self._known)

    def take(self) -> FloatArray:
        """Return the next row, shape (m,).

        Raises
        ------
        UsedUpError : where half of all directions are taken.
        """
        if self._next == len(self._known):
            if 2 * (self._next + _AT_ONCE) > self._m:
                raise UsedUpError(f"{self._m} paths have no more than {self._next} independent numbers")
            drawn = self._generator.standard_normal((_AT_ONCE, self._m))
            self._known = np.concatenate([self._known, self._orthogonal(drawn)])
        row = self._known[self._next]
        self._next += 1
        return np.asarray(row)

    def _orthogonal(self, drawn: FloatArray) -> FloatArray:
        for _ in range(2):  # twice is enough
            drawn = drawn - (drawn @ self._known.T / self._m) @ self._known
        factor = np.linalg.cholesky(drawn @ drawn.T / self._m)
        return np.asarray(np.linalg.solve(factor, drawn))


class AppendedField:
    """A Gaussian process of m paths.

    Parameters
    ----------
    columns : what it takes its numbers from.
    n_paths : m.
    """

    def __init__(self, columns: MatchedColumns, n_paths: int) -> None:
        self._columns = columns
        self._factor, self._taken = np.zeros((_FIRST, _FIRST)), np.zeros((_FIRST, n_paths))
        self._drawn = 0
        self._times: list[int] = []
        self._before = 0

    def append(self, time: int, row: FloatArray) -> FloatArray:
        """Return the values at the next time, shape (m,).

        Parameters
        ----------
        time : its number.
        row : covariances with all times so far and with itself, shape (time + 1,).
        """
        from scipy.linalg import solve_triangular

        r, variance = len(self._times), float(row[time])
        self._before = r
        past = row[self._times]
        left = solve_triangular(self._factor[:r, :r], past, lower=True, check_finite=False) if r else past
        values = left @ self._taken[:r]
        new = variance - float(left @ left)
        if new > _KNOWN * variance:
            self._grow()
            self._factor[r, :r], self._factor[r, r] = left, math.sqrt(new)
            values += self._factor[r, r] * self._taken[r]
            self._times.append(time)
        return np.asarray(values)

    def withdraw(self) -> None:
        """Take back the last time; the next one gets the same random number."""
        del self._times[self._before :]

    def _grow(self) -> None:
        r = len(self._times)
        if r == len(self._taken):
            factor = np.zeros((2 * r, 2 * r))
            factor[:r, :r] = self._factor
            self._factor, self._taken = factor, np.concatenate([self._taken, np.zeros_like(self._taken)])
        if r == self._drawn:
            self._taken[r] = self._columns.take()
            self._drawn += 1
