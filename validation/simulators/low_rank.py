"""A low-rank term of the couplings, sum_r m^r (n^r)^T/N, of vectors that are drawn with the overlaps stated."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dmft.models.couplings import LowRank


class LowRankCouplings:
    """The vectors, and the product with them: 4 N R a row instead of 2 N^2.

    Parameters
    ----------
    statement : overlaps n . m/N.
    n : number of units N.
    dtype : precision.
    rng : draws the vectors.

    Attributes
    ----------
    left, right : vectors m and n, shape (R, N), in float64.
    """

    word: ClassVar[str] = "low-rank couplings"
    on_devices: ClassVar[bool] = False

    def __init__(self, statement: LowRank, n: int, dtype: Any, rng: np.random.Generator) -> None:
        self.left, self.right = drawn_vectors(statement, n, rng)
        self._n = n
        self._left, self._right = self.left.astype(dtype), (self.right.T / n).astype(dtype)

    def add(self, source: NDArray[Any], out: NDArray[Any]) -> None:
        """Add the product with the rows of presynaptic activity to out."""
        out += (source @ self._right) @ self._left

    def order_parameters(self, rates: NDArray[Any]) -> NDArray[np.float64]:
        """Return kappa_r = n^r . phi/N of each state, shape (R, n_states), for rates of shape (N, n_states)."""
        return np.asarray(self.right @ np.asarray(rates, dtype=np.float64) / self._n)

    @property
    def couplings(self) -> NDArray[np.float64]:
        """The term as a matrix, shape (N, N)."""
        return np.asarray(self.left.T @ self.right / self._n)


def drawn_vectors(
    statement: LowRank, n: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw m and n, shape (R, N) each: Gaussian m of unit covariance, n in their span with the overlaps stated.

    The part of n beyond that span has no say in the theory, and adds to what fluctuates between networks: it is left
    out.
    """
    overlap = np.asarray(statement.overlap, dtype=float)
    left = rng.standard_normal((len(overlap), n))
    return left, overlap @ left
