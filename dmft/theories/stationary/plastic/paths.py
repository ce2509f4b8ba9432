"""The single-site process of a plastic network, sampled, and the self-consistent map built on it.

dx/dt = -x + eta(t) + k int_0^inf du exp(-u/p)/p C(u) phi(x(t - u)),    <eta eta> = g^2 C,    C = <phi phi>.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.budget import spend
from dmft.numerics.sampling import (
    PeriodicGrid,
    PeriodicNoise,
    controlled_correlation,
    fast,
    gaussian_response,
    memory_kernel,
    paths_with_memory,
)
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.solution import StationarySolution

_A_STEP, _A_STEP_OF_MEMORY, _A_ROW = 1.5e-7, 2e-10, 5e-6  # seconds: of a path, of its memory, of all paths together


@dataclass(frozen=True)
class Paths:
    """Sample paths over one period, given C^phi.

    Attributes
    ----------
    x, phi : shape (n_steps, n_paths).
    amplitude : root-mean-square Fourier coefficients of the noise, shape (n_omega,).
    """

    x: FloatArray
    phi: FloatArray
    amplitude: FloatArray


def seconds_of_sweep(network: Reduction, samples: int, window: float, step: float) -> float:
    """Return an estimate of what one evaluation of the map takes."""
    rows = (window + burn_in_time(network)) / step
    reach = min(10.0 * network.p, 0.25 * window) / step if network.k else 1.0
    return samples * rows * (_A_STEP + _A_STEP_OF_MEMORY * reach) + rows * (_A_ROW if network.k else 0.0)


def burn_in_time(network: Reduction) -> float:
    """Return the time after which the paths have forgotten their start, in units of tau."""
    return max(40.0, 10.0 * network.p) if network.k else 0.0


def sample_paths(network: Reduction, noise: PeriodicNoise, corr_phi: FloatArray) -> Paths:
    """Return paths of the single-site process for a given C^phi at the kept lags of the grid."""
    grid = noise.grid
    amplitude = network.g * noise.amplitude(grid.spectrum(corr_phi))
    linear = noise.paths(amplitude * leak(grid))
    if network.k == 0:
        return Paths(linear, fast(network.nonlinearity)(linear), amplitude)
    x, phi = remembering(network, grid, linear, corr_phi, network.nonlinearity)
    return Paths(x, phi, amplitude)


def remembering(
    network: Reduction,
    grid: PeriodicGrid,
    linear: FloatArray,
    corr_phi: FloatArray,
    nonlinearity: Any,
    growth: float = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Return the paths x with the memory that C^phi gives them, and phi(x), from those without it.

    Parameters
    ----------
    linear : paths without memory, shape (n_steps, n_paths).
    nonlinearity : what is remembered of x: phi, or factors on a perturbation.
    growth : rate at which a perturbation grows, which is taken out of it.
    """
    kernel = memory_kernel(
        grid.tapered(corr_phi), strength=network.k, rate=1.0 / network.p, step=grid.step, growth=growth
    )
    return paths_with_memory(
        linear,
        kernel,
        start_of_memory=network.k / network.p * float(corr_phi[0]),
        step=grid.step,
        nonlinearity=nonlinearity,
        burn_in=math.ceil(burn_in_time(network) / grid.step),
    )


def solution_noise(solution: StationarySolution, index: int) -> PeriodicNoise:
    """Return the noise columns of one set of random numbers of a solution."""
    settings = solution.settings
    grid = PeriodicGrid(4 * len(solution.lags), solution.process.step)
    child = np.random.SeedSequence(settings["seed"]).spawn(index + 1)[index]
    return PeriodicNoise(grid, settings["samples"], np.random.default_rng(child))


def solution_paths(solution: StationarySolution, index: int) -> Paths:
    """Return the sample paths of one set of random numbers of a solution: those that it was solved with."""
    return sample_paths(solution.reduction, solution_noise(solution, index), solution.process.corr_phi_samples[index])


def leak(grid: PeriodicGrid, growth: float = 0.0) -> ComplexArray:
    """Return the response 1/(1 + i omega) of a unit without feedback, to what grows at a rate."""
    return np.asarray(1.0 / (1.0 + growth + 1j * grid.omega), dtype=np.complex128)


class PlasticMap:
    """C^phi at the kept lags -> C^phi of the process that it drives; the random numbers stay fixed."""

    def __init__(self, network: Reduction, noise: PeriodicNoise) -> None:
        self.network = network
        self.noise = noise

    def __call__(self, corr_phi: FloatArray) -> FloatArray:
        """Return C^phi of the process."""
        return np.asarray(self.correlations(corr_phi)[1])

    def correlations(self, corr_phi: FloatArray) -> FloatArray:
        """Return C^x, and C^phi with its control variate, of the process driven by `corr_phi`, shape (2, n_lags)."""
        from scipy.fft import rfft

        grid, network = self.noise.grid, self.network
        spend(seconds_of_sweep(network, self.noise.n_paths, grid.window, grid.step))
        paths = sample_paths(network, self.noise, corr_phi)
        x = rfft(paths.x, axis=0)
        response = leak(grid)
        if network.k:
            response = gaussian_response(self.noise, paths.amplitude, x, known=response)
        controlled = controlled_correlation(
            self.noise,
            paths.amplitude,
            rfft(paths.phi, axis=0),
            response=response,
            nonlinearity=network.nonlinearity,
        )
        return np.array([grid.correlation(grid.sample_spectrum(x)), controlled])


def closure_guess(network: Reduction, lags: FloatArray) -> FloatArray:
    """Return a starting C^phi: the saturated amplitude and a plain decay over a few tau."""
    scale = float(np.mean(np.square(network.nonlinearity(max(network.g, 1.5) * np.linspace(-1.5, 1.5, 31)))))
    return scale * np.exp(-np.square(lags / 6.0) / (1.0 + lags / 6.0))
