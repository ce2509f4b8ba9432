"""Private Gaussian input, filtered by a leaky unit."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.models.drive import Drive, OrnsteinUhlenbeck, WhiteNoise

FloatArray = NDArray[np.float64]


def filtered_input(drive: Drive | None, rate: float, lags: ArrayLike) -> FloatArray:
    """Return the covariance of a unit that leaks at `rate` and hears only its input: spectrum C_I/(rate^2 + w^2)."""
    t = np.abs(np.asarray(lags, dtype=float))
    if drive is None:
        return np.zeros_like(t)
    if isinstance(drive, WhiteNoise):
        return drive.intensity / (2.0 * rate) * np.exp(-rate * t)
    if isinstance(drive, OrnsteinUhlenbeck):
        other = 1.0 / drive.correlation_time
        slow, fast = min(rate, other), max(rate, other)
        gap = fast - slow
        # (exp(-slow t)/slow - exp(-fast t)/fast)/(fast^2 - slow^2), written so that equal rates are no special case
        grown = -np.expm1(-gap * t) / gap if gap > 1e-12 else t
        return drive.variance * other * np.exp(-slow * t) * (1.0 + slow * grown) / (slow * fast * (slow + fast))
    raise TypeError(f"no covariance is known of {drive!r}")


def input_spectrum(drive: Drive | None, omega: ArrayLike) -> FloatArray:
    """Return C_I(w), the spectrum of the input."""
    w = np.asarray(omega, dtype=float)
    if drive is None:
        return np.zeros_like(w)
    if isinstance(drive, WhiteNoise):
        return np.full_like(w, drive.intensity)
    if isinstance(drive, OrnsteinUhlenbeck):
        rate = 1.0 / drive.correlation_time
        return drive.variance * 2.0 * rate / (rate**2 + w**2)
    raise TypeError(f"no spectrum is known of {drive!r}")
