"""A low-rank term of the couplings, sum_r m^r (n^r)^T/N, of vectors that are drawn with the covariances stated."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dmft.arrays import FloatArray
from dmft.models.low_rank import LowRank


class LowRankCouplings:
    """The vectors, and the product with them: 4 N R a row instead of 2 N^2.

    Parameters
    ----------
    left, right : vectors m and n, shape (R, N) each.
    dtype : precision of the product.

    Attributes
    ----------
    left, right : the vectors, in float64.
    """

    word: ClassVar[str] = "low-rank couplings"
    on_devices: ClassVar[bool] = False

    def __init__(self, left: FloatArray, right: FloatArray, dtype: Any) -> None:
        self.left, self.right, self._n = left, right, left.shape[1]
        self._left, self._right = left.astype(dtype), (right.T / self._n).astype(dtype)

    def add(self, source: NDArray[Any], out: NDArray[Any]) -> None:
        """Add the product with the rows of presynaptic activity to out."""
        out += (source @ self._right) @ self._left

    def order_parameters(self, rates: NDArray[Any]) -> FloatArray:
        """Return kappa_r = n^r . phi/N of each state, shape (R, n_states), for rates of shape (N, n_states)."""
        return np.asarray(self.right @ np.asarray(rates, dtype=np.float64) / self._n)

    @property
    def couplings(self) -> FloatArray:
        """The term as a matrix, shape (N, N)."""
        return np.asarray(self.left.T @ self.right / self._n)


def drawn_vectors(
    statement: LowRank, n: int, thresholds: NDArray[Any] | None, variance: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Draw m and n, shape (R, N) each, jointly Gaussian with each other and with the thresholds.

    Where the covariances of the vectors n are not stated, n has no part beyond the span of m and of the thresholds:
    that part has no say in the theory, and adds to what fluctuates between networks.

    Parameters
    ----------
    statement : the covariances.
    n : number of units.
    thresholds, variance : the constant input of each unit, shape (N,), and its variance; None and 0 if there is none.
    rng : draws them.
    """
    overlap, left = np.array(statement.overlap), np.array(statement.left)
    left_input, input_overlap = np.array(statement.left_input), np.array(statement.input_overlap)
    theta = np.zeros(n) if thresholds is None else np.asarray(thresholds, dtype=np.float64)
    along = left_input / variance if variance else np.zeros(len(left))
    m = np.outer(along, theta) + _root(left - variance * np.outer(along, along)) @ rng.standard_normal((len(left), n))
    known = np.block([[left, left_input[:, None]], [left_input[None, :], np.array([[variance]])]])
    weights = np.hstack([overlap, input_overlap[:, None]]) @ np.linalg.pinv(known, hermitian=True)
    right = weights @ np.vstack([m, theta])
    if statement.right is not None:
        rest = np.array(statement.right) - weights @ known @ weights.T
        right = right + _root(rest) @ rng.standard_normal(right.shape)
    return m + np.array(statement.mean_left)[:, None], right + np.array(statement.mean_right)[:, None]


def with_outlier(statement: LowRank, left: FloatArray, right: FloatArray, random: NDArray[Any]) -> FloatArray:
    """Return n of a term of rank one with a part along J m, so that the outlier is the one stated.

    n + beta J m, with J the random couplings of variance g^2/N: 1 = overlap/lambda + beta g^2 <m^2>/lambda^2.

    Raises
    ------
    ValueError : for a rank above one, or without random couplings.
    """
    variance = float(np.var(random)) * len(random)
    if statement.rank != 1 or not variance:
        raise ValueError(
            f"an outlier is drawn for a term of rank one beside random couplings, got {statement!r}; leave outlier "
            "out, or simulate a matrix of your own (couplings=...)"
        )
    outlier, overlap = float(np.real(statement.outlier)), float(statement.overlap[0][0])
    beta = outlier * (outlier - overlap) / (variance * float(statement.left[0][0]))
    return right + beta * (left @ random.T.astype(np.float64))


def _root(covariance: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
