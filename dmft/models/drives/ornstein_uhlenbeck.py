"""Coloured noise."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.checks import non_negative, positive
from dmft.models.drives.drive import Drive
from dmft.models.quantities import within


@dataclass(frozen=True)
class OrnsteinUhlenbeck(Drive):
    """Private Ornstein-Uhlenbeck input, <xi_i(t) xi_i(t')> = variance exp(-|t - t'| / correlation_time).

    Parameters
    ----------
    variance : variance of the input, >= 0.
    correlation_time : its correlation time in units of tau, > 0.

    Raises
    ------
    ValueError, TypeError : if either is out of its range.
    """

    variance: float = field(metadata=within(non_negative, "variance of the input"))
    correlation_time: float = field(metadata=within(positive, "correlation time of the input", "tau"))

    def scaled(self, factor: float) -> OrnsteinUhlenbeck:
        """Return an input of variance factor^2 times as large."""
        return replace(self, variance=factor**2 * self.variance)

    @property
    def silent(self) -> bool:
        """Whether the variance is 0."""
        return self.variance == 0

    @property
    def rates(self) -> tuple[float, ...]:
        """One over the correlation time."""
        return (1.0 / self.correlation_time,)

    def covariance(self, lags: ArrayLike) -> FloatArray:
        """Return variance exp(-lag/correlation_time)."""
        return np.asarray(self.variance * np.exp(-np.abs(lags) / self.correlation_time))

    def filtered(self, rate: float, lags: ArrayLike) -> FloatArray:
        """Return the transform of C_I(w)/(rate^2 + w^2)."""
        t, other = np.abs(np.asarray(lags, dtype=float)), 1.0 / self.correlation_time
        slow, fast = min(rate, other), max(rate, other)
        gap = fast - slow
        # (exp(-slow t)/slow - exp(-fast t)/fast)/(fast^2 - slow^2), written so that equal rates are no special case
        grown = -np.expm1(-gap * t) / gap if gap > 1e-12 else t
        return np.asarray(
            self.variance * other * np.exp(-slow * t) * (1.0 + slow * grown) / (slow * fast * (slow + fast))
        )

    def spectrum(self, omega: ArrayLike) -> FloatArray:
        """Return a Lorentzian."""
        rate = 1.0 / self.correlation_time
        return np.asarray(self.variance * 2.0 * rate / (rate**2 + np.square(omega)))
