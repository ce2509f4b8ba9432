"""The two-site kernel of independent couplings: one of the two frequency integrals in closed form.

With S = <phi'>/(1 + i w), D = g <phi'>, kappa^2 = 1 - D^2 and q = g^2 S(w1) S(w2), all second moments have the factor
    |1 - q|^{-2} = (1 + w2^2)/|w2 - z|^2,   z = (i kappa^2 - w1)/(1 + i w1),   h = Im z = (kappa^2 + w1^2)/(1 + w1^2).
As a function of w2 this is a ridge near -w1, as narrow as kappa^2, which a grid would have to resolve. But its only
singularities are the simple poles z and z*, so that against any correlation function f
    int dw2/2pi f(w2) exp(i w2 t) |1 - q|^{-2} = f(t) + a P(t) + a* N(t),   a = (1 + z^2)/(2 h),
    P(t) = int_0^inf exp(i z s) f(t - s) ds,   N(t) = int_0^inf exp(-i z* s) f(t + s) ds,
one-sided averages of f over the lag. What is left for the second integral varies on the scale kappa, like f itself, and
f is needed at lags up to ~36/kappa, where it has decayed, not up to ~38/kappa^2, the inverse width of the ridge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.arrays import ComplexArray, FloatArray
from dmft.cost import check_cost
from dmft.numerics.fourier import even_transform, exponential_averages, wave_weights
from dmft.numerics.spectral_elements import HalfLine, graded_edges
from dmft.theories.stationary import StationarySolution

_REACH = 36.0  # T kappa: what decays like exp(-kappa lag) is 2e-16 at the end of the window
_PHASE = 6.0  # largest phase that exp(i w lag) turns through on an element of the first mesh of frequencies
_HIGHEST = 1000.0  # highest frequency: with white noise the integrand falls like w^-4
_BLOCK = 256  # lags evaluated together


class _Signals(NamedTuple):
    """The four functions everything is made of, in the lag or in the frequency domain."""

    phi: FloatArray  # C^phi
    x: FloatArray  # C^x
    linear: FloatArray  # B = C_I/(kappa^2 + w^2): the response of a unit of the equivalent linear network to its input
    isolated: FloatArray  # C_I/(1 + w^2): the response of an isolated unit


class _Term(NamedTuple):
    """One f(w2): what multiplies f(t), P(t) and N(t) after the integral over w2."""

    inner: FloatArray  # f on the mesh of lags
    before: ComplexArray  # of P, for each w1
    after: ComplexArray  # of N


_BYTES_A_CELL = 1e4  # of a mesh: its nodes, four functions on them, and their transforms


@dataclass(frozen=True, eq=False)
class PoleKernel:
    """Sums of products of two cross-covariances over the pairs, of a network with independent couplings.

    Attributes
    ----------
    stationary : the single-site solution.
    """

    stationary: StationarySolution

    @cached_property
    def coupling(self) -> float:
        """D^2 = (g <phi'>)^2."""
        return (self.stationary.reduction.g * self.stationary.mean_slope) ** 2

    @cached_property
    def rate(self) -> float:
        """Rate kappa = sqrt(1 - D^2)."""
        return math.sqrt(1.0 - self.coupling)

    @cached_property
    def mesh(self) -> HalfLine:
        """Mesh of lags."""
        return HalfLine(self._edges)

    @cached_property
    def _edges(self) -> FloatArray:
        fine = min(0.05, 0.2 / self.stationary.reduction.g)
        end = _REACH / min(self.rate, self.stationary.decay_rate)
        check_cost(
            f"a mesh of lags up to {end:.3g} tau",
            memory=_BYTES_A_CELL * end * self.rate,
            remedy="stay off the transition",
        )
        return graded_edges(fine, 4.0 / self.rate, end)

    @cached_property
    def _highest(self) -> float:
        """Frequency above which the spectra are left out: where they have decayed, or the cap."""
        # Under white noise x moves by 1 within 1/intensity: below that time phi(x) has a cusp, and a tail ~ w^-2.
        intensity = self.stationary.reduction.intensity
        cap = _HIGHEST * max(1.0, self.stationary.reduction.g / 10.0, intensity)
        grid = self.rate * np.geomspace(4.0, cap / self.rate, 30)
        phi, x, *_ = self.spectra(np.concatenate([[0.0], grid]))
        small = np.maximum(np.abs(phi[1:]) / phi[0], np.abs(x[1:]) / x[0]) * grid < 1e-14 * self.rate
        return float(grid[np.argmax(small)]) if np.any(small) else cap

    def _meshes_of_frequencies(self, phase: float) -> tuple[HalfLine, HalfLine]:
        """Return meshes on [0, w*] and [w*, highest].

        On the first exp(i w t) is part of the integrand: there z + w is small, and what oscillates with t is small
        where it oscillates fast. On the second the rest of the integrand is smooth, and exp(i w t) goes into the
        weights. `phase` is a time up to which the first mesh must follow exp(i w t) nevertheless.
        """
        step = min(0.4 * self.rate, _PHASE / max(phase, 1e-9))
        middle = max(4.0 * self.rate, math.sqrt(self.rate))
        check_cost(
            f"covariances at a lag of {phase:.3g} tau",
            memory=_BYTES_A_CELL * middle / step,
            remedy="exchange lag1 and lag2, or take shorter lags",
        )
        low = np.linspace(0.0, middle, 1 + math.ceil(middle / step))
        return HalfLine(low), HalfLine(middle + graded_edges(0.2 * middle, math.inf, self._highest - middle))

    def signals(self, lags: ArrayLike) -> _Signals:
        """Return the four functions at lags."""
        t = np.asarray(lags, dtype=float)
        network = self.stationary.reduction
        return _Signals(
            np.asarray(self.stationary.corr_phi_at(t)),
            np.asarray(self.stationary.corr_x_at(t)),
            network.filtered(self.rate, t),
            network.filtered(1.0, t),
        )

    def spectra(self, omega: ArrayLike) -> _Signals:
        """Return the Fourier transforms of the four functions."""
        return _Signals(*even_transform(self.mesh, self._on_mesh, omega))

    @cached_property
    def _on_mesh(self) -> FloatArray:
        return np.stack(self.signals(self.mesh.nodes))

    @cached_property
    def _spectra(self) -> _Signals:
        low, high = self._meshes_of_frequencies(0.0)
        return self.spectra(np.concatenate([low.nodes, high.nodes]))

    @cached_property
    def residual(self) -> float:
        """Largest of |C(T)|/C(0) and of the error of int C(w) dw/2pi = C(0): window and cut are long enough."""
        ends = self.signals([0.0, self.mesh.length])
        low, high = self._meshes_of_frequencies(0.0)
        weights = np.concatenate([low.weights, high.weights])
        errors = []
        for end, spectrum in zip(ends[:2], self._spectra[:2], strict=True):
            beyond = spectrum[-1] * self._highest  # of a tail ~ w^-2
            errors += [abs(end[1] / end[0]), abs((weights @ spectrum + beyond) / (math.pi * end[0]) - 1.0)]
        return float(max(errors))

    def single(self, lags: ArrayLike, of: str) -> FloatArray:
        """Return C_ii(lag)."""
        if of == "phi":
            return np.asarray(self.stationary.corr_phi_at(lags), dtype=float)
        corr_x = np.asarray(self.stationary.corr_x_at(lags), dtype=float)
        return corr_x if of == "x" else self.stationary.mean_slope * corr_x

    def single_spectrum(self, omega: ArrayLike, of: str) -> FloatArray:
        """Return C_ii(w)."""
        phi, x, *_ = self.spectra(omega)
        return phi if of == "phi" else x if of == "x" else self.stationary.mean_slope * x

    def own_spectra(self, omega1: FloatArray, omega2: FloatArray, of: str) -> FloatArray:
        """Return C_ii(w1) C_ii(w2): all units are alike."""
        return self.single_spectrum(omega1, of) * self.single_spectrum(omega2, of)

    def at_frequencies(self, omega1: ArrayLike, omega2: ArrayLike, of: str) -> ComplexArray:
        """Return sum_ij C_ij(w1) C_ij(w2)/N, i = j included (real but for "x-phi"), of the broadcast shape."""
        w1, w2 = np.broadcast_arrays(np.asarray(omega1, dtype=float), np.asarray(omega2, dtype=float))
        one, two = self.spectra(w1), self.spectra(w2)
        p1, p2 = self.coupling / (1.0 + w1**2), self.coupling / (1.0 + w2**2)
        q = self.coupling / ((1.0 + 1j * w1) * (1.0 + 1j * w2))
        ridge = 1.0 / np.abs(1.0 - q) ** 2
        if of == "phi":
            return np.asarray(ridge * one.phi * two.phi, dtype=complex)
        if of == "x":
            a1, a2 = one.x - one.linear, two.x - two.linear
            sum_x = one.x * two.x + (1.0 - p1 * p2) * a1 * a2
            sum_x += p1 * (1.0 - p2) * one.linear * a2 + p2 * (1.0 - p1) * a1 * two.linear
            return np.asarray(ridge * sum_x, dtype=complex)
        d2 = self.stationary.mean_slope**2
        r1, r2 = one.phi - d2 * one.x, two.phi - d2 * two.x
        return (ridge * one.phi * two.phi - (two.phi * r1 + one.phi * r2 - r1 * r2) / (1.0 - q.conj())) / d2

    def at_lags(self, lag1: FloatArray, lag2: FloatArray, of: str) -> FloatArray:
        """Return sum_ij C_ij(lag1) C_ij(lag2)/N, i = j included, shape (n1, n2)."""
        out = np.empty((len(lag1), len(lag2)))
        phase = float(np.max(np.abs(lag1), initial=0.0))
        for columns, sign in _by_sign(lag2):
            t1, t2 = sign * lag1, sign * lag2[columns]
            wave, total = self._inner(t1, t2, of, phase, swapped=sign < 0)
            out[:, columns] = self._level(t1[:, None], t2, of) + np.real(wave @ total.T)
        return out

    def on_diagonal(self, lags: FloatArray, of: str) -> FloatArray:
        """Return sum_ij C_ij(lag)^2/N, i = j included, shape (n,)."""
        out = np.empty(len(lags))
        for chosen, sign in _by_sign(lags):
            t = sign * lags[chosen]
            # exp(i w t) is all but undone by exp(i z t), except where f(t) itself is left
            wave, total = self._inner(t, t, of, 0.0, swapped=sign < 0)
            out[chosen] = self._level(t, t, of) + np.einsum("tw,tw->t", wave, total).real
        return out

    def _inner(
        self, t1: FloatArray, t2: FloatArray, of: str, phase: float, *, swapped: bool
    ) -> tuple[ComplexArray, ComplexArray]:
        """Return exp(i w1 t1) with the weights of the integral over w1, and the integrals over w2 at t2 >= 0."""
        low, high = self._meshes_of_frequencies(phase)
        w = np.concatenate([low.nodes, high.nodes])
        z = (1j * self.rate**2 - w) / (1.0 + 1j * w)
        end = self.mesh.length
        edges = np.union1d(self._edges, t2[t2 < end])
        mesh = HalfLine(edges)
        spectra = self.spectra(w) if phase > 0 else self._spectra
        terms = self._terms(self.signals(mesh.nodes), spectra, w, z, of)
        past, future = exponential_averages(mesh, np.stack([term.inner for term in terms]), z)
        index = np.searchsorted(edges, np.minimum(t2, end))
        late = np.maximum(t2 - end, 0.0)
        total = np.zeros((len(t2), len(w)), dtype=complex)
        for term, p, n in zip(terms, past, future, strict=True):
            before = np.exp(1j * np.outer(late, z)) * p[index] + np.exp(1j * np.outer(t2, z)) * n[0].conj()
            after = np.where(late[:, None] > 0, 0.0, n[index])
            # (t1, t2) and (-t1, -t2) differ by the order of the two sites
            first, second = (term.after.conj(), term.before.conj()) if swapped else (term.before, term.after)
            total += first * before + second * after
        wave: ComplexArray = np.empty((len(t1), len(w)), dtype=complex)
        wave[:, : len(low.nodes)] = np.exp(1j * np.outer(t1, low.nodes)) * low.weights
        wave[:, len(low.nodes) :] = wave_weights(high, t1)
        wave /= math.pi
        return wave, total

    def _terms(self, f: _Signals, s: _Signals, w: FloatArray, z: ComplexArray, of: str) -> list[_Term]:
        """Return the products u(w1) f(w2) with the residues at the poles in w2.

        Notation as in `at_frequencies`; A = C^x - B, and p2 |1 - q|^{-2} = D^2/|w2 - z|^2 is a Lorentzian.
        """
        half_width = 2.0 * z.imag
        ridge = (1.0 + z * z) / half_width
        if of == "phi":
            return [_Term(f.phi, s.phi * ridge, s.phi * ridge.conj())]
        if of == "x":
            lorentz = self.coupling / half_width
            p = self.coupling / (1.0 + w * w)
            a, pb = s.x - s.linear, s.linear - s.isolated  # p B = B - C_I/(1 + w^2)
            of_x = (s.x + a + pb) * ridge - (p * a + pb) * lorentz
            of_linear = -(a + pb) * ridge + (pb + a) * lorentz
            terms = [_Term(f.x, of_x, of_x.conj())]
            if np.any(f.linear):
                terms.append(_Term(f.linear, of_linear, of_linear.conj()))
            return terms
        d2 = self.stationary.mean_slope**2
        pole = self.coupling / (1.0 - 1j * w)  # of 1/(1 - q*): at z* only
        r = s.phi - d2 * s.x
        nothing = np.zeros_like(ridge)
        return [
            _Term(f.phi, s.phi * ridge / d2, (s.phi * ridge.conj() - r * pole) / d2),
            _Term(f.phi - d2 * f.x, nothing, np.asarray((r - s.phi) * pole / d2)),
        ]

    def _level(self, t1: FloatArray, t2: FloatArray, of: str) -> FloatArray:
        """Return what is left where |1 - q| = 1, in the lag domain, of the broadcast shape."""
        one, two = self.signals(t1), self.signals(t2)
        if of == "phi":
            return one.phi * two.phi
        if of == "x":
            rest = two.x - two.linear
            return one.x * two.x + (one.x - one.isolated) * rest
        d2 = self.stationary.mean_slope**2
        return d2 * one.x * two.x  # C^{x phi} = <phi'> C^x


def _by_sign(lags: FloatArray) -> list[tuple[NDArray[np.intp], float]]:
    """Return the indices of the lags >= 0, and of those < 0, with their sign, in blocks."""
    parts = []
    for sign in (1.0, -1.0):
        chosen = np.flatnonzero((lags < 0) == (sign < 0))
        parts += [(b, sign) for b in np.array_split(chosen, max(1, math.ceil(len(chosen) / _BLOCK))) if len(b)]
    return parts
