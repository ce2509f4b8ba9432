"""A periodic grid of times, with its frequencies and the transforms between correlation and spectrum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dmft.arrays import ComplexArray, FloatArray


@dataclass(frozen=True)
class PeriodicGrid:
    """n_steps points a `step` apart, closed to a ring; the spectrum is S(omega) = int C(t) exp(-i omega t) dt.

    A correlation function is kept at the first quarter of the lags. Beyond, the samples of a window hold nothing but
    noise, and a self-consistent iteration would amplify it.

    Parameters
    ----------
    n_steps : number of points, a multiple of 4.
    step : distance of two points.
    kept : part of the kept lags from which correlation functions are led to zero. A solution with another one shows
        what the end of the window does to it.
    """

    n_steps: int
    step: float
    kept: float = 0.75

    def __post_init__(self) -> None:
        if self.n_steps < 16 or self.n_steps % 4:
            raise ValueError(f"n_steps must be a multiple of 4, at least 16, got {self.n_steps}")

    @property
    def window(self) -> float:
        """Length of the period."""
        return self.n_steps * self.step

    @property
    def n_lags(self) -> int:
        """Number of lags at which correlation functions are kept."""
        return self.n_steps // 4

    @property
    def n_omega(self) -> int:
        """Number of frequencies >= 0."""
        return self.n_steps // 2 + 1

    @cached_property
    def lags(self) -> FloatArray:
        """Lags 0, step, ..., shape (n_lags,)."""
        return self.step * np.arange(self.n_lags, dtype=np.float64)

    @cached_property
    def omega(self) -> FloatArray:
        """Angular frequencies >= 0, shape (n_omega,)."""
        return np.arange(self.n_omega, dtype=np.float64) * (2.0 * np.pi / self.window)

    @property
    def tapered_from(self) -> int:
        """Index of the lag from which correlation functions are led to zero."""
        return int(self.kept * self.n_lags)

    @cached_property
    def _taper(self) -> FloatArray:
        """1 up to `kept` of the kept lags, a half cosine down to 0 at the last; shape (n_lags,)."""
        start = self.tapered_from
        fraction = (np.arange(self.n_lags) - start) / (self.n_lags - start)
        return np.where(fraction <= 0, 1.0, 0.5 + 0.5 * np.cos(np.pi * np.clip(fraction, 0.0, 1.0)))

    def tapered(self, correlation: FloatArray) -> FloatArray:
        """Return a correlation function at the kept lags, led smoothly to zero at the last ones."""
        return correlation * self._taper

    def spectrum(self, correlation: FloatArray) -> FloatArray:
        """Return the spectrum of a correlation function (n_lags,), shape (n_omega,), tapered and clipped at 0."""
        half = np.zeros(self.n_omega)
        half[: self.n_lags] = self.tapered(correlation)
        whole = np.concatenate([half, half[-2:0:-1]])
        return np.maximum(self.step * np.fft.rfft(whole).real, 0.0)

    def correlation(self, spectrum: FloatArray) -> FloatArray:
        """Return the correlation function of a spectrum at the kept lags, shape (n_lags,)."""
        return np.fft.irfft(spectrum, self.n_steps)[: self.n_lags] / self.step

    def sample_spectrum(self, coefficients: ComplexArray) -> FloatArray:
        """Return the spectrum averaged over paths, from their Fourier coefficients (n_omega, n_paths)."""
        return np.asarray(power(coefficients).mean(axis=1) * (self.step / self.n_steps))

    def causal(self, response: ComplexArray) -> ComplexArray:
        """Return a frequency response with its part before time 0 and beyond the kept lags taken out (tapered)."""
        in_time = np.fft.irfft(response, self.n_steps)
        in_time[: self.n_lags] *= self._taper
        in_time[self.n_lags :] = 0.0
        return np.fft.rfft(in_time)


def power(coefficients: ComplexArray) -> FloatArray:
    """Return the squared modulus (without the square root that `abs` would take first)."""
    return coefficients.real**2 + coefficients.imag**2


def even_spline(lags: FloatArray, correlation: FloatArray, at: FloatArray) -> FloatArray:
    """Return a correlation function at other lags >= 0 by an even cubic spline; beyond its end, its last value."""
    from scipy.interpolate import CubicSpline

    spline = CubicSpline(lags, correlation, bc_type=((1, 0.0), "not-a-knot"))
    return np.asarray(spline(np.minimum(at, lags[-1])))
