"""Pairs of linear units, of one population or several: sums over pairs as integrals over two frequencies.

With d_a = <phi_a'>, s_a(w1, w2) = d_a^2 H_a1 H_a2, Gam = (1 - K diag(s))^{-1} G, the covariance of i in a and j in b,
i != j, has N <C_ij(w1) C_ij(w2)> =
    phi: Lam_ab P_b + conj(Lam_ba) P_a + sum_c f_c Lam_ac conj(Lam_bc) P_c,    Lam_ab = s_a Gam_ab,
    x:   Lx_ab D_b + conj(Lx_ba) D_a + sum_c f_c Lx_ac conj(Lx_bc) P_c,        Lx_ab = H_a1 H_a2 Gam_ab,
with P_a = C^phi_a1 C^phi_a2 and D_a = d_a^2 C^x_a1 C^x_a2 [Clark, Abbott & Litwin-Kumar, PRL 131, 118401 (2023), with H
for the leak; by block as in `pair_sums`]. A delay enters by the phase of H_a1 H_a2. Where units keep frozen fields,
covariances are those given the field, and d_a^2 and P_a means over it, P_a a sum over few terms (`frozen_field`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import make_interp_spline

from dmft.arrays import ComplexArray, FloatArray
from dmft.cost import check_cost
from dmft.models.checks import one_of
from dmft.numerics.filtered_lags import LagGrid
from dmft.theories.blocks import Blocks
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.units.equations import Equations
from dmft.theories.stationary.units.perturbations import far_rate
from dmft.theories.stationary.units.table import Tables
from dmft.theories.two_site.frozen_field import frozen_field
from dmft.theories.two_site.solution import BLOCK_KINDS
from dmft.theories.units import Units, units_of

_LASTING = 8.0  # population time scales that a window holds: aliases of exp(-lag/scale) are of its square
_WIDTH = 1e-8  # of the largest of what pairs share, at which frequencies are cut
_MOST = 4000  # frequencies
_LINEAR = 2.0  # fastest poles, up to which frequencies are evenly spaced; beyond, in proportion
_HIGHEST = 1e4  # fastest poles
_BLOCK = 2**15  # numbers in a go
_RULE = 1e-9  # accuracy of the average over the frozen field
_SECONDS = 2e-8  # of a pair of frequencies and of populations


@dataclass(frozen=True, eq=False)
class FilterKernel:
    """Sums over pairs of filters, i = j included.

    Attributes
    ----------
    stationary : the single-site solution.
    spread : factor on the distance of frequencies; another one shows what that leaves out.
    """

    stationary: StationarySolution
    spread: float = 1.0

    @cached_property
    def units(self) -> Units:
        """The populations."""
        return units_of(self.stationary.network)

    @property
    def blocks(self) -> Blocks:
        """The populations as arrays."""
        return self.units.blocks

    @cached_property
    def _slope_square(self) -> FloatArray:
        """Mean over the frozen field of the square of the mean slope, shape (P,): <phi' phi'> at far lags."""
        return np.asarray(self.stationary.process.far(self.units), dtype=float)

    @property
    def growth(self) -> float:
        """sqrt(max_w rho(K <phi'>^2 |H(i w)|^2)): below 1 cross-covariances decay."""
        return math.sqrt(self.units.fastest_growth(self.units.K * self._slope_square, 0.0)[0])

    @property
    def timescale(self) -> float:
        """One over the distance of the slowest mode of the equivalent linear network from the imaginary axis."""
        return -1.0 / far_rate(self.units, self.units.K * self._slope_square)

    @cached_property
    def _grid(self) -> tuple[LagGrid, FloatArray]:
        """Return the lags, padded until pairs have forgotten, and the terms of C^phi there, shape (k, P, n + 1)."""
        process = self.stationary.process
        window = max(process.grid.window / 1.5, _LASTING * self.timescale) / self.spread
        n = math.ceil(window / process.grid.step)
        grid = LagGrid(process.grid.step, n)
        c = np.zeros((len(self.units), n + 1))
        length = min(process.grid.n, n) + 1
        c[:, :length] = process.covariance[:, :length]
        if process.frozen is None:
            return grid, process.averages_of(self.units, c, grid.lags)[0][None]
        c[:, length:] = process.frozen[:, None]
        fields = [
            frozen_field(phi, float(m), values, float(limit), _RULE, other=self.spread != 1.0)
            for phi, m, values, limit in zip(self.blocks.nonlinearities, process.means, c, process.frozen, strict=True)
        ]
        terms = np.zeros((max(len(field.terms) for field in fields), *c.shape))
        for a, field in enumerate(fields):
            terms[: len(field.terms), a] = field.terms
        return grid, terms

    @cached_property
    def _equations(self) -> Equations:
        return Equations(self.units, Tables(self.units.blocks.nonlinearities), self._grid[0], 257)

    @cached_property
    def _moving(self) -> FloatArray:
        """What moves of C^phi at the lags, its mean over units, shape (P, n + 1)."""
        process, (grid, terms) = self.stationary.process, self._grid
        if process.frozen is None:
            return np.asarray(terms[0])
        c = np.tile(process.frozen[:, None], (1, grid.n + 1))
        length = min(process.grid.n, grid.n) + 1
        c[:, :length] = process.covariance[:, :length]
        q = process.averages_of(self.units, c, grid.lags)[0]
        limit = process.averages_of(self.units, process.frozen[:, None], np.zeros(1))[0]
        return np.asarray(q - limit)

    def _spectra(self, omega: FloatArray) -> tuple[Any, ...]:
        """Return the terms of C^phi(w), shape (k, P, n_omega), C^x(w), H(w) and C^phi(w), shape (P, n_omega) each, at
        any frequencies."""
        terms = np.moveaxis(self._equations.spectrum_at(np.moveaxis(self._grid[1], 0, 1), omega), 1, 0)
        of_phi = (
            terms[0] if self.stationary.process.frozen is None else self._equations.spectrum_at(self._moving, omega)
        )
        of_x = self.units.size(1j * omega) * (self.units.K @ of_phi + self.blocks.spectrum(omega))
        return terms, of_x, self.units.at(1j * omega), of_phi

    @cached_property
    def _nodes(self) -> tuple[FloatArray, FloatArray, tuple[Any, ...], float]:
        """Return frequencies >= 0 and their weights, the spectra of all of both signs, and what the cut leaves.

        w = a sinh(u/a) at even distances of u, cut where C(w) |<phi'> H(w)|, which the covariance of a pair has for a
        factor, is gone.
        """
        grid = self._grid[0]
        fast = max(float(np.max(np.abs(transfer.poles))) for transfer in self.units.transfers)
        bend, du = _LINEAR * fast * (1.0 + 0.25 * (self.spread - 1.0)), math.pi / grid.window
        probes = np.geomspace(0.05 * fast, _HIGHEST * fast, 300)
        shared = self._shared(self._spectra(probes))
        alive = np.flatnonzero(shared > _WIDTH / self.spread * np.max(shared))
        last = probes[min(int(alive[-1]) + 1, len(probes) - 1)]
        u = du * np.arange(min(math.ceil(bend * math.asinh(last / bend) / du), _MOST) + 1)
        w, weights = bend * np.sinh(u / bend), du * np.cosh(u / bend) / (2.0 * math.pi)
        spectra = self._spectra(w)
        both = tuple(np.concatenate([part[..., :0:-1].conj(), part], axis=-1) for part in spectra)
        lost = float(self._shared(spectra)[-1] * w[-1] / (2.0 * math.pi * (self._shared(spectra) @ weights)))
        return w, weights, both, lost

    def _shared(self, spectra: tuple[Any, ...]) -> FloatArray:
        _, of_x, h, of_phi = spectra
        return np.asarray(np.max(np.sqrt(self._slope_square)[:, None] * np.abs(h) * (of_phi + of_x), axis=0))

    @property
    def residual(self) -> float:
        """What the cut of the frequencies and the end of the window leave out, relative."""
        return self._nodes[3] + math.exp(-2.0 * self._grid[0].window / self.timescale)

    def error(self, of: str, omega: float | None = None) -> float:
        """Return a bound on the relative error of the sum over all pairs at lag 0, or at a frequency.

        Frequencies a third further apart, what is cut, and what an error of the correlations makes of it, which is of
        order 1/(1 - growth) times as large.
        """
        outcome = self.stationary.convergence
        lost = (outcome.error if math.isfinite(outcome.error) else 1.0) * (1.0 + 2.0 / max(1.0 - self.growth, 1e-12))
        if omega is not None:
            return 2.0 * self.residual + lost * self._grid[0].window / self.timescale
        other = FilterKernel(self.stationary, 4.0 / 3.0)
        mine, its = (float(kernel.on_diagonal(np.zeros(1), of)[0]) for kernel in (self, other))
        return abs(its / mine - 1.0) + 2.0 * self.residual + 2.0 * lost

    def _between(self, powers: ComplexArray, own: ComplexArray, filters: ComplexArray, of: str) -> ComplexArray:
        """Return N <C_ij C_ij> of i != j, shape (P, P, ...), of P, C^x C^x and H H at two frequencies."""
        d2, f = (part.reshape(-1, *[1] * (powers.ndim - 1)) for part in (self._slope_square, self.blocks.fractions))
        lam = (d2 * filters if of == "phi" else filters)[:, None] * self._paths(d2 * filters)
        first = lam * (powers if of == "phi" else d2 * own)
        heard = np.einsum("ac...,bc...->ab...", lam * (f * powers), np.conj(lam))
        return np.asarray(first + np.conj(np.swapaxes(first, 0, 1)) + heard)

    def _paths(self, s: ComplexArray) -> ComplexArray:
        """Return (1 - K diag(s))^{-1} G, shape (P, P, ...), by elimination, which needs no pivots: rho(K |s|) < 1."""
        K, one = self.units.K, np.eye(len(self.units))
        shape = (*K.shape, *[1] * (s.ndim - 1))
        left = one.reshape(shape) - K.reshape(shape) * s
        right: ComplexArray = np.zeros_like(left) + self.blocks.gains.reshape(shape)
        for k in range(len(K)):
            row, found = left[k] / left[k, k], right[k] / left[k, k]
            for i in range(len(K)):
                if i != k:
                    right[i] -= left[i, k] * found
                    left[i] -= left[i, k] * row
            left[k], right[k] = row, found
        return right

    def _double(self, lags1: FloatArray, lags2: FloatArray, of: str, diagonal: bool) -> FloatArray:
        """Return (1/N) sums by block at lags, shape (P, P, n) or (P, P, n1, n2), those of i = j exactly: sums over
        w1 >= 0 and w2 of both signs."""
        w, weights, spectra, _ = self._nodes
        f, n = self.blocks.fractions, len(self.units)
        check_cost(
            f"pairs at {2 * len(w) ** 2:,} pairs of frequencies",
            seconds=2.0 * _SECONDS * (len(w) * n) ** 2,
            remedy="merge populations, or move away from the transition",
        )
        both, both_weights = np.concatenate([-w[:0:-1], w]), np.concatenate([weights[:0:-1], weights])
        second = both_weights[:, None] * np.exp(1j * np.multiply.outer(both, lags2))
        out: FloatArray = np.zeros((n, n, len(lags1)) if diagonal else (n, n, len(lags1), len(lags2)))
        block = max(1, _BLOCK // (n**2 * len(both)))
        for begin in range(0, len(w), block):
            at = slice(begin, min(begin + block, len(w)))
            rows = [part[..., len(w) - 1 :][..., at] for part in spectra]
            powers = np.matmul(np.moveaxis(rows[0], 0, -1), np.moveaxis(spectra[0], 0, 1))  # summed over the terms
            own, filters = (rows[k][..., None] * spectra[k][:, None] for k in (1, 2))
            inner = self._between(powers, own, filters, of) @ second
            weight = np.where(w[at] > 0.0, 2.0, 1.0) * weights[at]  # w1 and -w1 together are twice the real part
            turned = weight[:, None] * np.exp(1j * np.multiply.outer(w[at], lags1))
            out += np.einsum("rl,abrl->abl" if diagonal else "rk,abrl->abkl", turned, inner).real
        out *= np.multiply.outer(f, f).reshape(n, n, *[1] * (out.ndim - 2))
        first, last = self._terms_at(lags1, of), self._terms_at(lags2, of)
        squares = np.sum(first * last if diagonal else first[..., :, None] * last[..., None, :], axis=0)
        each = np.arange(n)
        out[each, each] += f.reshape(n, *[1] * (squares.ndim - 1)) * squares
        return out

    def _singles(self, lags: FloatArray, of: str) -> FloatArray:
        """Return what moves of C_ii(lag), its mean over the units of each population, shape (P, n_lag)."""
        of_solution = self.stationary.corr_phi_at if of == "phi" else self.stationary.cov_x_at
        found = np.asarray(of_solution(lags), dtype=float).reshape(len(self.units), *np.shape(lags))
        process = self.stationary.process
        if process.frozen is None:
            return found
        limit = process.frozen
        if of == "phi":
            limit = process.averages_of(self.units, process.frozen[:, None], np.zeros(1))[0][:, 0]
        return np.asarray(found - limit.reshape(-1, *[1] * np.ndim(lags)))

    def _terms_at(self, lags: FloatArray, of: str) -> FloatArray:
        """Return functions whose products at two lags, summed over the first axis, are the mean over the units of
        C_ii C_ii, shape (k, P, n_lag)."""
        if self.stationary.process.frozen is None or of != "phi":
            return self._singles(lags, of)[None]
        grid, terms = self._grid
        spline = make_interp_spline(grid.lags, terms, k=7, axis=-1)
        return np.where(lags <= grid.window, spline(np.minimum(np.abs(lags), grid.window)), 0.0)

    def blocks_at(self, lags: ArrayLike, of: str) -> FloatArray:
        """Return (1/N) sum of C_ij(lag)^2 over i in a and j in b, shape (P, P, n_lag)."""
        at = np.atleast_1d(np.asarray(lags, dtype=float))
        return self._double(at, at, one_of("of", of, BLOCK_KINDS), True)

    def variance_blocks(self, of: str) -> FloatArray:
        """Return C_ii(0) of each population, shape (P,)."""
        return self._singles(np.zeros(1), of)[:, 0]

    def at_frequencies(self, omega1: ArrayLike, omega2: ArrayLike, of: str) -> ComplexArray:
        """Return the sum of C_ij(w1) C_ij(w2), of the broadcast shape."""
        w1, w2 = np.broadcast_arrays(np.asarray(omega1, dtype=float), np.asarray(omega2, dtype=float))
        one, other, f = self._spectra(w1.ravel()), self._spectra(w2.ravel()), self.blocks.fractions
        products = np.sum(one[0] * other[0], axis=0), one[1] * other[1], one[2] * other[2]
        pairs = f @ np.tensordot(f, self._between(*products, one_of("of", of, BLOCK_KINDS)), 1)
        return np.asarray(pairs + self.own_spectra(w1.ravel(), w2.ravel(), of), dtype=complex).reshape(w1.shape)

    def at_lags(self, lag1: FloatArray, lag2: FloatArray, of: str) -> FloatArray:
        """Return the sum of C_ij(lag1) C_ij(lag2), shape (n1, n2)."""
        lags = np.asarray(lag1, dtype=float), np.asarray(lag2, dtype=float)
        return np.asarray(self._double(*lags, one_of("of", of, BLOCK_KINDS), False).sum(axis=(0, 1)))

    def on_diagonal(self, lags: FloatArray, of: str) -> FloatArray:
        """Return the sum of C_ij(lag)^2, shape (n,)."""
        return np.asarray(self.blocks_at(lags, of).sum(axis=(0, 1)))

    def single(self, lags: ArrayLike, of: str) -> FloatArray:
        """Return the mean over units of C_ii(lag)."""
        at = np.asarray(lags, dtype=float)
        values = self._singles(at, one_of("of", of, BLOCK_KINDS))
        return np.asarray(np.tensordot(self.blocks.fractions, values, 1))

    def single_spectrum(self, omega: ArrayLike, of: str) -> FloatArray:
        """Return the mean over units of C_ii(w)."""
        w = np.asarray(omega, dtype=float)
        spectra = self._spectra(w.ravel())[1 if one_of("of", of, BLOCK_KINDS) != "phi" else 3]
        return np.asarray(self.blocks.fractions @ spectra).reshape(w.shape)

    def own_spectra(self, omega1: FloatArray, omega2: FloatArray, of: str) -> FloatArray:
        """Return the mean over units of C_ii(w1) C_ii(w2)."""
        which = int(one_of("of", of, BLOCK_KINDS) != "phi")
        one, other = (self._spectra(np.ravel(omega))[which] for omega in (omega1, omega2))
        own = one * other if which else np.sum(one * other, axis=0)
        return np.asarray(self.blocks.fractions @ own).reshape(np.shape(omega1))
