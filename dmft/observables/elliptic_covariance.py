"""Covariance matrix of one network with given, partially symmetric couplings, by its linear equivalent.

With R = (1/G - J)^{-1}, 1/G = 1/S + rho g^2 S and the spectra A and C_I of `dmft.theories.two_site.elliptic`,
    C^phi(w) = A R R^+,    C^x(w) = |F|^2 [A (R/G)(R/G)^+ - (A - C_I)(R/G + (R/G)^+ - 1)].
S is sampled, so the integral over frequencies is a sum; in the eigenvectors of J all frequencies share two products.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.arrays import ComplexArray, FloatArray
from dmft.errors import DMFTError
from dmft.theories.stationary.symmetric.process import EchoedProcess
from dmft.theories.two_site import TwoSiteSolution
from dmft.theories.two_site.elliptic import EllipticKernel, parts_of

_N_FREQUENCIES = 2560  # a drawn matrix may have modes slower than 1/(1 - g |S(0)|)


def at_frequency(j: FloatArray, two_site: TwoSiteSolution, of: str, omega: float) -> ComplexArray:
    """Return the cross-spectral matrix of the network with couplings j, symmetric in part or independent."""
    w, stationary = np.array([omega]), two_site.stationary
    sampled = isinstance(stationary.process, EchoedProcess)
    response = stationary.process.response(w) if sampled else stationary.mean_slope / (1.0 + 1j * w)
    parts = parts_of(stationary.reduction, response, w, two_site.kernel.single_spectrum(w, "phi"))
    _, inverse_g, a, c_i = (float(p[0]) if np.isrealobj(p) else complex(p[0]) for p in parts)
    resolvent = np.linalg.inv(inverse_g * np.eye(len(j)) - j)
    matrix: NDArray[Any] = a * (resolvent @ resolvent.conj().T)
    if of == "x":
        passed = inverse_g * resolvent
        matrix = matrix * abs(inverse_g) ** 2 - (a - c_i) * (passed + passed.conj().T - np.eye(len(j)))
        matrix /= 1.0 + omega**2
    return np.asarray(matrix)


def equal_time(j: FloatArray, two_site: TwoSiteSolution, of: str) -> FloatArray:
    """Return the integral over frequencies.

    Raises
    ------
    DMFTError : if an eigenvalue of J makes the linear equivalent unstable.
    """
    kernel = _kernel(two_site)
    omega, weights = kernel.grid
    _, inverse_g, a, c_i = kernel.parts(omega, kernel.single_spectrum(omega, "phi"))
    values, vectors = np.linalg.eig(j)
    inverse = np.linalg.inv(vectors)
    modes = inverse_g - values[:, None]  # 1/(the response of a mode)
    _check_stability(modes / inverse_g, two_site, len(j))
    power = weights * np.maximum(a, 0.0)  # what sampling leaves of A at high frequencies may be negative
    if of == "x":
        power = power * np.abs(inverse_g) ** 2 / (1.0 + omega**2)
    waves = np.sqrt(power) / modes
    matrix = ((vectors @ ((waves @ waves.conj().T) * (inverse @ inverse.conj().T))) @ vectors.conj().T).real
    if of == "x":
        unexplained = weights * (a - c_i) / (1.0 + omega**2)
        passed = ((vectors * ((inverse_g / modes) @ unexplained)) @ inverse).real
        matrix -= passed + passed.T - float(unexplained.sum()) * np.eye(len(j))
    # Above the highest frequency of the grid units fluctuate by themselves.
    own = float(kernel.single(0.0, of)) - float(weights @ kernel.single_spectrum(omega, of))
    matrix += own * np.eye(len(j))
    return np.asarray(0.5 * (matrix + matrix.T), dtype=float)


def _kernel(two_site: TwoSiteSolution) -> EllipticKernel:
    kernel: Any = two_site.kernel
    return EllipticKernel(kernel.stationary, _N_FREQUENCIES)


def _check_stability(ratio: ComplexArray, two_site: TwoSiteSolution, n: int) -> None:
    """Refuse a mode of which 1 - G lambda winds around 0: it has a pole on the growing side [Nyquist]."""
    turns = np.sum(np.angle(ratio[:, 1:] / ratio[:, :-1]), axis=1) / (2.0 * np.pi)
    unstable = int(np.sum(np.abs(turns) > 0.5))
    if unstable:
        raise DMFTError(
            f"the linear equivalent of these couplings is unstable in {unstable} modes (N = {n} is small for a "
            f"population time of {two_site.population_timescale:.3g} tau); draw another matrix or a larger one"
        )
