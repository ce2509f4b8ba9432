"""A low-rank term of the couplings, sum_r m^r (n^r)^T/N, of vectors that are drawn with the overlaps stated."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dmft.models.low_rank import LowRank


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
    """Draw m and n, shape (R, N) each: Gaussian m of the means and covariances stated, n with the overlaps stated.

    The part of n that has no covariance with m has no say in the theory, and adds to what fluctuates between networks:
    it is left out unless the covariances of n (`right`) are stated.
    """
    overlap, covariance = (np.asarray(part, dtype=float) for part in (statement.overlap, statement.left))
    about = _root(covariance) @ rng.standard_normal((len(overlap), n))
    carried = overlap @ np.linalg.pinv(covariance, hermitian=True)
    right = carried @ about
    if statement.right is not None:
        own = np.asarray(statement.right, dtype=float) - carried @ overlap.T
        right = right + _root(own) @ rng.standard_normal((len(overlap), n))
    means = (np.asarray(part, dtype=float)[:, None] for part in (statement.mean_left, statement.mean_right))
    of_left, of_right = means
    return about + of_left, right + of_right


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a matrix whose product with its transpose is the covariance; what is negative by rounding counts as 0."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T)
