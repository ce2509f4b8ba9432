"""Recursive least squares of many rows at once: one matrix P for all of them, in one pass.

    k = P r,  c = 1/(1 + r.k),  P <- P - c k k^T,  W <- W - c (W r - h) k^T;   P(0) = 1/ridge.

After T updates P = (ridge + sum r r^T)^-1, and each row of W is the ridge solution about its initial value
[Haykin, Adaptive Filter Theory; FORCE: Sussillo & Abbott, Neuron 63, 544 (2009)].

P is symmetric: only its lower triangle is kept, which halves what is read and written. The product with it takes two
rows at a time, so that k is read half as often.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled

_compiled = compiled(nogil=True, fastmath={"reassoc", "contract", "nsz"}, error_model="numpy")


class RecursiveLeastSquares:
    """Rows W that are fitted to W r = h, pair by pair.

    Parameters
    ----------
    weights : W at the start, shape (n_row, n), float64 and C-contiguous; changed in place.
    ridge : penalty of (W - W(0))^2, > 0.

    Accuracy
    --------
    2e-15 of the ridge solution: tests/limits/test_recursive_least_squares.py.

    Cost
    ----
    At most 1.5 times as long as scaling P and W once: n = 300 and as many rows 25 us
    (tests/benchmarks/test_training_speed.py).
    """

    def __init__(self, weights: FloatArray, ridge: float) -> None:
        self.weights = weights
        self._triangle = np.diag(np.full(weights.shape[1], 1.0 / ridge))
        self._gain = np.empty(weights.shape[1])

    @property
    def inverse_correlation(self) -> FloatArray:
        """P, shape (n, n)."""
        lower = np.tril(self._triangle)
        return np.asarray(lower + np.tril(lower, -1).T)

    @inverse_correlation.setter
    def inverse_correlation(self, value: FloatArray) -> None:
        self._triangle[...] = value

    def update(self, rates: FloatArray, error: FloatArray) -> float:
        """Move W and P by one pair.

        Parameters
        ----------
        rates : r, shape (n,).
        error : W r - h before the update, shape (n_row,).

        Returns
        -------
        left : 1/(1 + r.P r): the error of this pair afterwards is that part of the one before.
        """
        return float(_update(self._triangle, self.weights, rates, error, self._gain))


@_compiled
def _update(triangle: Any, weights: Any, r: Any, error: Any, k: Any) -> Any:
    n = triangle.shape[0]
    for j in range(n):
        k[j] = 0.0
    for half in range(n // 2):
        i = 2 * half
        a, b, ra, rb = triangle[i], triangle[i + 1], r[i], r[i + 1]
        first, second = 0.0, 0.0
        for j in range(i):
            first += a[j] * r[j]
            second += b[j] * r[j]
            k[j] += a[j] * ra + b[j] * rb
        k[i] += first + a[i] * ra + b[i] * rb
        k[i + 1] += second + b[i] * ra + b[i + 1] * rb
    if n % 2:
        a, ra, first = triangle[n - 1], r[n - 1], 0.0
        for j in range(n - 1):
            first += a[j] * r[j]
            k[j] += a[j] * ra
        k[n - 1] += first + a[n - 1] * ra
    square = 0.0
    for j in range(n):
        square += k[j] * r[j]
    left = 1.0 / (1.0 + square)
    for i in range(n):
        row, size = triangle[i], left * k[i]
        for j in range(i + 1):
            row[j] -= size * k[j]
    for i in range(weights.shape[0]):
        row, size = weights[i], left * error[i]
        for j in range(n):
            row[j] -= size * k[j]
    return left
