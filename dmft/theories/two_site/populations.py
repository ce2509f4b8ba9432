"""Pairs of units of several populations in continuous time: sums of squared covariances by block."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.theories.one_step import radius
from dmft.theories.two_site.block_kernel import BlockKernel, checked
from dmft.theories.two_site.pair_sums import Level


@dataclass(frozen=True, eq=False)
class PopulationKernel(BlockKernel):
    """Sums over pairs of several populations, i = j included."""

    where: ClassVar[str] = "between populations"

    @cached_property
    def fine(self) -> Level:
        """The sums by the nodes of the answer."""
        return Level(self.stationary, other=False)

    @cached_property
    def coarse(self) -> Level:
        """The sums by other, fewer nodes, everywhere: lags, frozen fields, terms, frequencies and their cut."""
        return Level(self.stationary, other=True)

    @property
    def growth(self) -> float:
        """rho(K mean(d^2)): of slow fluctuations the part of a squared covariance that is handed on; below 1."""
        return self.fine.growth

    @cached_property
    def identity(self) -> float:
        """By how much rho(K mean(d^2)), below 1, differs from rho(K q'(c_inf)), which it is: mu is resolved."""
        process = self.stationary.process
        slopes = process.averages_at(self.blocks, np.array([process.mesh.length])).p[0]
        known = radius(self.blocks.K * slopes)
        return abs(known - self.growth)

    @property
    def residual(self) -> float:
        """Largest of exp(-kappa T), what is left at the end of the window, and of the error of int C dw/2pi = C(0)."""
        return max(self.fine.residual, math.exp(-self._decades))

    @property
    def _decades(self) -> float:
        """kappa T, the window in units of the slowest decay."""
        return float(self.stationary.decay_rate * self.stationary.process.mesh.length)

    def variance_blocks(self, of: str) -> FloatArray:
        """Return the mean over the units of C_ii(0), the part that moves, shape (P,)."""
        return self.fine.variance(of)

    def blocks_at(self, lags: ArrayLike, of: str) -> FloatArray:
        """Return (1/N) sum of C_ij(lag)^2 over i in a and j in b, shape (P, P, n_lag)."""
        return self.fine.sums(np.atleast_1d(np.asarray(lags, dtype=float)), checked(of))

    def error(self, of: str, omega: float | None = None) -> float:
        """Return a bound on the error of the sum over all pairs at lag 0, or at a frequency, relative to it.

        The sums by other nodes, the identity of the frozen fields, and what an error of the correlations makes of it,
        which is of order 1/(1 - rho(K mean(d^2))) times as large.
        """
        if omega is None:
            fine, coarse = (float(level.sums(np.zeros(1), of).sum()) for level in (self.fine, self.coarse))
            lasting = 1.0
        else:
            fine, coarse = (_at(level, omega, of) for level in (self.fine, self.coarse))
            lasting = 1.0 + self._decades  # an error of the correlations may last as long as the window
        apart = abs(coarse / fine - 1.0)
        outcome = self.stationary.convergence
        bound = outcome.residual + (outcome.error if math.isfinite(outcome.error) else 0.0)
        amplified = 1.0 + 2.0 / max(1.0 - self.growth, 1e-12)
        window = 4.0 * self._decades * math.exp(-self._decades)
        return apart + amplified * (self.identity + 2.0 * bound * lasting) + window + 2.0 * self.fine.residual

    def single(self, lags: ArrayLike, of: str) -> FloatArray:
        """Return the mean over units of C_ii(lag), the part that moves."""
        return self.blocks.fractions @ self.fine.autocovariance(np.asarray(lags, dtype=float), of)

    def single_spectrum(self, omega: ArrayLike, of: str) -> FloatArray:
        """Return the mean over units of C_ii(w)."""
        return np.tensordot(self.blocks.fractions, self.fine.spectrum(np.asarray(omega, dtype=float), of), 1)

    def own_spectra(self, omega1: FloatArray, omega2: FloatArray, of: str) -> FloatArray:
        """Return the mean over units of C_ii(w1) C_ii(w2)."""
        _, own = self.fine.integrand(np.ravel(omega1), np.ravel(omega2), checked(of))
        return np.asarray(self.blocks.fractions @ own, dtype=float).reshape(np.shape(omega1))

    def at_frequencies(self, omega1: ArrayLike, omega2: ArrayLike, of: str) -> ComplexArray:
        """Return sum_ij C_ij(w1) C_ij(w2)/N, i = j included, of the broadcast shape."""
        w1, w2 = np.broadcast_arrays(np.asarray(omega1, dtype=float), np.asarray(omega2, dtype=float))
        f = self.blocks.fractions
        pairs, own = self.fine.integrand(w1.ravel(), w2.ravel(), checked(of))
        return np.asarray(np.einsum("nab,a,b->n", pairs, f, f) + f @ own, dtype=complex).reshape(w1.shape)


def _at(level: Level, omega: float, of: str) -> float:
    """Return the sum at a frequency over the square of the mean spectrum."""
    pairs, own = level.integrand(np.array([omega]), np.array([-omega]), of)
    f = level.blocks.fractions
    single = float(f @ level.spectrum(np.array([omega]), of)[:, 0])
    return float((f @ pairs[0] @ f).real + f @ own[:, 0]) / single**2
