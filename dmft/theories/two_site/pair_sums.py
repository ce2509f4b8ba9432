"""Sums over pairs of units of several populations in continuous time, on one choice of nodes.

With F_a = 1/(1 + i w tau_a), s_a(w1, w2) = F_a1 F_a2 mean(d_a^2), Gam = (1 - K diag(s))^{-1} G, of the covariance of i
in a and j in b, N <C_ij(w1) C_ij(w2)> for i != j is
    phi: Lam_ab P_b + conj(Lam_ba) P_a + sum_c f_c Lam_ac conj(Lam_bc) P_c,    Lam_ab = s_a Gam_ab,
    x:   Lx_ab D_b + conj(Lx_ba) D_a + sum_c f_c Lx_ac conj(Lx_bc) P_c,        Lx_ab = F_a1 F_a2 Gam_ab,
with P_a = mean(C^phi_a(w1|mu) C^phi_a(w2|mu)) and D_a = mean(d_a^2) C^x_a1 C^x_a2, means over the frozen field mu of a
unit, all covariances those given mu [after Clark, Abbott & Litwin-Kumar, PRL 131, 118401 (2023)].
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.cost import check_cost
from dmft.numerics.fourier import even_transform, wave_weights
from dmft.numerics.interpolation import interpolation
from dmft.numerics.rotated import Rotated, rotated, rotated_at
from dmft.numerics.spectral_elements import HalfLine, graded_edges
from dmft.theories.one_step import radius
from dmft.theories.stationary import StationarySolution
from dmft.theories.two_site.frozen_field import FrozenField, frozen_field

_RULE = 1e-9  # accuracy of the average over the frozen field
_STEP, _COARSE = 0.16, 0.2  # of the rule in v, and of that which checks it
_CUT = 1000.0  # frequency times the shortest time constant at which the integrals end
_DEGREE = 10  # of the mesh in v
_ELEMENT = 0.8  # of frequencies, in asinh(w/scale)


class Level:
    """Everything on one choice of nodes."""

    def __init__(self, stationary: StationarySolution, *, other: bool) -> None:
        process, blocks = stationary.process, stationary.blocks
        self.blocks, self.other = blocks, other
        known: HalfLine = process.mesh
        self.mesh = known if other else known.split()
        c = process.covariance_at(self.mesh.nodes)
        frozen = process.frozen
        self.fields: list[FrozenField] = [
            frozen_field(phi, float(m), c[:, a], float(frozen[a]), _RULE, other=other)
            for a, (phi, m) in enumerate(zip(blocks.nonlinearities, process.means))
        ]
        self.slope_square = np.array([field.slope_square for field in self.fields])
        self.growth = radius(blocks.K * self.slope_square)
        slow = float(np.max(blocks.tau))
        self._along = 0.5 * min(stationary.decay_rate, 1.0 / slow)
        self._across = 0.5 * max(1.0 - self.growth, 1e-9) / slow
        self._cut = (0.5 if other else 1.0) * _CUT / float(np.min(blocks.tau))

    @cached_property
    def _frequencies(self) -> HalfLine:
        """Mesh in asinh(w/scale) on which spectra are interpolated."""
        end = math.asinh(2.0 * self._cut / self._along)
        return HalfLine(np.linspace(0.0, end, 1 + math.ceil(end / _ELEMENT)))

    @cached_property
    def _spectra(self) -> list[tuple[FloatArray, FloatArray, FloatArray]]:
        """Spectra of terms, mean and moving part of each population, at the frequencies."""
        w = self._along * np.sinh(self._frequencies.nodes)
        sizes = [len(field.terms) for field in self.fields]
        stacked = np.concatenate([np.vstack([f.terms, f.mean, f.moving]) for f in self.fields])
        found = even_transform(self.mesh, stacked, w)
        parts, start = [], 0
        for k in sizes:
            parts.append((found[start : start + k], found[start + k], found[start + k + 1]))
            start += k + 2
        return parts

    def interpolated(self, omega: FloatArray) -> Any:
        """Return the matrix that takes functions from the mesh of frequencies to frequencies."""
        return interpolation(self._frequencies, np.arcsinh(np.abs(omega) / self._along))

    def spectrum(self, omega: FloatArray, of: str) -> FloatArray:
        """Return the mean over units of C_ii(w) of each population, shape (P, *omega.shape)."""
        index, to = 1 if of == "phi" else 2, self.interpolated(omega.ravel())
        return np.stack([(to @ parts[index]).reshape(omega.shape) for parts in self._spectra])

    def autocovariance(self, lags: FloatArray, of: str) -> FloatArray:
        """Return the mean over units of C_ii(lag) of each population, shape (P, *lags.shape)."""
        values = [field.mean if of == "phi" else field.moving for field in self.fields]
        at = np.minimum(np.abs(lags), self.mesh.length)
        return np.stack([self.mesh.interpolate(v, at) for v in values])

    def variance(self, of: str) -> FloatArray:
        """Return the mean over units of C_ii(0), shape (P,)."""
        return np.array([(field.mean if of == "phi" else field.moving)[0] for field in self.fields])

    def _squares(self, lags: FloatArray, of: str) -> FloatArray:
        """Return the mean over units of C_ii(lag)^2, shape (P, n_lag)."""
        at = np.minimum(np.abs(lags), self.mesh.length)
        out = []
        for field in self.fields:
            rows = field.terms if of == "phi" else field.moving[None]
            out.append(sum(self.mesh.interpolate(row, at) ** 2 for row in rows))
        return np.array(out)

    def integrand(self, w1: FloatArray, w2: FloatArray, of: str) -> tuple[ComplexArray, FloatArray]:
        """Return N <C_ij(w1) C_ij(w2)> of i != j, shape (n, P, P), and the mean of C_ii(w1) C_ii(w2), shape (P, n)."""
        return self._on(_Frequencies(self, w1, w2), of)

    def _on(self, at: _Frequencies, of: str) -> tuple[ComplexArray, FloatArray]:
        f, d2 = self.blocks.fractions, self.slope_square
        powers = np.stack([at.products(terms) for terms, _, _ in self._spectra], axis=-1)
        if of == "phi":
            lam, own, direct = (at.filters * d2)[:, :, None] * at.paths, powers, powers
        else:
            own = np.stack([at.products(x[None]) for _, _, x in self._spectra], axis=-1)
            lam, direct = at.filters[:, :, None] * at.paths, d2 * own
        first = lam * direct[:, None, :]
        pairs = first + np.conj(np.swapaxes(first, 1, 2))
        pairs += (lam * (f * powers)[:, None, :]) @ np.conj(np.swapaxes(lam, 1, 2))
        return pairs, own.T

    @cached_property
    def _nodes(self) -> Rotated:
        step = _COARSE if self.other else _STEP
        return rotated(self._along, self._across, self._cut, step, offset=not self.other)

    @cached_property
    def _at_nodes(self) -> _Frequencies:
        return _Frequencies(self, self._nodes.first, self._nodes.second)

    @cached_property
    def _of_v(self) -> HalfLine:
        """Mesh of v: on it the transform to a lag is exact for polynomials, however long the lag."""
        return HalfLine(graded_edges(self._across, math.inf, self._cut, growth=2.0), _DEGREE)

    @cached_property
    def _over_u(self) -> dict[str, FloatArray]:
        """The integrals over u at the mesh of v, shape (P, P, n_v), of phi and x; filled when asked for."""
        return {}

    def sums(self, lags: FloatArray, of: str) -> FloatArray:
        """Return (1/N) sum of C_ij(lag)^2 by block, shape (P, P, n_lag)."""
        f = self.blocks.fractions
        if np.any(lags):
            between = self._at_lags(lags, of)
        else:
            pairs, _ = self._on(self._at_nodes, of)
            between = np.real(np.tensordot(self._nodes.weights, pairs, 1))[:, :, None] * np.ones(len(lags))
        between = between * f[:, None, None] * f[None, :, None]
        between[np.arange(len(f)), np.arange(len(f))] += f[:, None] * self._squares(lags, of)
        return between

    def _at_lags(self, lags: FloatArray, of: str) -> FloatArray:
        mesh = self._of_v
        if of not in self._over_u:
            nodes = rotated_at(mesh.nodes, np.ones(len(mesh.nodes)), self._along, self._cut, fine=True)
            pairs, _ = self.integrand(nodes.first, nodes.second, of)
            found = np.add.reduceat(pairs * nodes.weights[:, None, None], nodes.starts, axis=0)
            self._over_u[of] = np.moveaxis(found, 0, -1)
        return np.real(self._over_u[of] @ wave_weights(mesh, 2.0 * lags).T)

    @cached_property
    def residual(self) -> float:
        """What the frequencies lose of C(0) of phi and of x, relative."""
        lost = []
        y = self._frequencies
        weights = y.weights * self._along * np.cosh(y.nodes) / math.pi
        for field, (_, mean, moving) in zip(self.fields, self._spectra):
            for values, spectrum in ((field.mean, mean), (field.moving, moving)):
                if values[0] > 0:
                    tail = spectrum[-1] * self._along * math.sinh(y.nodes[-1]) / math.pi  # of a tail ~ w^-2
                    lost.append(abs((weights @ spectrum + tail) / values[0] - 1.0))
        return float(max(lost, default=0.0))


class _Frequencies:
    """Pairs of frequencies, shape (n,) each, with what does not depend on the kind of covariance."""

    def __init__(self, level: Level, w1: FloatArray, w2: FloatArray) -> None:
        blocks = level.blocks
        P, tau = len(blocks), blocks.tau
        check_cost(f"pairs at {len(w1):,} frequencies", memory=150.0 * len(w1) * P**2, remedy="merge populations")
        #: F_a(w1) F_a(w2), shape (n, P).
        self.filters = 1.0 / ((1.0 + 1j * np.multiply.outer(w1, tau)) * (1.0 + 1j * np.multiply.outer(w2, tau)))
        s = self.filters * level.slope_square
        #: Gam, shape (n, P, P).
        self.paths = np.linalg.solve(np.eye(P) - blocks.K * s[:, None, :], blocks.gains)
        self._first, self._second = level.interpolated(w1), level.interpolated(w2)

    def products(self, terms: FloatArray) -> FloatArray:
        """Return sum_k T_k(w1) T_k(w2) of functions on the mesh of frequencies, shape (n,)."""
        return np.asarray(np.sum((self._first @ terms.T) * (self._second @ terms.T), axis=1), dtype=float)
