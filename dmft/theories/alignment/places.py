"""What convolutions do to the second moments of maps: matrices of covariances between the places of a square."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dmft.arrays import FloatArray

_REACH = (-1, 0, 1)  # 3 x 3


@dataclass(frozen=True)
class Places:
    """The places of a square of a side, row by row, of which each sees the 3 x 3 around it, zeros beyond the border.

    Attributes
    ----------
    side : places along an edge.
    """

    side: int

    def around(self, values: FloatArray) -> FloatArray:
        """Return, of each place, the sum over the places it sees of values, shape (n,)."""
        return np.asarray(np.sum([within * values[at] for at, within in self._neighbours], axis=0))

    def aligned(self, covariance: FloatArray) -> FloatArray:
        """Return sum_o C(p + o, p' + o), shape (n, n): of what is weighted by independent weights, one an offset."""
        total = np.zeros_like(covariance)
        for at, within in self._neighbours:
            total += covariance[np.ix_(at, at)] * (within[:, None] * within)
        return total

    def all_around(self, covariance: FloatArray) -> FloatArray:
        """Return sum_oo' C(p + o, p' + o'): of what is weighted by a constant."""
        rows = np.apply_along_axis(self.around, 0, covariance)
        return np.apply_along_axis(self.around, 1, rows)

    def means(self, covariance: FloatArray) -> FloatArray:
        """Return the covariance of means over 2 x 2 places, shape (n/4, n/4)."""
        half = self.side // 2
        return np.asarray(covariance.reshape((half, 2, half, 2) * 2).mean(axis=(1, 3, 5, 7)).reshape(half**2, half**2))

    def shares(self, values: FloatArray) -> FloatArray:
        """Return what each place has of a mean over 2 x 2, backwards: a fourth of values of shape (n/4,)."""
        return np.asarray(values[self._above] / 4.0)

    def shares_of(self, covariance: FloatArray) -> FloatArray:
        """Return the covariance of such shares, shape (n, n)."""
        return np.asarray(covariance[np.ix_(self._above, self._above)] / 16.0)

    @cached_property
    def _above(self) -> NDArray[np.int64]:
        """The mean, of 2 x 2, that each place is in."""
        y, x = np.divmod(np.arange(self.side**2), self.side)
        return np.asarray((y // 2) * (self.side // 2) + x // 2)

    @cached_property
    def _neighbours(self) -> list[tuple[NDArray[np.int64], FloatArray]]:
        """Of each offset, the place that each place sees there, and 1, or 0 beyond the border."""
        y, x = np.divmod(np.arange(self.side**2), self.side)
        found = []
        for dy in _REACH:
            for dx in _REACH:
                down, right = y + dy, x + dx
                within = (down >= 0) & (down < self.side) & (right >= 0) & (right < self.side)
                found.append((np.where(within, down * self.side + right, 0), within.astype(float)))
        return found
