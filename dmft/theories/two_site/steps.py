"""Pairs of units in discrete time: sums of squared covariances by block, of any number of populations.

phi_i(t) follows d_i sum_j J_ij dphi_j(t - 1), d_i = <phi'> of unit i given its frozen field mu_i. What two units share
comes from a common source so many steps back, along paths that meet nowhere else:
    psi_ab(k) = Lam^(k)_ab P_b + sum_c f_c P_c sum_{l >= 1} Lam^(l + k)_ac Lam^(l)_bc,
    Lam^(l) = (D K)^(l - 1) D G,   D = diag(mean over mu of d^2),   P_c = mean over mu of C_c(0)^2,
for phi at lag k >= 0; for x the first D is left out, since x is what phi' multiplies. The sums over steps are solved as
the equation of one more step. One population without a frozen part: PR/N = 1 - (g <phi'>)^4 of phi.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.cost import check_cost
from dmft.theories.blocks import Blocks
from dmft.theories.one_step import OneStep, radius
from dmft.theories.two_site.block_kernel import BlockKernel, checked
from dmft.theories.two_site.step_site import Site, site_of

_MOST = 100_000  # lag


@dataclass(frozen=True, eq=False)
class StepKernel(BlockKernel):
    """Sums over pairs in discrete time, i = j included."""

    where: ClassVar[str] = "in discrete time"

    @cached_property
    def step(self) -> OneStep:
        """The map of one step."""
        return OneStep(self.blocks)

    @cached_property
    def _state(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        s, populated = self.stationary, self.blocks.populated
        return populated(s.mean_x), populated(s.variance), populated(s.static_variance)

    @cached_property
    def site(self) -> Site:
        """Averages over the frozen field."""
        return site_of(self.step, *self._state)

    @cached_property
    def growth(self) -> float:
        """rho(K D): the part of a squared covariance that a step hands on; below 1."""
        return radius(self.blocks.K * self.site.slope_square)

    @cached_property
    def identity(self) -> float:
        """By how much rho(K D), below 1, differs from rho(K q'(c_inf)), which it is: the mean over mu is resolved."""
        process = self.stationary.process
        mean, variance, _ = self._state
        known = radius(self.blocks.K * self.step.held(mean, variance, process.frozen, other=True)[1])
        return abs(known - self.growth)

    @property
    def residual(self) -> float:
        """That of the average over mu: there is neither a window nor a cut."""
        return self.identity

    def variance_blocks(self, of: str) -> FloatArray:
        """Return C_a(0), the part that moves, shape (P,)."""
        return self.site.variance_phi if of == "phi" else self.site.variance_x

    def blocks_at(self, lags: ArrayLike, of: str) -> FloatArray:
        """Return (1/N) sum of C_ij(lag)^2 over i in a and j in b, shape (P, P, n_lag).

        Raises
        ------
        ValueError : for lags that are no whole numbers.
        """
        checked(of)
        at = np.atleast_1d(np.asarray(lags, dtype=float))
        if np.any(at != np.round(at)):
            raise ValueError(f"lags must be whole numbers in discrete time, got {at[at != np.round(at)][0]:g}")
        return np.stack([_blocks(self.blocks, self.site, int(k), of) for k in at], axis=-1)

    def error(self, of: str, omega: float | None = None) -> float:
        """Return a bound on the error of the sums over all pairs, relative to them; at a frequency it is the same.

        The averages by other nodes, the identity of `identity`, and the errors of the single-site solution, each
        varied by itself.
        """
        process, blocks = self.stationary.process, self.blocks
        m, v, c = self._state
        here = _blocks(blocks, self.site, 0, of).sum()
        varied = [site_of(self.step, m, v, c, other=True)]
        for dm, dv, dc in (
            (process.mean_error, 0.0, 0.0),
            (0.0, process.variance_error, 0.0),
            (0.0, 0.0, process.frozen_error),
        ):
            varied.append(site_of(self.step, m + dm, v + dv, np.minimum(c + dc, v + dv)))
        lost = sum(abs(_blocks(blocks, site, 0, of).sum() / here - 1.0) for site in varied)
        return float(2.0 * lost + self.identity / max(1.0 - self.growth, 1e-12) + 1e-14)

    def single(self, lags: ArrayLike, of: str) -> FloatArray:
        """Return the mean over units of C_ii(lag), the part that moves."""
        at = np.asarray(lags, dtype=float)
        return np.where(at == 0.0, float(self.blocks.fractions @ self.variance_blocks(of)), 0.0)

    def single_spectrum(self, omega: ArrayLike, of: str) -> FloatArray:
        """Return the mean over units of C_ii(w), which is flat."""
        return np.broadcast_to(self.single(0.0, of), np.shape(omega)).copy()

    def own_spectra(self, omega1: FloatArray, omega2: FloatArray, of: str) -> FloatArray:
        """Return the mean over units of C_ii(w1) C_ii(w2), which are flat."""
        checked(of)
        square = self.site.square_phi if of == "phi" else self.site.square_x
        return np.full(np.shape(omega1), float(self.blocks.fractions @ square))

    def at_frequencies(self, omega1: ArrayLike, omega2: ArrayLike, of: str) -> ComplexArray:
        """Return sum_ij C_ij(w1) C_ij(w2)/N, i = j included, of the broadcast shape."""
        checked(of)
        w1, w2 = np.broadcast_arrays(np.asarray(omega1, dtype=float), np.asarray(omega2, dtype=float))
        blocks, site, f = self.blocks, self.site, self.blocks.fractions
        square = site.square_phi if of == "phi" else site.square_x
        out = np.empty(w1.shape, dtype=complex)
        for place, turn in np.ndenumerate(np.exp(-1j * (w1 + w2))):
            paths = turn * np.linalg.solve(np.eye(len(f)) - turn * blocks.K * site.slope_square, blocks.gains)
            ends = site.slope_square if of == "phi" else np.ones(len(f))
            own = site.square_phi if of == "phi" else site.slope_square * site.square_x
            first = ends[:, None] * paths
            psi = first * own + (first * own).conj().T + (first * (f * site.square_phi)) @ first.conj().T
            out[place] = f @ psi @ f + f @ square
        return out


def _blocks(blocks: Blocks, site: Site, lag: int, of: str) -> FloatArray:
    check_cost(f"a lag of {lag} steps", seconds=1e-6 * abs(lag), longest=1e-6 * _MOST, remedy="take shorter lags")
    if lag < 0:
        return _blocks(blocks, site, -lag, of).T
    f, K, d = blocks.fractions, blocks.K, site.slope_square
    sources = f * site.square_phi
    onward = d[:, None] * K if of == "phi" else K * d
    first = d[:, None] * blocks.gains if of == "phi" else blocks.gains
    n = len(f)
    shared = np.linalg.solve(np.eye(n * n) - np.kron(onward, onward), ((first * sources) @ first.T).ravel())
    psi = np.linalg.matrix_power(onward, lag) @ shared.reshape(n, n)
    if lag > 0:
        direct = np.linalg.matrix_power(onward, lag - 1) @ first
        psi = psi + direct * (site.square_phi if of == "phi" else d * site.square_x)
        return np.asarray(f[:, None] * psi * f, dtype=float)
    own = site.square_phi if of == "phi" else site.square_x
    return np.asarray(f[:, None] * psi * f + np.diag(f * own), dtype=float)


def timescale(growth: float) -> float:
    """Return the steps in which a covariance falls by e: its square falls by rho(K D) a step."""
    return 2.0 / -math.log(growth) if growth > 0.0 else 0.0
