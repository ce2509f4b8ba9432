"""The single-site process of a stationary theory: Gaussian, or Gaussian around a sine of random phase."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.models.drive import Sinusoid
from dmft.numerics.gaussian import Averages, averages
from dmft.numerics.gaussian.hermite import hermite_coefficients, normal_quadrature

FloatArray = NDArray[np.float64]

_SMALLEST = (32, 48)  # numbers of phases and of Hermite terms
_LARGEST = (512, 768)
_CUT = 1e-14  # part of <phi^2> that the last harmonics may hold


@dataclass(frozen=True, eq=False)
class GaussianSite:
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
class RestingSite:
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


class PhaseConditionedSite:
    """x = x_G + A cos(w t + theta), theta uniform: averages are conditioned on the phase, and then averaged over it.

    With a_n(mu) the Hermite coefficients of phi(mu + sqrt(c0) z),
        C^phi(lag) = sum_n r^n < a_n(A cos theta) a_n(A cos(theta + w lag)) >_theta,   r = C_G(lag)/c0,
    which with the Fourier series a_n(A cos theta) = sum_k alpha_nk cos(k theta) is
        C^phi(lag) = sum_n r^n [alpha_n0^2 + (1/2) sum_{k>0} alpha_nk^2 cos(k w lag)].
    (x_G, not x, is Gaussian: replacing the sine by Gaussian noise of the same correlation is another model.)
    """

    def __init__(
        self, nonlinearity: Any, drive: Sinusoid, variance: float, *, sizes: tuple[int, int] = _SMALLEST
    ) -> None:
        self.variance = float(variance)
        self.omega = 2.0 * math.pi * drive.frequency
        self.amplitude = drive.amplitude / math.hypot(1.0, self.omega)
        self._nonlinearity = nonlinearity
        #: Numbers of phases and of Hermite terms to begin with: a neighbouring variance needs the same.
        self.sizes = sizes

    @cached_property
    def _phi(self) -> _PhaseTable:
        return self._phase_table(self._nonlinearity)

    @cached_property
    def _slope(self) -> _PhaseTable:
        return self._phase_table(self._nonlinearity.derivative)

    @property
    def mean(self) -> float:
        """<phi>."""
        return self._phi.first

    @property
    def mean_slope(self) -> float:
        """<phi'>."""
        return self._slope.first

    @property
    def mean_square_slope(self) -> float:
        """<phi'^2>."""
        return self._slope.square

    def corr_phi(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi phi>."""
        return self._series(self._phi.powers, covariance, lags)

    def corr_slope(self, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        """Return <phi' phi'>."""
        return self._series(self._slope.powers, covariance, lags)

    def corr_driven(self, lags: ArrayLike) -> FloatArray:
        """Return (A^2/2) cos(w lag)."""
        return 0.5 * self.amplitude**2 * np.cos(self.omega * np.asarray(lags, dtype=float))

    def _series(self, powers: FloatArray, covariance: ArrayLike, lags: ArrayLike) -> FloatArray:
        c, t = np.broadcast_arrays(np.asarray(covariance, dtype=float), np.asarray(lags, dtype=float))
        r = np.clip(c.ravel() / self.variance, -1.0, 1.0)
        harmonics = np.cos(np.outer(np.arange(powers.shape[1]), self.omega * t.ravel()))
        weights = powers @ harmonics  # (n_terms, n_lag)
        out = np.zeros_like(r)
        for row in weights[::-1]:
            out = out * r + row
        return out.reshape(c.shape)

    def _phase_table(self, function: Any) -> _PhaseTable:
        z, w = normal_quadrature()
        n_phases, n_terms = self.sizes
        while True:
            # phi(A cos theta + ...) is even in theta: half a turn is enough, and its Fourier series is a cosine series.
            theta = 2.0 * math.pi * np.arange(n_phases // 2 + 1) / n_phases
            fold = np.full(len(theta), 2.0 / n_phases)
            fold[[0, -1]] /= 2.0
            x = self.amplitude * np.cos(theta) + math.sqrt(self.variance) * z[:, None]
            values = np.broadcast_to(np.asarray(function(x), dtype=float), x.shape)
            if not np.all(np.isfinite(values)):
                raise FloatingPointError(f"{function!r} is not finite at x = {x[~np.isfinite(values)][0]:.6g}")
            square = float(w @ values**2 @ fold)
            cosines = np.cos(np.outer(theta, np.arange(n_phases // 2)))
            alpha = hermite_coefficients(values, n_terms) @ (fold[:, None] * cosines)
            powers = alpha**2
            powers[:, 1:] *= 2.0
            few_phases = powers[:, -4:].sum() > _CUT * square
            few_terms = square - powers.sum() > 10.0 * _CUT * square and not few_phases
            if few_phases and n_phases < _LARGEST[0]:
                n_phases *= 2
            elif few_terms and n_terms < _LARGEST[1]:
                n_terms *= 2
            else:
                break
        self.sizes = (n_phases, n_terms)
        # What the cut series misses goes on the next power of r, as in `gaussian.mehler`, so that lag 0 is exact.
        last = np.zeros((1, powers.shape[1]))
        last[0, 0] = max(square - powers.sum(), 0.0)
        powers = _trimmed(np.concatenate([powers, last]), square)
        return _PhaseTable(first=float(alpha[0, 0]), square=square, powers=powers)


@dataclass(frozen=True)
class _PhaseTable:
    first: float
    square: float
    powers: FloatArray = field(repr=False)


def _trimmed(powers: FloatArray, total: float) -> FloatArray:
    rows = np.flatnonzero(np.cumsum(powers.sum(axis=1)[::-1])[::-1] > 1e-17 * total)
    columns = np.flatnonzero(np.cumsum(powers.sum(axis=0)[::-1])[::-1] > 1e-17 * total)
    return powers[: rows[-1] + 1, : columns[-1] + 1]


def gaussian_site(nonlinearity: Any, variance: float) -> GaussianSite:
    """Return the site of a network without a sinusoidal drive."""
    return GaussianSite(averages(nonlinearity, variance))
