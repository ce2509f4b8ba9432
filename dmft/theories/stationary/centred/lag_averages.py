"""Averages of functions of x, at a lag, of a process that is Gaussian, or at rest (around a sine: `phase_averages`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.numerics.gaussian import Averages, averages

FloatArray = NDArray[np.float64]


class LagAverages(Protocol):
    """Averages over the single-site process at one lag; they depend on the lag only if the drive does."""

    @property
    def variance(self) -> float:
        """Variance of the Gaussian part of x."""
        ...

    @property
    def mean(self) -> float:
        """<phi>."""
        ...

    @property
    def mean_slope(self) -> float:
        """<phi'>."""
        ...

    @property
    def mean_square_slope(self) -> float:
        """<phi'^2>."""
        ...

    def corr_phi(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi(x(t)) phi(x(t + lag))>, given the covariance of the Gaussian part."""
        ...

    def corr_slope(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi'(x(t)) phi'(x(t + lag))>."""
        ...

    def corr_driven(self, lags: ArrayLike) -> FloatArray:
        """Return the correlation of the part of x that is not Gaussian (the response to a sinusoid)."""
        ...


@dataclass(frozen=True, eq=False)
class GaussianAverages:
    """x is a Gaussian process of zero mean: averages depend on the lag only through the covariance."""

    averages: Averages

    @property
    def variance(self) -> float:
        """Variance of x."""
        return self.averages.variance

    @property
    def mean(self) -> float:
        """<phi>."""
        return self.averages.mean

    @property
    def mean_slope(self) -> float:
        """<phi'>."""
        return self.averages.mean_slope

    @property
    def mean_square_slope(self) -> float:
        """<phi'^2>."""
        return self.averages.mean_square_slope

    def corr_phi(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi phi>."""
        return self.averages.corr_phi(covariance)

    def corr_slope(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi' phi'>."""
        return self.averages.corr_slope(covariance)

    def corr_driven(self, lags: ArrayLike) -> FloatArray:
        """Return 0: all of x is Gaussian."""
        return np.zeros(np.shape(lags))


@dataclass(frozen=True, eq=False)
class RestingAverages:
    """x = 0: the quiescent state, with the slope at the origin (its limit for small activity, if phi has a kink)."""

    slope: float
    square_slope: float
    variance: float = 0.0
    mean: float = 0.0

    @property
    def mean_slope(self) -> float:
        """<phi'>."""
        return self.slope

    @property
    def mean_square_slope(self) -> float:
        """<phi'^2>."""
        return self.square_slope

    def corr_phi(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return 0."""
        return np.zeros(np.shape(lags))

    def corr_slope(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi'^2>, at all lags."""
        return np.full(np.shape(lags), self.square_slope)

    def corr_driven(self, lags: ArrayLike) -> FloatArray:
        """Return 0."""
        return np.zeros(np.shape(lags))


def gaussian_site(nonlinearity: Any, variance: float) -> GaussianAverages:
    """Return the site of a network without a sinusoidal drive."""
    return GaussianAverages(averages(nonlinearity, variance))
