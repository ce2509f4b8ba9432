"""Averages that follow mean and variance smoothly, from one vector of Hermite coefficients: for derivatives and starts.

phi(m + sqrt(c0) z) = sum a_n h_n: <phi phi> = sum a_n^2 r^n, and all else from it by Price's theorem. A cut series of a
steep or kinked phi is off by what it misses, and as smooth as any.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.gaussian.averages import Averages, as_points
from dmft.numerics.gaussian.hermite import hermite_coefficients, normal_quadrature

_TERMS = 256


class QuickAverages(Averages):
    """Averages at a mean and a variance by a series of 256 terms."""

    def __init__(self, nonlinearity: Any, mean: float, variance: float) -> None:
        z, w = normal_quadrature()
        spend(2e-4)
        x = mean + math.sqrt(variance) * z
        values = np.broadcast_to(np.asarray(nonlinearity(x), dtype=float), x.shape)
        if not np.all(np.isfinite(values)):
            raise FloatingPointError(f"{nonlinearity!r} is not finite at x = {x[~np.isfinite(values)][0]:.6g}")
        self.variance = float(variance)
        a = hermite_coefficients(values, _TERMS)
        self.mean, self.mean_slope = float(a[0]), float(a[1]) / math.sqrt(variance)
        self.mean_square = float(values**2 @ w)
        self._squares = a**2
        self._squares[-1] += max(self.mean_square - float(self._squares.sum()), 0.0)
        self._n = np.arange(_TERMS)
        self.mean_square_slope = float(self._n @ self._squares) / variance

    def corr_phi(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi phi>."""
        return self._summed(covariance, self._squares)

    def corr_slope(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi' phi'>."""
        return self._summed(covariance, self._n[1:] * self._squares[1:] / self.variance)

    def potential(self, covariance: ArrayLike) -> FloatArray:
        """Return int_0^c <phi phi> dc."""
        integrated = np.concatenate([[0.0], self.variance * self._squares / (self._n + 1.0)])
        return self._summed(covariance, integrated)

    def _summed(self, covariance: ArrayLike, coefficients: FloatArray) -> FloatArray:
        c, restore = as_points(covariance, self.variance)
        ratio = c / self.variance
        return restore(np.asarray(np.polynomial.polynomial.polyval(ratio, coefficients), dtype=float))
