"""The single-site process of a plastic network, sampled, and the self-consistent map built on it.

dx/dt = -x + eta(t) + k int_0^inf du exp(-u/p)/p C(u) phi(x(t - u)),    <eta eta> = g^2 C,    C = <phi phi>.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dmft.numerics.single_site import (
    Circle,
    CircularNoise,
    Controlled,
    controlled_correlation,
    fast,
    gaussian_response,
    memory_kernel,
    paths_with_memory,
)
from dmft.numerics.single_site.circle import ComplexArray, FloatArray
from dmft.theories.plastic.solution import PlasticSolution
from dmft.theories.reduction import Reduction


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


def burn_in_time(network: Reduction) -> float:
    """Return the time after which the paths have forgotten their start, in units of tau."""
    return max(40.0, 10.0 * network.p) if network.k else 0.0


def sample_paths(network: Reduction, noise: CircularNoise, corr_phi: FloatArray) -> Paths:
    """Return paths of the single-site process for a given C^phi at the kept lags of the circle."""
    circle = noise.circle
    amplitude = network.g * noise.amplitude(circle.spectrum(corr_phi))
    linear = noise.paths(amplitude * leak(circle))
    if network.k == 0:
        return Paths(linear, fast(network.nonlinearity)(linear), amplitude)
    kernel = memory_kernel(circle.tapered(corr_phi), strength=network.k, rate=1.0 / network.p, step=circle.step)
    x, phi = paths_with_memory(
        linear,
        kernel,
        start_of_memory=network.k / network.p * float(corr_phi[0]),
        step=circle.step,
        nonlinearity=network.nonlinearity,
        burn_in=math.ceil(burn_in_time(network) / circle.step),
    )
    return Paths(x, phi, amplitude)


def solution_noise(solution: PlasticSolution, index: int) -> CircularNoise:
    """Return the noise columns of one set of random numbers of a solution."""
    settings = solution.settings
    circle = Circle(4 * len(solution.lags), solution.step)
    child = np.random.SeedSequence(settings["seed"]).spawn(index + 1)[index]
    return CircularNoise(circle, settings["samples"], np.random.default_rng(child))


def solution_paths(solution: PlasticSolution, index: int) -> Paths:
    """Return the sample paths of one set of random numbers of a solution: those that it was solved with."""
    return sample_paths(solution.network, solution_noise(solution, index), solution.corr_phi_samples[index])


def leak(circle: Circle) -> ComplexArray:
    """Return the response 1/(1 + i omega) of a unit without feedback."""
    return np.asarray(1.0 / (1.0 + 1j * circle.omega), dtype=np.complex128)


class PlasticMap:
    """C^phi at the kept lags -> C^phi of the process that it drives; the random numbers stay fixed."""

    def __init__(self, network: Reduction, noise: CircularNoise) -> None:
        self.network = network
        self.noise = noise

    def __call__(self, corr_phi: FloatArray) -> FloatArray:
        """Return C^phi of the process."""
        return self.correlations(corr_phi)[1].corr_phi

    def correlations(self, corr_phi: FloatArray) -> tuple[FloatArray, Controlled]:
        """Return C^x, and C^phi with its control variate, of the process driven by `corr_phi`."""
        from scipy.fft import rfft

        circle, network = self.noise.circle, self.network
        paths = sample_paths(network, self.noise, corr_phi)
        x = rfft(paths.x, axis=0)
        response = leak(circle)
        if network.k:
            response = gaussian_response(self.noise, paths.amplitude, x, known=response)
        controlled = controlled_correlation(
            self.noise,
            paths.amplitude,
            rfft(paths.phi, axis=0),
            response=response,
            nonlinearity=network.nonlinearity,
        )
        return circle.correlation(circle.sample_spectrum(x)), controlled


def closure_guess(network: Reduction, lags: FloatArray) -> FloatArray:
    """Return a starting C^phi: the saturated amplitude and a plain decay over a few tau."""
    scale = float(np.mean(np.square(network.nonlinearity(max(network.g, 1.5) * np.linspace(-1.5, 1.5, 31)))))
    return scale * np.exp(-np.square(lags / 6.0) / (1.0 + lags / 6.0))
