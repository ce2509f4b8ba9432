"""Closed-form averages of erf, and of tanh as a scale mixture of erfs.

With phi(x) = sum_i w_i erf(x / (sqrt(2) K_i)) and D_ij^2 = (K_i^2 + c0)(K_j^2 + c0),
    <phi phi>   = (2/pi) sum_ij w_i w_j arcsin(c / D_ij),
    <phi' phi'> = (2/pi) sum_ij w_i w_j / sqrt(D_ij^2 - c^2),
    d<phi phi>/dc0 = -(c/pi) sum_ij w_i w_j [1/(K_i^2 + c0) + 1/(K_j^2 + c0)] / sqrt(D_ij^2 - c^2).
The logistic law is a mixture of normal laws whose standard deviation is 2K, K of the Kolmogorov-Smirnov law [Andrews &
Mallows, J. R. Stat. Soc. B 36, 99 (1974)], hence tanh(x) = E_K[erf(x / (sqrt(2) K))].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, cached_property

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray, IntArray
from dmft.numerics.gaussian.averages import Averages, as_points

N_NODES = 28
_LARGE = 1e3  # variance above which 1 - (c/D)^2 loses more than three digits
_BLOCK = 512  # covariances handled at a time: keeps the pair table in cache


@cache
def tanh_components() -> tuple[FloatArray, FloatArray]:
    """Return (weights, scales K): the trapezoidal rule in log K for the Kolmogorov law, exact to 1e-15 in tanh."""
    log_k = np.linspace(math.log(0.175), math.log(4.7), N_NODES)
    k = np.exp(log_k)
    orders = np.arange(1, 60)[:, None]
    # The density has two series; each is used where it converges at once.
    large = 8.0 * k * np.sum((-1.0) ** (orders - 1) * orders**2 * np.exp(-2.0 * orders**2 * k**2), axis=0)
    rates = (2 * orders - 1) ** 2 * math.pi**2 / 8.0
    small = math.sqrt(2.0 * math.pi) * np.sum(np.exp(-rates / k**2) * (2.0 * rates / k**2 - 1.0), axis=0) / k**2
    weights = np.where(k > 0.8, large, small) * k * (log_k[1] - log_k[0])
    return weights / weights.sum(), k


@cache
def erf_components() -> tuple[FloatArray, FloatArray]:
    """Return (weight, scale) of erf(sqrt(pi) x / 2): a mixture of one."""
    return np.array([1.0]), np.array([math.sqrt(2.0 / math.pi)])


@cache
def _pairs(n: int) -> tuple[IntArray, IntArray]:
    return np.triu_indices(n)


class ErfMixtureAverages(Averages):
    """Averages of a scale mixture of erfs: odd, so <phi> = 0."""

    def __init__(self, weights: FloatArray, scales: FloatArray, variance: float) -> None:
        self.variance = float(variance)
        square = scales**2
        i, j = _pairs(len(scales))
        # A pair i < j stands for both orders.
        self._weights = weights[i] * weights[j] * np.where(i == j, 2.0 / math.pi, 4.0 / math.pi)
        self._excess = square[i] * square[j] + variance * (square[i] + square[j])  # D^2 - c0^2 without cancellation
        self._d = np.sqrt(self._excess + variance * variance)
        self._turn = -0.5 * self._weights * (1.0 / (square[i] + variance) + 1.0 / (square[j] + variance))
        self.mean = 0.0
        self.mean_slope = float(math.sqrt(2.0 / math.pi) * np.sum(weights / np.sqrt(square + variance)))

    @cached_property
    def mean_square(self) -> float:  # type: ignore[override]
        """<phi^2>."""
        return float(self.corr_phi(self.variance))

    @cached_property
    def mean_square_slope(self) -> float:  # type: ignore[override]
        """<phi'^2>."""
        return float(self.corr_slope(self.variance))

    def corr_phi(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi phi>."""
        return self._over_pairs(covariance, self._arcsin)

    def corr_slope(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi' phi'>."""
        c, restore = as_points(covariance, self.variance)
        return restore(self.corr_slope_below(self.variance - c))

    def corr_slope_below(self, drop: ArrayLike) -> FloatArray:
        """Return <phi' phi'> at c0 - drop."""
        s = np.asarray(drop, dtype=float)
        return self._summed(s.ravel(), self._inverse_root).reshape(s.shape)

    def slope_and_turn(self, covariance: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return <phi' phi'> and d<phi phi>/dc0 at given c: two sums over the same roots."""
        c, restore = as_points(covariance, self.variance)
        sums = self._summed(self.variance - c, self._inverse_root, np.stack([self._weights, self._turn], axis=1))
        return restore(sums[:, 0].copy()), restore(c * sums[:, 1])

    def potential(self, covariance: ArrayLike) -> FloatArray:
        """Return int_0^c <phi phi> dc = c asin(c/D) + sqrt(D^2 - c^2) - D, summed over pairs."""
        c0 = self.variance

        def integral(c: FloatArray) -> FloatArray:
            root = np.sqrt(self._excess + (c0 - c) * (c0 + c))
            return np.asarray(c * self._arcsin(c) - c * c / (self._d + root))

        return self._over_pairs(covariance, integral)

    def action(self, origin: float) -> float:
        """Return int_o^{c0} [<phi phi>(c) - <phi phi>(o)] dc: from 0 on, the potential itself."""
        return float(self.potential(self.variance)) if origin == 0.0 else super().action(origin)

    def _inverse_root(self, drop: FloatArray) -> FloatArray:
        """Return 1/sqrt(D^2 - c^2) at c = c0 - drop."""
        return np.asarray(1.0 / np.sqrt(self._excess + drop * (2.0 * self.variance - drop)))

    def _arcsin(self, c: FloatArray) -> FloatArray:
        """Return arcsin(c/D); at large variance, where c/D rounds to 1 within the bend, as an arctangent."""
        if self.variance < _LARGE:
            return np.arcsin(c / self._d)
        return np.arctan2(c, np.sqrt(self._excess + (self.variance - c) * (self.variance + c)))

    def _over_pairs(self, covariance: ArrayLike, term: Callable[[FloatArray], FloatArray]) -> FloatArray:
        c, restore = as_points(covariance, self.variance)
        return restore(self._summed(c, term))

    def _summed(
        self, points: FloatArray, term: Callable[[FloatArray], FloatArray], weights: FloatArray | None = None
    ) -> FloatArray:
        weights = self._weights if weights is None else weights
        out = np.empty((len(points), *weights.shape[1:]))
        for start in range(0, len(points), _BLOCK):
            block = slice(start, start + _BLOCK)
            out[block] = term(points[block, None]) @ weights
        return out
