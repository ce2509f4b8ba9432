"""The two-site kernel of partially symmetric couplings: sums over planar diagrams of an elliptic random matrix.

With S = <phi eta*>/<eta eta*>, 1/G = 1/S + rho g^2 S and the resolvent R = (1/G - J)^{-1}, <R_ii> = S:
    phi = R (xi/G + I), C^phi = A <R R^+>, A = C^phi (1 - g^2 |S|^2)/|S|^2,   x = F (J phi + I) + memory part of xi, so
    C_ij^phi(w) = A R R^+,   C_ij^x(w) = |F|^2 [A (R/G)(R/G)^+ - (A - C_I)(R/G + (R/G)^+ - 1)].
Traces of products of up to three resolvents are products of ladders, each with rho g^2 between two R, or two R^+, and
g^2 between R and R^+; that of four has the factor (1 - |e|^2), e = rho g^2 S1 S2*, q = g^2 S1 S2:
    sum_ij C^phi_ij(w1) C^phi_ij(w2)/N = C1 C2 (1 - |e|^2)/(|1 - e|^2 |1 - q|^2).
S is sampled, so that no poles are known: both integrals are sums, on frequencies that follow the ridge at w1 = -w2,
w = k tan(theta/2), dense where the ridge is narrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.theories.reduction import Reduction
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.symmetric.process import spectrum_phi

_N_FREQUENCIES = 320
_BEYOND = 0.8  # of the Nyquist frequency of the lags, up to which transforms are taken


@dataclass(frozen=True, eq=False)
class EllipticKernel:
    """Sums of products of two cross-covariances over the pairs, of a network with partially symmetric couplings.

    Attributes
    ----------
    stationary : the sampled single-site solution.
    n_frequencies : of each of the two integrals, of both signs.
    """

    stationary: StationarySolution
    n_frequencies: int = _N_FREQUENCIES

    @cached_property
    def gap(self) -> float:
        """Return 1 - g |S(0)|, what is left of the ridge's denominator at zero frequency."""
        return float(1.0 - self.stationary.reduction.g * abs(self.stationary.process.response(0.0)))

    @cached_property
    def residual(self) -> float:
        """Relative difference of C^x(0) rebuilt from the linear equivalent and sampled; infinite without a gap."""
        if self.gap <= 0:
            return float("inf")
        omega, weights = self.grid
        network = self.stationary.reduction
        own = network.spectrum(omega) / (1.0 + omega**2)
        # the input's own part is known at all frequencies, above those of the grid too
        rebuilt = weights @ (self.single_spectrum(omega, "x") - own) + float(network.filtered(1.0, 0.0))
        return float(abs(rebuilt / self.stationary.variance - 1.0))

    @cached_property
    def grid(self) -> tuple[FloatArray, FloatArray]:
        """Frequencies of both signs, and the weights of int dw/2pi."""
        theta = np.pi * (np.arange(self.n_frequencies) + 0.5) / self.n_frequencies - 0.5 * np.pi
        scale = np.sqrt(2.0 * max(self.gap, 1e-4))  # kappa of independent couplings
        omega = scale * np.tan(theta)
        keep = np.abs(omega) < _BEYOND * np.pi / self.stationary.lags[1]
        weights = scale / np.cos(theta[keep]) ** 2 * (np.pi / self.n_frequencies) / (2.0 * np.pi)
        return omega[keep], weights

    def single(self, lags: ArrayLike, of: str) -> FloatArray:
        """Return C_ii(lag), 0 beyond the lags of the solution."""
        t = np.asarray(lags, dtype=float)
        if of == "x-phi":
            omega, weights = self.grid
            # What the input makes by itself is known above the frequencies of the grid too.
            network, slope = self.stationary.reduction, self.stationary.mean_slope
            rest = self._mixed - slope * network.spectrum(omega) / (1.0 + omega**2)
            waves = np.exp(1j * np.multiply.outer(t, omega))
            return np.asarray(np.real(waves @ (weights * rest)) + slope * network.filtered(1.0, t), dtype=float)
        values = {"phi": self.stationary.corr_phi, "x": self.stationary.corr_x}[of]
        return np.asarray(np.interp(np.abs(t), self.stationary.lags, values, right=0.0))

    @cached_property
    def _mixed(self) -> ComplexArray:
        """C_ii^{x phi} on the grid."""
        return np.asarray(self.single_spectrum(self.grid[0], "x-phi"))

    def single_spectrum(self, omega: ArrayLike, of: str) -> Any:
        """Return C_ii(w), complex for "x-phi"; for x rebuilt from the linear equivalent."""
        w = np.asarray(omega, dtype=float)
        c_phi = spectrum_phi(self.stationary, w)
        if of == "phi":
            return c_phi
        s, inverse_g, a, c_i = self.parts(w, c_phi)
        if of == "x-phi":
            return np.asarray((inverse_g * c_phi - (a - c_i) * s.conj()) / (1.0 + 1j * w), dtype=complex)
        ladder = 1.0 - self.stationary.reduction.g**2 * np.abs(s) ** 2
        mean = np.real(s * inverse_g)
        inner = a * np.abs(s * inverse_g) ** 2 / ladder - (a - c_i) * (2.0 * mean - 1.0)
        return np.asarray(inner / (1.0 + w**2), dtype=float)

    def parts(self, w: FloatArray, c_phi: FloatArray) -> tuple[ComplexArray, ComplexArray, FloatArray, FloatArray]:
        """Return S, 1/G, A and C_I at frequencies."""
        return parts_of(self.stationary.reduction, self.stationary.process.response(w), w, c_phi)

    def own_spectra(self, omega1: FloatArray, omega2: FloatArray, of: str) -> FloatArray:
        """Return C_ii(w1) C_ii(w2): all units are alike."""
        return np.asarray(self.single_spectrum(omega1, of) * self.single_spectrum(omega2, of), dtype=float)

    def at_frequencies(self, omega1: ArrayLike, omega2: ArrayLike, of: str) -> ComplexArray:
        """Return sum_ij C_ij(w1) C_ij(w2)/N, i = j included, of the broadcast shape."""
        w1: FloatArray = np.asarray(omega1, dtype=float)
        w2: FloatArray = np.asarray(omega2, dtype=float)
        network, rho_g2 = self.stationary.reduction, self.stationary.reduction.symmetry * self.stationary.reduction.g**2
        g2 = network.g**2
        c1, c2 = spectrum_phi(self.stationary, w1), spectrum_phi(self.stationary, w2)
        s1, h1, a1, i1 = self.parts(w1, c1)
        s2, h2, a2, i2 = self.parts(w2, c2)  # h = 1/G
        # The second matrix enters transposed, as that of -w2: its resolvent is R(-w2), of mean S2*.
        t, k = s2.conj(), h2.conj()
        q, e = g2 * s1 * s2, rho_g2 * s1 * t
        four = c1 * c2 * (1.0 - np.abs(e) ** 2) / (np.abs(1.0 - e) ** 2 * np.abs(1.0 - q) ** 2)
        if of == "phi":
            return np.asarray(four, dtype=complex)
        b1, b2 = a1 - i1, a2 - i2
        p1, p2 = g2 * np.abs(s1) ** 2, g2 * np.abs(s2) ** 2
        if of == "x-phi":
            # tr (h1 A1 R R^+ - B1 R^+)(h2 A2 T T^+ - B2 T), T = R(-w2)
            pair = s1.conj() * t / (1.0 - q.conj())
            left = s1 * pair / ((1.0 - p1) * (1.0 - e))  # <R R^+ T>
            right = pair * t.conj() / ((1.0 - p2) * (1.0 - e.conj()))  # <R^+ T T^+>
            mixed = h1 * h2 * four - h1 * a1 * b2 * left - h2 * a2 * b1 * right + b1 * b2 * pair
            return np.asarray(mixed / ((1.0 + 1j * w1) * (1.0 + 1j * w2)), dtype=complex)
        m1, m2 = s1 * h1, t * k  # <R/G>
        one = np.abs(m1) ** 2 / (1.0 - p1)  # <(R/G)(R/G)^+>
        two = np.abs(m2) ** 2 / (1.0 - p2)
        # with q* between R1^+ and R2, e between R1 and R2
        three = 1.0 / ((1.0 - q.conj()) * (1.0 - e))
        first = a1 * b2 * one * (2.0 * np.real(m2 * three) - 1.0)
        second = a2 * b1 * two * (2.0 * np.real(m1 / ((1.0 - q) * (1.0 - e))) - 1.0)
        both = 2.0 * np.real(m1 * m2 / (1.0 - e)) + 2.0 * np.real(m1 * m2.conj() / (1.0 - q))
        last = b1 * b2 * (both - 2.0 * np.real(m1) - 2.0 * np.real(m2) + 1.0)
        total = four * np.abs(h1 * h2) ** 2 - first - second + last
        return np.asarray(total / ((1.0 + w1**2) * (1.0 + w2**2)), dtype=complex)

    def _psi(self, of: str) -> ComplexArray:
        omega, _ = self.grid
        single = self.single_spectrum(omega, of)
        return np.asarray(self.at_frequencies(omega[:, None], omega, of) - np.multiply.outer(single, single))

    def at_lags(self, lag1: FloatArray, lag2: FloatArray, of: str) -> FloatArray:
        """Return sum_ij C_ij(lag1) C_ij(lag2)/N, i = j included, shape (n1, n2)."""
        omega, weights = self.grid
        left, right = (np.exp(1j * np.outer(t, omega)) * weights for t in (lag1, lag2))
        own = np.multiply.outer(self.single(lag1, of), self.single(lag2, of))
        return np.asarray(own + np.real(left @ self._psi(of) @ right.T), dtype=float)

    def on_diagonal(self, lags: FloatArray, of: str) -> FloatArray:
        """Return sum_ij C_ij(lag)^2/N, i = j included, shape (n,)."""
        omega, weights = self.grid
        wave = np.exp(1j * np.outer(lags, omega)) * weights
        return np.asarray(
            self.single(lags, of) ** 2 + np.einsum("tw,tw->t", wave @ self._psi(of), wave).real, dtype=float
        )


def parts_of(
    network: Reduction, s: ComplexArray, w: FloatArray, c_phi: FloatArray
) -> tuple[ComplexArray, ComplexArray, FloatArray, FloatArray]:
    """Return S, 1/G, A and C_I at frequencies, of a response S; without symmetry 1/G = 1/S."""
    power = np.abs(s) ** 2
    a = c_phi * (1.0 - network.g**2 * power) / power
    return s, 1.0 / s + network.symmetry * network.g**2 * s, a, network.spectrum(w)
