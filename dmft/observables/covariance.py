"""Covariance matrix of one network with given couplings, by its linear equivalent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.arrays import FloatArray
from dmft.errors import DMFTError, answering
from dmft.models.checks import finite, one_of
from dmft.observables.elliptic_covariance import at_frequency, equal_time
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.symmetric.process import EchoedProcess
from dmft.theories.two_site import TwoSiteSolution, solve_two_site

_KINDS = ("phi", "x")
_CHANCE = 8.0  # standard deviations by which a drawn matrix may differ in variance from its law


@dataclass(frozen=True, eq=False)
class NetworkCovariance:
    """Covariance matrix of the activity of one network.

    Attributes
    ----------
    matrix : shape (N, N): real symmetric at equal time; at a frequency Hermitian,
        C_ij(w) = int <a_i(t + s) a_j(t)> exp(-i w s) ds.
    of : "phi" or "x".
    frequency : None for equal time, else in cycles per tau.
    """

    matrix: NDArray[Any]
    of: str
    frequency: float | None

    @cached_property
    def eigenvalues(self) -> FloatArray:
        """Eigenvalues, shape (N,), the largest first."""
        return np.asarray(np.linalg.eigvalsh(self.matrix)[::-1], dtype=float)

    @property
    def dimension(self) -> float:
        """Participation ratio over N, (tr)^2/(N tr^2)."""
        n = len(self.matrix)
        trace = float(np.trace(self.matrix).real)
        return trace**2 / (n * float(np.vdot(self.matrix, self.matrix).real))


@answering
def covariance_of(
    couplings: ArrayLike,
    stationary: StationarySolution,
    *,
    of: str = "phi",
    frequency: float | None = None,
) -> NetworkCovariance:
    """Return the covariance matrix of the network with these couplings, in the linear-equivalent approximation.

    With S = <phi'>/(1 + i w), R = (1 - S J)^{-1}, C^xi = C^phi (1 - g^2 |S|^2) the part of C^phi that no other neuron
    explains, of which C^xi - |S|^2 C_I =: r is not due to the input,
        C^phi_ij(w) = C^xi R R^+,    C^x_ij(w) = [C^phi_ij(w) - r (R + R^+ - 1)]/<phi'>^2,
    and at equal time their integral over w/2pi. With the eigenvalues of J it is a finite sum: nothing is sampled. For
    partially symmetric couplings see `dmft.observables.elliptic_covariance`.

    Parameters
    ----------
    couplings : J, shape (N, N), [i, j] acts from j to i.
    stationary : solution of the network J was drawn from.
    of : "phi" or "x".
    frequency : None for equal time, or in cycles per tau.

    Returns
    -------
    NetworkCovariance

    Raises
    ------
    TypeError, ValueError : for couplings that are not a finite square matrix or not of the variance g^2/N and the
        symmetry of the network, an unknown `of`, or a stationary solution that `solve_two_site` refuses.
    DMFTError : if the linear equivalent of this J is unstable: an eigenvalue of <phi'> J lies beyond 1, which happens
        by chance in small networks close to the transition.

    Notes
    -----
    Accuracy: of the finite sum, 1e-9 (`tests/reference/test_covariance_reference.py`), with symmetry 1e-3
    (`tests/limits/test_two_site_symmetric.py`); of the approximation, the
    off-diagonal elements of a simulated network of N = 800 at g = 3 correlate with it by 0.9, and more with N.
    Cost: the eigenvectors of J, 2 s for N = 500, 15 s for N = 1000; at a frequency one inverse instead.
    """
    one_of("of", of, _KINDS)
    two_site = solve_two_site(stationary, lags=[0.0])
    j = _checked(couplings, two_site.reduction.g, two_site.reduction.symmetry)
    sampled = isinstance(stationary.process, EchoedProcess)
    if frequency is None:
        matrix: NDArray[Any] = (equal_time if sampled else _equal_time)(j, two_site, of)
    else:
        omega = 2.0 * math.pi * finite("frequency", frequency)
        matrix = at_frequency(j, two_site, of, omega)
    return NetworkCovariance(matrix, of, None if frequency is None else float(frequency))


def _checked(couplings: ArrayLike, gain: float, symmetry: float) -> FloatArray:
    j = np.asarray(couplings)
    if j.ndim != 2 or j.shape[0] != j.shape[1] or j.shape[0] < 2:
        raise ValueError(f"couplings must be a square matrix of at least 2 neurons, got the shape {j.shape}")
    if np.iscomplexobj(j) or not np.all(np.isfinite(j)):
        raise ValueError("couplings must be real and finite")
    j = j.astype(float)
    n = len(j)
    found = n * float(np.mean(j**2)) / gain**2
    if abs(found - 1.0) > _CHANCE * math.sqrt(2.0) / n:
        raise ValueError(
            f"couplings must have the variance g^2/N of the solved network, {gain**2 / n:.4g}, "
            f"got {found * gain**2 / n:.4g}"
        )
    both = n * float(np.mean(j * j.T)) / gain**2
    if abs(both - symmetry) > _CHANCE * 2.0 / n:
        raise ValueError(
            f"couplings must have the symmetry of the solved network, N cov(J_ij, J_ji)/g^2 = {symmetry:.4g}, "
            f"got {both:.4g}"
        )
    return j


def _equal_time(j: FloatArray, two_site: TwoSiteSolution, of: str) -> FloatArray:
    """Return the integral over frequencies, mode by mode.

    R = (1 + i w)(i w + M)^{-1}, M = 1 - <phi'> J = V diag(mu) V^{-1}; n(w) := (1 + w^2) C^xi = (kappa^2 + w^2) C^phi;
        int n(w)/((i w + mu)(-i w + nu)) dw/2pi = (n(mu) + n(nu))/(mu + nu),
        n(mu) = int_0^inf n(t) exp(-mu t) dt = (kappa^2 - mu^2) c(mu) + mu C^phi(0),   c(mu) likewise of C^phi.
    """
    stationary = two_site.stationary
    slope = stationary.mean_slope
    values, vectors = np.linalg.eig(j)
    mu = 1.0 - slope * values
    if np.min(mu.real) <= 0:
        raise DMFTError(
            f"the linear equivalent of these couplings is unstable: an eigenvalue of <phi'> J has the real part "
            f"{1.0 - np.min(mu.real):.4g} >= 1 (N = {len(j)} is small for 1/(1 - g <phi'>) = "
            f"{two_site.population_timescale:.3g} tau); draw another matrix or a larger one"
        )
    kernel: Any = two_site.kernel
    mesh = kernel.mesh
    corr_phi, corr_x = (kernel.single(mesh.nodes, kind) for kind in _KINDS)
    waves = np.exp(-np.outer(mu, mesh.nodes)) * mesh.weights
    inverse = np.linalg.inv(vectors)
    sources = (1.0 - kernel.coupling - mu**2) * (waves @ corr_phi) + mu * corr_phi[0]
    weights = (sources[:, None] + sources.conj()) / (mu[:, None] + mu.conj())
    matrix = ((vectors @ (weights * (inverse @ inverse.conj().T))) @ vectors.conj().T).real
    if of == "x":
        own = corr_phi - slope**2 * corr_x
        # int r R dw/2pi = r(0) + <phi'> J r(M), r(mu) the one-sided transform
        passed = own[0] * np.eye(len(j)) + ((vectors * (slope * values * (waves @ own))) @ inverse).real
        matrix -= passed + passed.T - own[0] * np.eye(len(j))
        matrix /= slope**2
    return np.asarray(0.5 * (matrix + matrix.T), dtype=float)
