"""What a network and its drive put into the two-time equations, as numbers on a grid of times."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dmft.theories.reduction import Reduction

FloatArray = NDArray[np.float64]

N_PHASES = 24  # equispaced phases of a sinusoid of random phase; spectral, 1e-6 at three times the spread of h
_GAMMA = 1.0 - math.sqrt(0.5)  # where in a sub-step the implicit scheme of the mean needs the input, beside its end


@dataclass(frozen=True)
class Forcing:
    """m' = -m + input(t) - inhibition <phi>, (1 + d_t)(1 + d_s) c = g^2 <phi phi> + K(t - s) + white delta(t - s)."""

    network: Reduction

    @property
    def g2(self) -> float:
        """g^2."""
        return self.network.g**2

    @property
    def inhibition(self) -> float:
        """How strongly the mean rate acts back on the mean of h."""
        return self.network.inhibition

    @property
    def excitation(self) -> float:
        """The constant input."""
        return self.network.bias

    @property
    def period(self) -> float | None:
        """Period of the drive; 0 for one constant in time, None for one without a period."""
        return self.network.period

    @property
    def noisy(self) -> bool:
        """Whether a private random input decorrelates h by itself."""
        return bool(self.network.noise)

    @property
    def phased(self) -> bool:
        """Whether h is conditioned on the phase of a sinusoid."""
        return bool(self.network.waves)

    @property
    def white(self) -> float:
        """Intensity of private white noise."""
        return self.network.intensity

    def private(self, lags: FloatArray) -> FloatArray:
        """Covariance K of a private Gaussian input at the lags."""
        return self.network.private_covariance(lags)

    def input(self, times: FloatArray) -> FloatArray:
        """Input common to all neurons."""
        return self.network.common_input(times)

    def offsets(self, times: FloatArray) -> FloatArray:
        """Response of h to a sinusoid, from rest at t = 0, for each phase: shape times.shape + (n_phase,)."""
        wave = self.network.wave
        if wave is None:
            return np.zeros((*times.shape, 1))
        theta = 2.0 * math.pi * np.arange(N_PHASES) / N_PHASES - math.atan(wave.omega)
        settled = np.sin(wave.omega * times[..., None] + theta)
        return wave.response * (settled - np.exp(-times[..., None]) * np.sin(theta))


def forcing(network: Reduction) -> Forcing:
    """Return the forcing of a network.

    Raises
    ------
    ValueError : for couplings whose single-site process is not Gaussian in two times.
    """
    if network.symmetry != 0:
        raise ValueError(
            f"symmetry must be 0 for the Gaussian two-time theory, got {network.symmetry}; "
            "solve_symmetric_transient samples the process of partially symmetric couplings"
        )
    if network.plastic:
        raise ValueError("plastic couplings have no two-time theory here: use dmft.solve_plastic")
    return Forcing(network)


def stage_times(start: float, dt: float, n_steps: int, n_sub: int) -> FloatArray:
    """Return the times of the stages of the mean's scheme, shape (n_steps, n_sub, 2)."""
    steps = np.arange(n_steps)[:, None, None]
    stages = np.arange(n_sub)[None, :, None] + np.array([_GAMMA, 1.0])
    return start + dt * (steps + stages / n_sub)


def substeps(dt: float, inhibition: float) -> int:
    """Return into how many sub-steps the mean's step is cut: it follows the drive, not the rate of the balance."""
    return min(max(4, math.ceil(0.5 * dt * math.sqrt(1.0 + inhibition))), 32)
