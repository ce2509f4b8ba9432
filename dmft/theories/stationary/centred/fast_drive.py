"""A slow correlation function with a fast ripple, and what the ripple does to slow functions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.spectral_elements import HalfLine


@dataclass(frozen=True, eq=False)
class RippledCorrelation:
    """A slow correlation function on a mesh with a fast ripple, sum_k Re[ripple_k(lag) exp(i k w lag)] for k > 0."""

    mesh: HalfLine
    values: FloatArray
    ripple: ComplexArray
    omega: float

    def __call__(self, lags: ArrayLike) -> FloatArray:
        """Return C_G at these lags; beyond the mesh it has reached its periodic limit."""
        t = np.abs(np.asarray(lags, dtype=float))
        return self.at(np.minimum(t, self.mesh.length), self.omega * t)

    def at(self, slow: FloatArray, phase: FloatArray) -> FloatArray:
        """Return C(lag, s), the arguments broadcast."""
        total = np.asarray(self.mesh.interpolate(self.values, slow), dtype=float)
        for k, amplitude in enumerate(self.ripple, start=1):
            real, imaginary = (self.mesh.interpolate(part, slow) for part in (amplitude.real, amplitude.imag))
            total = total + real * np.cos(k * phase) - imaginary * np.sin(k * phase)
        return total


def effective_slope(correlation: RippledCorrelation, site: Any, gain: float, lags: FloatArray) -> FloatArray:
    """Return <phi' phi'>, whose fast part is replaced by what it does to slow functions.

    With V = V_0 + sum_k Re[V_k exp(i k w lag)], a function that solves -psi'' + V psi = E psi is slow but for a ripple
    -Re[V_k exp(i k w lag)] psi/(k w)^2, which gives V_eff = V_0 - sum_k |V_k|^2/(2 k^2 w^2) up to 1/w^4.
    """
    n_phases = 2 ** math.ceil(math.log2(2.0 * site.n_harmonics + 6.0))
    phase = 2.0 * math.pi * np.arange(n_phases) / n_phases
    slow = np.minimum(np.asarray(lags, dtype=float), correlation.mesh.length)
    slope = site.corr_slope(
        correlation.at(slow[:, None], phase[None, :]), np.broadcast_to(phase / correlation.omega, (len(slow), n_phases))
    )
    waves = 2.0 * np.fft.rfft(slope, axis=1) / n_phases
    k = np.arange(1, waves.shape[1])
    second = (np.abs(waves[:, 1:]) ** 2 / (2.0 * (k * correlation.omega) ** 2)).sum(axis=1)
    return np.asarray(0.5 * waves[:, 0].real + gain**2 * second, dtype=float)
