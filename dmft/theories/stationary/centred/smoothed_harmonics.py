"""Harmonics of smoothed averages over a Gaussian around a sine: tables for any nonlinearity, steep or not analytic.

x = u + v + A cos theta, y = u + v' + A cos(theta + shift), u ~ N(0, c) and v, v' ~ N(0, s), s = c0 - c. With
phi_s(m) = <phi(m + v)>_v and F_k(u; s) the cosine coefficients of phi_s(u + A cos theta) in theta,
    <phi(x) phi(y)> = sum_k cos(k shift) P_k(s),   P_k = <F_k(u; s)^2>_u,
    derivative by the covariance: <F_k'(u; s)^2>_u.
phi_s and F_k do not know c0: one table of them serves all variances near the one it is made for, by a few weights of u.
Small s: piecewise Chebyshev series in q, sqrt(s) = a sinh(q). Large s, of either sign of c: phi is smooth after a
part s_1 of its smoothing, and its Hermite series converges like powers of c/(c0 - s_1).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import BoolArray, FloatArray
from dmft.budget import spend
from dmft.numerics.gaussian.hermite import hermite_functions
from dmft.numerics.gaussian.legendre import on_panels
from dmft.numerics.gaussian.normal_panels import resolve
from dmft.numerics.gaussian.panels import both, halved
from dmft.numerics.gaussian.series import chebyshev_fit
from dmft.numerics.gaussian.shifted_panels import evaluated, to_powers
from dmft.numerics.gaussian.smoothing import Smoother
from dmft.theories.stationary.centred.table_accuracy import FINE, Accuracy

_PRESMOOTHED = 0.3  # s_1/c0 of the Hermite series
_RATIO = 0.6  # |c|/(c0 - s_1) up to which it is used
_REACH = 8.75  # standard deviations of u
_MOST_PHASES = 2048
_MOST_POINTS = 4_000_000  # u and theta for one s
_A_NODE = 1.5e-7  # seconds of phi and its slope at a node
_A_DENSITY = 1.5e-7  # of the density on twenty panels, a node of each
_MOST_PANELS = 14
_LONGEST = 2.5  # panels of q at the start
_SHORTEST = 0.3


@dataclass(frozen=True, eq=False)
class Series:
    """P_k, its derivative by the covariance and by the variance, as series with coefficients at several variances.

    Attributes
    ----------
    left, right : the panel of q.
    coefficients : shape (n_variances, 3, degree + 1, n_harmonics).
    """

    left: float
    right: float
    coefficients: FloatArray


class HarmonicTable:
    """Series of the harmonics for variances near the one given.

    Attributes
    ----------
    panels : Chebyshev series in q for 0 <= s <= s_top.
    hermite : coefficients of powers of c/(c0 - s_1), shape (n_variances, 3, n_terms, n_harmonics).
    means : <phi> and <phi'> at the variances, shape (n_variances, 2).
    lost : parts of <phi phi> and <phi' phi'> that the series leave out.
    """

    def __init__(self, nonlinearity: Any, amplitude: float, variance: float, accuracy: Accuracy = FINE) -> None:
        self._nonlinearity = nonlinearity  # kept, so that the table can be made again from a file
        self.amplitude, self.variance, self.accuracy = amplitude, variance, accuracy
        self.sigma = math.sqrt(variance)
        self._angles = math.pi * (np.arange(accuracy.variances) + 0.5) / accuracy.variances
        self._cosines = np.cos(self._angles)
        #: c0 at which averages are taken.
        self.variances = variance * (1.0 + accuracy.reach * self._cosines)
        self.presmoothed = _PRESMOOTHED * variance
        top = (1.0 - _RATIO) * (1.0 + accuracy.reach) * variance + _RATIO * self.presmoothed
        self._root_top = math.sqrt(1.02 * top)
        self._n_nodes = accuracy.nodes
        wide = self.sigma * (1.0 + accuracy.reach) + amplitude / 3.0
        self._smoother = Smoother(resolve(nonlinearity, wide, self._n_nodes))
        self._phases = accuracy.phases
        #: What the panels of phi did not resolve.
        self.unresolved = self._smoother.panels.unresolved
        #: <phi^2> and <phi'^2> at the variances.
        self.totals = self._totals()
        self.lost = np.zeros(2)
        sizes = np.diff(self._smoother.panels.edges)
        finest = float(np.min(sizes))
        #: a of sqrt(s) = a sinh(q): phi's finest structure, and what the sine makes of a kink.
        least = 0.02 * self._root_top if len(self._smoother.panels.kinks) and amplitude > 0.0 else 1e-4 * self._root_top
        self.scale = min(max(finest, least), self._root_top)
        self.mirrored: list[Series] | None = None
        self.hermite, self.means = self._hermite()
        self.panels = self._series(False)

    @property
    def n_harmonics(self) -> int:
        """Largest number of harmonics in a series, the constant among them."""
        return max(int(table.shape[-1]) for table in [self.hermite, *(panel.coefficients for panel in self.panels)])

    def serves(self, variance: float) -> bool:
        """Whether the averages are known at this variance."""
        return abs(variance / self.variance - 1.0) <= self.accuracy.reach

    def weights(self, variance: float) -> FloatArray:
        """Return the weights by which values at `variances` are interpolated."""
        x = (variance / self.variance - 1.0) / self.accuracy.reach
        gap = x - self._cosines
        hit = np.abs(gap) < 1e-14
        if np.any(hit):
            return hit.astype(float)
        w = (-1.0) ** np.arange(len(gap)) * np.sin(self._angles) / gap
        return np.asarray(w / w.sum(), dtype=float)

    def with_mirrored(self) -> list[Series]:
        """Return the series at negative covariances, made when first asked for."""
        if self.mirrored is None:
            self.mirrored = self._series(True)
        return self.mirrored

    def _totals(self) -> FloatArray:
        """Return <phi^2> and <phi'^2> at the variances by quadrature over x, shape (n_variances, 2)."""
        panels = self._smoother.panels
        step, far = 1.2 * self.sigma, self.amplitude + 10.0 * math.sqrt(1.0 + self.accuracy.reach) * self.sigma
        start, end = max(panels.edges[0], -far), min(panels.edges[-1], far)
        n = min(32 + 12 * math.ceil(self.amplitude / self.sigma), 4000)
        # of a sine that is large beside sigma: before anything of that size is made
        spend(self._n_nodes * ((end - start) / step * _A_NODE + n * len(self.variances) * _A_DENSITY))
        even = step * np.arange(math.floor(start / step), math.ceil(end / step) + 1)
        edges = np.unique(np.concatenate([panels.edges, even]))
        x, w = on_panels(edges[:-1], edges[1:], self._n_nodes)
        squares = w * both(panels.nonlinearity, x, finite=False) ** 2
        c = self.variances[:, None, None]
        out = np.zeros((len(self.variances), 2))
        for mean in self.amplitude * np.cos(math.pi * (np.arange(n) + 0.5) / n):
            first, last = np.searchsorted(edges, [mean - 10.0 * self.sigma, mean + 10.0 * self.sigma])
            part = slice(max(first - 1, 0), last)
            density = np.exp(-0.5 * (x[part] - mean) ** 2 / c).reshape(len(out), -1)
            out += density @ squares[:, part].reshape(2, -1).T
        out /= np.sqrt(2.0 * math.pi * self.variances)[:, None] * n
        return np.maximum(out, 1e-300)

    def _edges(self, root: float, widest: float, resolution: float) -> FloatArray:
        """Return panels of u, symmetric about 0; those of an odd or even phi on one side only."""
        reach, a = _REACH * self.sigma * math.sqrt(1.0 + self.accuracy.reach), self.amplitude
        panels = self._smoother.panels
        kinks = panels.kinks
        special = np.concatenate([kinks - a, kinks + a] if a > 0 else [kinks])
        special = np.unique(np.abs(special))
        edges = np.unique(np.concatenate([np.linspace(0.0, reach, math.ceil(reach / widest) + 1), special]))
        edges = edges[edges <= reach]
        edges = edges[np.diff(edges, prepend=-1.0) > 1e-9 * reach]
        edges[-1] = reach

        def is_fine(left: FloatArray, right: FloatArray) -> BoolArray:
            scale = np.minimum(panels.scale_near(left - a, right + a), panels.scale_near(-right - a, -left + a))
            return np.asarray(right - left <= np.maximum(scale, max(root, resolution)))

        side = halved(edges, is_fine)
        return side if panels.parity else np.concatenate([-side[:0:-1], side])

    def _harmonics(self, s: float) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return u, its weights at the variances (n_variances, n_u), and F_k, F_k' there, (n_u, n_harmonics)."""
        from scipy.fft import dct

        root = math.sqrt(s)
        edges = self._smoother.edges(self._smoother.panels.sigma, 0.5 * root)
        phi, slope = self._smoother.on_nodes(on_panels(edges[:-1], edges[1:], self._n_nodes)[0], root)
        table = to_powers(self._n_nodes)
        phi, slope = phi @ table, slope @ table
        widest = 1.5 * math.sqrt(max(self.variances[-1] - s, 1e-3 * self.variance))
        while True:
            resolution = 12.0 * self.amplitude / self._phases
            u_edges = self._edges(root, widest, resolution)
            u, plain = (part.ravel() for part in on_panels(u_edges[:-1], u_edges[1:], self._n_nodes))
            c = self.variances[:, None] - s
            weights = plain * np.exp(-0.5 * u * u / c) / np.sqrt(2.0 * math.pi * c)
            if self._smoother.panels.parity:
                weights *= 2.0
            angle = math.pi * (np.arange(self._phases) + 0.5) / self._phases
            points = len(u) * self._phases
            spend(6e-8 * points + 2e-3)
            f, f1 = evaluated(edges, phi, slope, u, self.amplitude * np.cos(angle))
            f, f1 = (dct(values, type=2, axis=1, overwrite_x=True) / (2.0 * self._phases) for values in (f, f1))
            f[:, 1:] *= math.sqrt(2.0)
            f1[:, 1:] *= math.sqrt(2.0)
            power, power1 = weights[0] @ f**2, weights[0] @ f1**2
            last = slice(-max(self._phases // 6, 3), None)
            tails = power[last].sum() / self.totals[0, 0], power1[last].sum() / self.totals[0, 1]
            few = self.amplitude > 0.0 and (
                tails[0] > 10.0 * self.accuracy.cut[0] or tails[1] > 10.0 * self.accuracy.cut[1]
            )
            if not few or 2 * self._phases > _MOST_PHASES or 4 * points > _MOST_POINTS:
                break
            self._phases *= 2
        rest = np.maximum(
            np.cumsum(power[::-1])[::-1] / self.totals[0, 0] / self.accuracy.cut[0],
            np.cumsum(power1[::-1])[::-1] / self.totals[0, 1] / self.accuracy.cut[1],
        )
        keep = max(1, int(np.count_nonzero(rest > 1.0)))
        if keep < 0.4 * self._phases and self._phases > self.accuracy.phases:
            self._phases = max(self._phases // 2, self.accuracy.phases)
        return u, weights, f[:, :keep], f1[:, :keep]

    def _averaged(self, s: float, mirrored: bool) -> FloatArray:
        """Return P_k and its two derivatives, shape (n_variances, 3, n_harmonics)."""
        u, weights, f, f1 = self._harmonics(s)
        if not mirrored:
            power, power1 = f * f, f1 * f1
        elif self._smoother.panels.parity:
            sign = self._smoother.panels.parity * (-1.0) ** np.arange(f.shape[1])
            power, power1 = sign * f * f, -sign * f1 * f1
        else:
            power, power1 = f * f[::-1], f1 * f1[::-1]
        c = self.variances[:, None] - s
        values, slopes = weights @ power, weights @ power1
        # By the variance at fixed covariance is by s at fixed c. Half of (F_k(u)^2)'' is the average's derivative by c:
        # F_k F_k'' and F_k'^2; at negative covariance, of F_k(u) F_k(-u), the second has the other sign.
        bent = (0.5 * weights * (u * u / c - 1.0) / c) @ power
        return np.stack([values, slopes, bent + slopes if mirrored else bent - slopes], axis=1)

    def _series(self, mirrored: bool) -> list[Series]:
        top = math.asinh(self._root_top / self.scale)
        n = max(1, math.ceil(top / _LONGEST))
        edges = np.linspace(0.0, top, n + 1)
        todo = list(itertools.pairwise(edges))[::-1]
        node, fit = chebyshev_fit(self.accuracy.degree)
        done: list[Series] = []
        while todo:
            left, right = todo.pop()
            roots = self.scale * np.sinh(left + 0.5 * (right - left) * (node + 1.0))
            values = [self._averaged(float(root * root), mirrored) for root in roots]
            widest = max(value.shape[-1] for value in values)
            padded = np.stack([np.pad(v, ((0, 0), (0, 0), (0, widest - v.shape[-1]))) for v in values], axis=2)
            coefficients = np.einsum("dn,vrnk->vrdk", fit, padded)
            tails = np.abs(coefficients[0, :2, -2:]).sum(axis=2).max(axis=1) / self.totals[0]
            resolved = bool(np.all(tails <= self.accuracy.tail))
            if resolved or right - left < _SHORTEST or len(done) + len(todo) >= _MOST_PANELS:
                done.append(Series(left, right, coefficients))
                self.lost = np.maximum(self.lost, tails)
            else:
                middle = 0.5 * (left + right)
                todo += [(middle, right), (left, middle)]
        return sorted(done, key=lambda panel: panel.left)

    def _hermite(self) -> tuple[FloatArray, FloatArray]:
        u, weights, f, _ = self._harmonics(self.presmoothed)
        n_terms = self.accuracy.terms
        n = np.arange(n_terms)
        keep = f.shape[1]
        parity = self._smoother.panels.parity
        tables, means = [], []
        for row, c0 in zip(weights, self.variances, strict=True):
            c1 = c0 - self.presmoothed
            z = u / math.sqrt(c1)
            b = (hermite_functions(z, n_terms + 2) * (row * np.exp(0.25 * z * z))) @ f
            if parity:  # of one side of u: what is odd in u has no average
                odd = (np.arange(n_terms + 2)[:, None] + np.arange(keep)) % 2 == 1
                b[odd if parity == 1 else ~odd] = 0.0
            power = b[:n_terms] ** 2
            slope = np.zeros_like(power)
            slope[:-1] = n[1:, None] * power[1:] / c1
            heat = np.sqrt((n + 1.0) * (n + 2.0))[:, None] * b[:-2] * b[2:] / c1
            tables.append(np.stack([power, slope, heat]))
            means.append((b[0, 0], b[1, 0] / math.sqrt(c1)))
        return np.stack(tables), np.array(means)
