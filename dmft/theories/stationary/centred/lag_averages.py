"""Averages of functions of x, at a lag, of a process that is Gaussian, around a sine or not, or at rest."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.drives import Sinusoid
from dmft.numerics.gaussian import Averages, averages


class LagAverages(ABC):
    """Averages over the single-site process at one lag; they depend on the lag only if the drive does.

    Attributes
    ----------
    variance : of the Gaussian part of x.
    mean, mean_slope, mean_square_slope : <phi>, <phi'>, <phi'^2>.
    """

    variance: float

    @cached_property
    def mean(self) -> float:
        """<phi>."""
        raise NotImplementedError

    @cached_property
    def mean_slope(self) -> float:
        """<phi'>."""
        raise NotImplementedError

    @abstractmethod
    def corr_phi(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi(x(t)) phi(x(t + lag))>, given the covariance of the Gaussian part."""

    @abstractmethod
    def corr_slope(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi'(x(t)) phi'(x(t + lag))>, the derivative of <phi phi> by the covariance."""

    @cached_property
    def mean_square_slope(self) -> float:
        """<phi'^2>."""
        return float(self.corr_slope(np.array([self.variance]), np.zeros(1))[0])

    def corr_driven(self, lags: ArrayLike) -> FloatArray:
        """Return the correlation of the part of x that is not Gaussian: 0, but for the response to a sinusoid."""
        return np.zeros(np.shape(lags))


class GaussianAverages(LagAverages):
    """x is a Gaussian process of zero mean: averages depend on the lag only through the covariance."""

    def __init__(self, averages: Averages) -> None:
        self.averages, self.variance = averages, averages.variance
        self.mean, self.mean_slope = averages.mean, averages.mean_slope

    @cached_property
    def mean_square_slope(self) -> float:
        """<phi'^2>."""
        return self.averages.mean_square_slope

    def corr_phi(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi phi>."""
        return self.averages.corr_phi(covariance)

    def corr_slope(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi' phi'>."""
        return self.averages.corr_slope(covariance)


class SineAverages(LagAverages):
    """x = x_G + A cos(w t + theta), theta uniform: averages are conditioned on the phase, and then averaged over it.

    x_G, not x, is Gaussian: replacing the sine by Gaussian noise of the same correlation is another model.

    Attributes
    ----------
    variance : c0.
    omega, amplitude : w and A, the amplitude of the response.
    """

    def __init__(self, nonlinearity: Any, drive: Sinusoid, variance: float) -> None:
        self.variance, self.omega, self.amplitude = float(variance), drive.omega, drive.response
        self._nonlinearity, self._drive = nonlinearity, drive

    @cached_property
    def reach_of_series(self) -> float:
        """How far |C_G| may exceed c0 on the way to a solution, as a factor."""
        return 1.0

    @abstractmethod
    def _rows(self, row: int, c: FloatArray, phase: FloatArray) -> FloatArray:
        """Return one of <phi phi> and its derivatives by the covariance and by the variance, shape (n,) as both."""

    def corr_phi(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi phi>."""
        return self._of_lags(0, covariance, lags)

    def corr_slope(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi' phi'>, the derivative of <phi phi> by the covariance."""
        return self._of_lags(1, covariance, lags)

    def corr_by_variance(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return the derivative of <phi phi> by the variance at fixed covariance, <phi phi''>."""
        return self._of_lags(2, covariance, lags)

    def corr_driven(self, lags: ArrayLike) -> FloatArray:
        """Return (A^2/2) cos(w lag)."""
        return 0.5 * self.amplitude**2 * np.cos(self.omega * np.asarray(lags, dtype=float))

    def _of_lags(self, row: int, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        c, t = np.broadcast_arrays(np.asarray(covariance, dtype=float), np.asarray(lags, dtype=float))
        reach = self.reach_of_series * self.variance
        return self._rows(row, np.clip(c.ravel(), -reach, reach), self.omega * t.ravel()).reshape(c.shape)


class RestingAverages(LagAverages):
    """x = 0: the quiescent state, with the slope at the origin (its limit for small activity, if phi has a kink)."""

    def __init__(self, mean_slope: float, mean_square_slope: float, variance: float = 0.0, mean: float = 0.0) -> None:
        self.mean_slope, self.mean_square_slope = mean_slope, mean_square_slope
        self.variance, self.mean = variance, mean

    def corr_phi(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi>^2, at all lags."""
        return np.full(np.shape(lags), self.mean**2)

    def corr_slope(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi'^2>, at all lags."""
        return np.full(np.shape(lags), self.mean_square_slope)


def gaussian_site(nonlinearity: Any, variance: float) -> GaussianAverages:
    """Return the site of a network without a sinusoidal drive."""
    return GaussianAverages(averages(nonlinearity, variance))
