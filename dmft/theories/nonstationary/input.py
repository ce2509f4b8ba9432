"""The input on the grid of a march: times at which its mean is needed, and the response to a phase of one's own."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.reduction import Reduction

N_PHASES = 24  # equispaced phases of a sinusoid of random phase; spectral, 1e-6 at three times the spread of h


def offsets(network: Reduction, times: FloatArray) -> FloatArray:
    """Return the response of h to a sinusoid, from rest at t = 0, for each phase: shape times.shape + (n_phase,)."""
    wave = network.wave
    if wave is None:
        return np.zeros((*times.shape, 1))
    theta = 2.0 * math.pi * np.arange(N_PHASES) / N_PHASES - math.atan(wave.omega)
    settled = np.sin(wave.omega * times[..., None] + theta)
    return np.asarray(wave.response * (settled - np.exp(-times[..., None]) * np.sin(theta)))


def stage_times(start: float, dt: float, n_steps: int, n_sub: int) -> FloatArray:
    """Return the times of the stages of the mean's scheme, shape (n_steps, n_sub, 2)."""
    from dmft.numerics.two_time.mean import GAMMA

    steps = np.arange(n_steps)[:, None, None]
    stages = np.arange(n_sub)[None, :, None] + np.array([GAMMA, 1.0])
    return np.asarray(start + dt * (steps + stages / n_sub))


def substeps(dt: float, inhibition: float) -> int:
    """Return into how many sub-steps the mean's step is cut: it follows the drive, not the rate of the balance."""
    return min(max(4, math.ceil(0.5 * dt * math.sqrt(1.0 + inhibition))), 32)


def not_gaussian(network: Reduction) -> str | None:
    """Return why x, given the phase of a sinusoid, is not a Gaussian process; None if it is one."""
    if network.remembers:
        return "plastic couplings have no two-time theory here: use dmft.solve_plastic"
    if network.symmetry != 0:
        return f"symmetry must be 0 for the Gaussian two-time theory, got {network.symmetry}: x hears its own past"
    if len(network.waves) > 1:
        return f"x is conditioned on one random phase: give one Sinusoid of random phases, got {len(network.waves)}"
    return None


def check_gaussian(network: Reduction) -> None:
    """Refuse a network whose x is not Gaussian.

    Raises
    ------
    ValueError : with the reason.
    """
    reason = not_gaussian(network)
    if reason is not None:
        raise ValueError(reason)
