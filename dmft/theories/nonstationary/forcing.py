"""What a network and its drive put into the two-time equations, as numbers on a grid of times."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.models.balanced import BalancedNetwork
from dmft.models.common_input import common_input, is_common
from dmft.models.drive import OrnsteinUhlenbeck, Sinusoid, WhiteNoise
from dmft.models.network import Network, RandomNetwork

FloatArray = NDArray[np.float64]

N_PHASES = 24  # equispaced phases of a sinusoid of random phase; spectral, 1e-6 at three times the spread of h
_GAMMA = 1.0 - math.sqrt(0.5)  # where in a sub-step the implicit scheme of the mean needs the input, beside its end


@dataclass(frozen=True)
class Forcing:
    """m' = -m + input(t) - inhibition <phi>, (1 + d_t)(1 + d_s) c = g^2 <phi phi> + K(t - s) + white delta(t - s)."""

    g2: float
    inhibition: float
    excitation: float
    drive: Any

    @property
    def period(self) -> float | None:
        """Period of the drive; 0 for one constant in time, None for one without a period."""
        if isinstance(self.drive, Sinusoid):
            return 1.0 / self.drive.frequency
        return None if callable(self.drive) else 0.0

    @property
    def noisy(self) -> bool:
        """Whether a private random input decorrelates h by itself."""
        return isinstance(self.drive, WhiteNoise | OrnsteinUhlenbeck)

    @property
    def phased(self) -> bool:
        """Whether h is conditioned on the phase of a sinusoid."""
        return isinstance(self.drive, Sinusoid) and not is_common(self.drive)

    @property
    def white(self) -> float:
        """Intensity of private white noise."""
        return self.drive.intensity if isinstance(self.drive, WhiteNoise) else 0.0

    def private(self, lags: FloatArray) -> FloatArray:
        """Covariance K of a private Gaussian input at the lags."""
        if isinstance(self.drive, OrnsteinUhlenbeck):
            return self.drive.variance * np.exp(-lags / self.drive.correlation_time)
        return np.zeros_like(lags)

    def input(self, times: FloatArray) -> FloatArray:
        """Input common to all neurons."""
        return self.excitation + common_input(self.drive, times)

    def offsets(self, times: FloatArray) -> FloatArray:
        """Response of h to a sinusoid, from rest at t = 0, for each phase: shape times.shape + (n_phase,)."""
        if not self.phased:
            return np.zeros((*times.shape, 1))
        assert isinstance(self.drive, Sinusoid)
        omega = 2.0 * math.pi * self.drive.frequency
        theta = 2.0 * math.pi * np.arange(N_PHASES) / N_PHASES - math.atan(omega)
        size = self.drive.amplitude / math.hypot(1.0, omega)
        settled = np.sin(omega * times[..., None] + theta)
        return size * (settled - np.exp(-times[..., None]) * np.sin(theta))


def forcing(network: Network) -> Forcing:
    """Return the forcing of a network.

    Raises
    ------
    TypeError : for a network without a two-time theory here.
    ValueError : for partially symmetric couplings, whose single-site process is not Gaussian.
    """
    if isinstance(network, BalancedNetwork):
        return Forcing(network.g**2, network.inhibition, network.excitation, network.drive)
    if isinstance(network, RandomNetwork):
        if network.symmetry != 0:
            raise ValueError(
                f"symmetry must be 0 for the Gaussian two-time theory, got {network.symmetry}; "
                "solve_symmetric_transient samples the process of partially symmetric couplings"
            )
        return Forcing(network.g**2, 0.0, 0.0, network.drive)
    raise TypeError(f"network must be a BalancedNetwork or a RandomNetwork, got {network!r}")


def stage_times(start: float, dt: float, n_steps: int, n_sub: int) -> FloatArray:
    """Return the times of the stages of the mean's scheme, shape (n_steps, n_sub, 2)."""
    steps = np.arange(n_steps)[:, None, None]
    stages = np.arange(n_sub)[None, :, None] + np.array([_GAMMA, 1.0])
    return start + dt * (steps + stages / n_sub)


def substeps(dt: float, inhibition: float) -> int:
    """Return into how many sub-steps the mean's step is cut: it follows the drive, not the rate of the balance."""
    return min(max(4, math.ceil(0.5 * dt * math.sqrt(1.0 + inhibition))), 32)
