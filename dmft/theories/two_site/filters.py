"""Pairs of linear units: the sums over pairs as integrals over two frequencies.

With S = <phi'> H, p = g^2 |S|^2 and r = C^phi (1 - p) - |S|^2 C_I
    sum_ij C^phi_ij(w1) C^phi_ij(w2)/N = C^phi_1 C^phi_2/|1 - g^2 S1 S2|^2,
    sum_ij C^x_ij(w1) C^x_ij(w2)/N = |H1 H2|^2 T {g^4 (2 - p1 p2) r1 r2 + [g^2 C_I1 r2 (1 + p1 (1 - p2)) + (1 <-> 2)]
        + C_I1 C_I2},   T = 1/((1 - p1)(1 - p2) |1 - g^2 S1 S2|^2)
[Clark, Abbott & Litwin-Kumar, PRL 131, 118401 (2023), with H for the leak]. A delay enters by the phase of S1 S2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.models.checks import one_of
from dmft.numerics.filtered_lags import LagGrid
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.units.equations import Equations
from dmft.theories.stationary.units.table import Tables
from dmft.theories.units import Units, units_of

_LASTING = 8.0  # population time scales that a window holds: aliases of exp(-lag/scale) are of its square
_WIDTH = 1e-8  # of the largest of what pairs share, at which frequencies are cut
_MOST = 4000  # frequencies
_LINEAR = 2.0  # fastest poles, up to which frequencies are evenly spaced; beyond, in proportion
_HIGHEST = 1e4  # fastest poles
_BLOCK = 256
_KINDS = ("phi", "x")


@dataclass(frozen=True, eq=False)
class FilterKernel:
    """Sums over pairs of one population of filters, i = j included.

    Attributes
    ----------
    stationary : the single-site solution.
    spread : factor on the distance of frequencies; another one shows what that leaves out.
    """

    stationary: StationarySolution
    spread: float = 1.0

    @cached_property
    def units(self) -> Units:
        """The population."""
        return units_of(self.stationary.network)

    @cached_property
    def _slope(self) -> float:
        return float(np.ravel(self.stationary.mean_slope)[0])

    @property
    def growth(self) -> float:
        """max_w |g <phi'> H(i w)|: below 1 cross-covariances decay."""
        return math.sqrt(self.units.fastest_growth(self.units.K * self._slope**2, 0.0)[0])

    @property
    def timescale(self) -> float:
        """One over the distance of the slowest mode of the equivalent linear network from the imaginary axis."""
        from scipy.optimize import brentq

        gains = self.units.K * self._slope**2
        pole = self.units.abscissa
        low = pole + 1e-9 * abs(pole)
        return -1.0 / float(brentq(lambda rate: self.units.fastest_growth(gains, rate)[0] - 1.0, low, 0.0, xtol=1e-12))

    @cached_property
    def _grid(self) -> tuple[LagGrid, FloatArray, FloatArray]:
        """Return the lags, padded until pairs have forgotten, and C^phi and C^x there."""
        process = self.stationary.process
        window = max(process.grid.window / 1.5, _LASTING * self.timescale) / self.spread
        n = math.ceil(window / process.grid.step)
        grid = LagGrid(process.grid.step, n)
        c = np.zeros((1, n + 1))
        length = min(process.grid.n, n) + 1
        c[:, :length] = process.covariance[:, :length]
        return grid, process.averages_of(self.units, c, grid.lags)[0], c

    @cached_property
    def _equations(self) -> Equations:
        return Equations(self.units, Tables(self.units.blocks.nonlinearities), self._grid[0], 257)

    def _spectra(self, omega: FloatArray) -> tuple[Any, ...]:
        """Return C^phi(w), C_I(w), S(w) and |H(w)|^2 at any frequencies."""
        of_phi = self._equations.spectrum_at(self._grid[1], omega)[0]
        given = self.units.blocks.spectrum(omega)[0]
        return of_phi, given, self._slope * self.units.at(1j * omega)[0], self.units.size(1j * omega)[0]

    @cached_property
    def _nodes(self) -> tuple[FloatArray, FloatArray, tuple[Any, ...], float]:
        """Return frequencies >= 0 and their weights, the spectra of all of both signs, and what the cut leaves.

        w = a sinh(u/a) at even distances of u, cut where C(w) |S(w)|, which the covariance of a pair has for a factor,
        is gone.
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
        both = tuple(np.concatenate([part[:0:-1].conj(), part]) for part in spectra)
        lost = float(self._shared(spectra)[-1] * w[-1] / (2.0 * math.pi * (self._shared(spectra) @ weights)))
        return w, weights, both, lost

    def _shared(self, spectra: tuple[Any, ...]) -> FloatArray:
        of_phi, given, s, h = spectra
        return np.asarray(np.abs(s) * (of_phi + h * (float(self.units.K[0, 0]) * of_phi + given)))

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

    def at_frequencies(self, omega1: ArrayLike, omega2: ArrayLike, of: str) -> ComplexArray:
        """Return the sum of C_ij(w1) C_ij(w2), of the broadcast shape."""
        w1, w2 = np.broadcast_arrays(np.asarray(omega1, dtype=float), np.asarray(omega2, dtype=float))
        one, other = self._spectra(w1.ravel()), self._spectra(w2.ravel())
        return np.asarray(self._sum(one, other, of), dtype=complex).reshape(w1.shape)

    def _sum(self, one: tuple[Any, ...], other: tuple[Any, ...], of: str) -> FloatArray:
        """Return it of spectra that broadcast against each other."""
        one_of("of", of, _KINDS)
        g2 = float(self.units.K[0, 0])
        (c1, i1, s1, h1), (c2, i2, s2, h2) = one, other
        bottom = np.abs(1.0 - g2 * s1 * s2) ** 2
        if of == "phi":
            return np.asarray(c1 * c2 / bottom)
        p1, p2 = g2 * np.abs(s1) ** 2, g2 * np.abs(s2) ** 2
        r1, r2 = c1 * (1.0 - p1) - np.abs(s1) ** 2 * i1, c2 * (1.0 - p2) - np.abs(s2) ** 2 * i2
        mixed = i1 * r2 * (1.0 + p1 * (1.0 - p2)) + i2 * r1 * (1.0 + p2 * (1.0 - p1))
        inner = g2**2 * (2.0 - p1 * p2) * r1 * r2 + g2 * mixed + i1 * i2
        return np.asarray(h1 * h2 * inner / ((1.0 - p1) * (1.0 - p2) * bottom))

    def _double(self, lags1: FloatArray, lags2: FloatArray, of: str, diagonal: bool) -> FloatArray:
        """Return the sums at lags, those of i = j exactly: sums over w1 >= 0 and w2 of both signs."""
        w, weights, spectra, _ = self._nodes
        first = self.single(lags1, of)
        own = first**2 if diagonal else np.multiply.outer(first, self.single(lags2, of))
        both, both_weights = np.concatenate([-w[:0:-1], w]), np.concatenate([weights[:0:-1], weights])
        second = both_weights[:, None] * np.exp(1j * np.multiply.outer(both, lags2))
        out = np.zeros(np.shape(own))
        for begin in range(0, len(w), _BLOCK):
            at = slice(begin, min(begin + _BLOCK, len(w)))
            rows = tuple(part[len(w) - 1 :][at][:, None] for part in spectra)
            values = self._sum(rows, spectra, of) - self._own(rows, of) * self._own(spectra, of)
            weight = np.where(w[at] > 0.0, 2.0, 1.0) * weights[at]  # w1 and -w1 together are twice the real part
            turned = weight[:, None] * np.exp(1j * np.multiply.outer(w[at], lags1))
            inner = values @ second
            out += np.sum(turned * inner, axis=0).real if diagonal else (turned.T @ inner).real
        return np.asarray(own + out)

    def _own(self, spectra: tuple[Any, ...], of: str) -> FloatArray:
        """Return C_ii(w)."""
        of_phi, given, _, h = spectra
        return np.asarray(of_phi if of == "phi" else h * (float(self.units.K[0, 0]) * of_phi + given))

    def at_lags(self, lag1: FloatArray, lag2: FloatArray, of: str) -> FloatArray:
        """Return the sum of C_ij(lag1) C_ij(lag2), shape (n1, n2)."""
        return self._double(np.asarray(lag1, dtype=float), np.asarray(lag2, dtype=float), of, False)

    def on_diagonal(self, lags: FloatArray, of: str) -> FloatArray:
        """Return the sum of C_ij(lag)^2, shape (n,)."""
        at = np.asarray(lags, dtype=float)
        return self._double(at, at, of, True)

    def single(self, lags: ArrayLike, of: str) -> FloatArray:
        """Return C_ii(lag)."""
        of_solution = self.stationary.corr_phi_at if one_of("of", of, _KINDS) == "phi" else self.stationary.corr_x_at
        return np.asarray(of_solution(np.asarray(lags, dtype=float)), dtype=float).reshape(np.shape(lags))

    def single_spectrum(self, omega: ArrayLike, of: str) -> FloatArray:
        """Return C_ii(w)."""
        w = np.asarray(omega, dtype=float)
        return self._own(self._spectra(w.ravel()), one_of("of", of, _KINDS)).reshape(w.shape)

    def own_spectra(self, omega1: FloatArray, omega2: FloatArray, of: str) -> FloatArray:
        """Return C_ii(w1) C_ii(w2)."""
        return self.single_spectrum(omega1, of) * self.single_spectrum(omega2, of)
