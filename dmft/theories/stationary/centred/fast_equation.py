"""A sinusoid that is fast compared with the decay of correlations: two times, and a mesh that knows only the slow one.

With C_G(lag) = C(lag, s) at s = w lag, periodic in s, C = sum_k c_k(lag) exp(i k s), the equation is
    [1 - (d + i k w)^2] c_k = g^2 S_k,   S_k(lag) the Fourier coefficients of C^phi(C(lag, s), s; c0) in s.
For k = 0 it is the equation on the slow mesh, with an average over s as its source. For k > 0 the slow solution is
found on the same mesh (c_k(-lag) = c_k(lag)*, so that C_G has no kink at lag 0), and enters the source again: a
contraction by g^2 <phi' phi'>/w^2. Harmonics of C_G are weaker than those of C^phi by 1/(1 + (k w)^2), but none is
neglected. Where C^phi is not smooth enough for c_k to be slow, a finer mesh changes it, and the residual tells.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.budget import spend
from dmft.theories.stationary.centred.lag_equation import EquationOnMesh, Terms

_NOTHING = 1e-17  # part of C^phi below which a harmonic is left out
_MOST_SWEEPS = 30


@dataclass(frozen=True)
class FastTerms(Terms):
    """Averages over the fast phase: C^phi, <phi' phi'> and d C^phi/d c0 on the slow mesh, and the ripple."""

    slope: FloatArray
    heat: FloatArray
    ripple: ComplexArray


@dataclass(frozen=True)
class FastEquation(EquationOnMesh):
    """The self-consistency equation for the slow part of C_G.

    Attributes
    ----------
    omega : w, large compared with the rates at which correlations decay.
    """

    omega: float = math.inf

    def _found_terms(self, covariance: FloatArray) -> FastTerms:
        memory = self._memory
        g2, t = self.gain**2, self.mesh.nodes
        site: Any = self.site_at(max(memory.get("variance", 0.0), abs(float(covariance[0]))))
        n_phases = 2 ** math.ceil(math.log2(2.0 * site.n_harmonics + 6.0))
        phase = 2.0 * math.pi * np.arange(n_phases) / n_phases
        lags = np.broadcast_to(phase / self.omega, (len(t), n_phases))
        # From no ripple, not from an earlier one: rounding at wave numbers near k w is not taken down by the sweeps.
        waves, change = np.zeros((len(t), n_phases)), math.inf
        for _ in range(_MOST_SWEEPS):
            variance = float(covariance[0] + waves[0, 0])
            if not variance > 0:
                nothing = np.full(len(t), math.nan)
                return FastTerms(variance, nothing, site, nothing, nothing, np.zeros((0, len(t)), dtype=complex))
            site = self.site_at(variance)
            spend(2e-8 * lags.size)
            source = site.corr_phi(covariance[:, None] + waves, lags)
            harmonics = 2.0 * np.fft.rfft(source, axis=1)[:, : n_phases // 2].T / n_phases
            harmonics[0] *= 0.5
            ripple = g2 * self._inverted(harmonics)
            spectrum = np.zeros((len(t), n_phases // 2 + 1), dtype=complex)
            spectrum[:, 1 : n_phases // 2] = 0.5 * n_phases * ripple.T
            new = np.fft.irfft(spectrum, n=n_phases, axis=1)
            before, change = change, float(np.max(np.abs(new - waves)))
            waves = new
            if change <= 1e-16 * variance or (change > 0.5 * before and change < 1e-9 * variance):
                break
        total = covariance[:, None] + waves
        memory["variance"] = float(covariance[0] + waves[0, 0])
        return FastTerms(
            float(covariance[0] + waves[0, 0]),
            harmonics[0].real,
            site,
            site.corr_slope(total, lags).mean(axis=1),
            site.corr_by_variance(total, lags).mean(axis=1),
            ripple,
        )

    def variance(self, covariance: FloatArray) -> float:
        """Return c0, to which the ripple contributes."""
        return self.terms(covariance).variance

    def _inverted(self, harmonics: ComplexArray) -> ComplexArray:
        """Return [1 - (d + i k w)^2]^{-1} S_k for k > 0, shape (n_harmonics - 1, n)."""
        out = np.zeros((len(harmonics) - 1, len(self.mesh.nodes)), dtype=complex)
        size = np.max(np.abs(harmonics), axis=1)
        for k in range(1, len(harmonics)):
            if size[k] <= _NOTHING * size[0]:
                continue
            right = np.stack([harmonics[k].real, harmonics[k].imag], axis=1) * self.mesh.weights[:, None]
            right[0, 1] = 0.0
            out[k - 1] = self._factor(k)(right.ravel()).view(complex)
        return out

    def _factor(self, k: int) -> Callable[[FloatArray], FloatArray]:
        """Return the solver for one harmonic c = a + i b: a' = 0 and b = 0 at lag 0 (c(-lag) = c(lag)*), c' = 0 far."""
        solvers = self._memory.setdefault("solvers", {})
        if k not in solvers:
            from scipy.sparse import bmat, coo_matrix, csc_matrix
            from scipy.sparse.linalg import splu

            mesh, q = self.mesh, k * self.omega
            spend(8e-6 * len(mesh.nodes))
            rows, columns, bent, turned = mesh.triplets()
            shape = (len(mesh.nodes), len(mesh.nodes))
            even = coo_matrix((bent, (rows, columns)), shape=shape).tocsr()
            even.setdiag(even.diagonal() + (1.0 + q * q) * mesh.weights)
            odd = 2.0 * q * coo_matrix((turned, (rows, columns)), shape=shape)
            matrix = bmat([[even, odd], [-odd, even]]).tolil()
            n = len(mesh.nodes)
            matrix[n] = 0.0
            matrix[n, n] = 1.0
            order = np.arange(2 * n).reshape(2, n).T.ravel()  # a and b of a node side by side
            solvers[k] = splu(csc_matrix(matrix.tocsr()[order][:, order]), permc_spec="NATURAL").solve
        found: Callable[[FloatArray], FloatArray] = solvers[k]
        return found

    def slopes(self, covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return <phi' phi'> and d C^phi/d c0, averaged over the phase."""
        terms = self.terms(covariance)
        assert isinstance(terms, FastTerms)
        return terms.slope, terms.heat
