"""Closed-form averages of threshold powers, max(0, x)^n, and of the identity.

<phi phi> = c0^n k_n(r), r = c/c0, the arc-cosine kernels [Cho & Saul, NIPS (2009)]; for real n,
    k_n(r) = a_0^2 F(-n/2, -n/2; 1/2; r^2) + a_1^2 r F((1-n)/2, (1-n)/2; 3/2; r^2),
with a_0, a_1 the first two Hermite coefficients of max(0, z)^n and F the Gauss hypergeometric function.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.averages import Averages, as_points


def arc_cosine_kernel(n: float, r: FloatArray) -> FloatArray:
    """Return k_n(r) = <max(0, z)^n max(0, z')^n> for standard normal z, z' of correlation r in [-1, 1]; n >= 0."""
    if n == 0:
        return 0.25 + np.arcsin(r) / (2.0 * math.pi)
    if n == 1:
        return 0.25 * r + (np.sqrt((1.0 - r) * (1.0 + r)) + r * np.arcsin(r)) / (2.0 * math.pi)
    from scipy.special import gamma, hyp2f1

    a0 = 2.0 ** (0.5 * n - 1.0) * gamma(0.5 * (n + 1.0)) / math.sqrt(math.pi)
    a1 = 2.0 ** (0.5 * (n - 1.0)) * gamma(0.5 * n + 1.0) / math.sqrt(math.pi)
    even = hyp2f1(-0.5 * n, -0.5 * n, 0.5, r * r)
    odd = hyp2f1(0.5 * (1.0 - n), 0.5 * (1.0 - n), 1.5, r * r)
    return np.asarray(a0 * a0 * even + a1 * a1 * r * odd, dtype=float)


class ThresholdPowerAverages(Averages):
    """Averages of max(0, x)^n, n >= 1."""

    def __init__(self, n: float, variance: float) -> None:
        self.n = float(n)
        self.variance = float(variance)
        self.mean = math.sqrt(float(self.corr_phi(0.0)))
        self.mean_square = float(self.corr_phi(variance))
        self.mean_slope = math.sqrt(float(self.corr_slope(0.0)))
        self.mean_square_slope = float(self.corr_slope(variance))

    def corr_phi(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi phi>."""
        return self._kernel(covariance, self.n, self.variance**self.n)

    def corr_slope(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi' phi'>."""
        return self._kernel(covariance, self.n - 1.0, self.n**2 * self.variance ** (self.n - 1.0))

    def potential(self, covariance: ArrayLike) -> FloatArray:
        """Return int_0^c <phi phi> dc, which is the kernel of the next power."""
        m = self.n + 1.0
        size = self.variance**m / m**2
        return np.asarray(self._kernel(covariance, m, size) - size * float(arc_cosine_kernel(m, np.zeros(1))[0]))

    def _kernel(self, covariance: ArrayLike, n: float, size: float) -> FloatArray:
        c, restore = as_points(covariance, self.variance)
        return restore(size * arc_cosine_kernel(n, c / self.variance))


class LinearAverages(Averages):
    """Averages of phi(x) = x."""

    def __init__(self, variance: float) -> None:
        self.variance = float(variance)
        self.mean, self.mean_square = 0.0, float(variance)
        self.mean_slope = self.mean_square_slope = 1.0

    def corr_phi(self, covariance: ArrayLike) -> FloatArray:
        """Return c."""
        return np.array(covariance, dtype=float)

    def corr_slope(self, covariance: ArrayLike) -> FloatArray:
        """Return 1."""
        return np.ones_like(np.asarray(covariance, dtype=float))

    def potential(self, covariance: ArrayLike) -> FloatArray:
        """Return c^2/2."""
        return np.asarray(0.5 * np.square(np.asarray(covariance, dtype=float)))
