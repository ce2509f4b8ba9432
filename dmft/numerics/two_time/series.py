"""The averages along a row from the Hermite coefficients of each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.hermite_sums import add_row, lost


@dataclass
class SeriesTable:
    """Coefficients of phi and of phi' at all times so far.

    Attributes
    ----------
    phi, slope : shape (phase, n_terms + 1, time), the last term the root of what the others miss.
    power, slope_power : <phi^2> and <phi'^2>, shape (phase, time).
    """

    phi: FloatArray
    slope: FloatArray
    power: FloatArray
    slope_power: FloatArray

    @classmethod
    def empty(cls, n_phase: int, n_terms: int, n_time: int) -> SeriesTable:
        """Return a table of zeros."""
        shape = (n_phase, n_terms + 1, n_time)
        return cls(np.zeros(shape), np.zeros(shape), np.zeros((n_phase, n_time)), np.zeros((n_phase, n_time)))

    @classmethod
    def of(cls, averages: Any, means: FloatArray, variances: FloatArray) -> SeriesTable:
        """Return the table of times with these means and variances, of one phase."""
        a, b = averages.coefficients(means, variances)
        powers = (np.sum(a * a, axis=0)[None], np.sum(b * b, axis=0)[None])
        return cls(np.ascontiguousarray(a)[None], np.ascontiguousarray(b)[None], *powers)

    @property
    def n_terms(self) -> int:
        """Number of terms."""
        return int(self.phi.shape[1]) - 1

    def extended(self, n_time: int) -> SeriesTable:
        """Return a table of n_time times that begins with this one."""
        more = SeriesTable.empty(self.phi.shape[0], self.n_terms, n_time)
        for name in ("phi", "slope", "power", "slope_power"):
            old = getattr(self, name)
            getattr(more, name)[..., : old.shape[-1]] = old
        return more

    def write(self, u: int, averages: Any, means: FloatArray, variance: float) -> None:
        """Write the coefficients of time u, of which means[phase] and variance are given."""
        a, b = averages.coefficients(means, np.full(len(means), variance))
        self.phi[:, :, u], self.slope[:, :, u] = a.T, b.T
        self.power[:, u], self.slope_power[:, u] = np.sum(a * a, axis=0), np.sum(b * b, axis=0)

    def fill_row(
        self, lo: int, n: int, v: FloatArray, guess: FloatArray, q: FloatArray, p: FloatArray
    ) -> tuple[float, float]:
        """Write <phi(u) phi(n)> and <phi'(u) phi'(n)> for u = lo..n; return what is lost of them.

        The row enters the equations through its integral over the lag: what is lost is the sum of the bounds of its
        cells in units of the mean square, for phi' in units of the sum of the row.
        """
        row = slice(lo, n + 1)
        scale = np.sqrt(v[row] * v[n])
        np.minimum(guess[row], scale, out=guess[row])
        r = np.divide(np.maximum(guess[row], -scale), scale, out=np.zeros(n + 1 - lo), where=scale > 0.0)
        r[-1] = 1.0 if scale[-1] > 0.0 else 0.0
        q[row] = 0.0
        p[row] = 0.0
        n_phase = len(self.phi)
        error = slope_error = 0.0
        for f in range(n_phase):
            add_row(lo, r, self.phi[f], np.ascontiguousarray(self.phi[f, :, n]), 1.0 / n_phase, q)
            # What the series of phi' misses is a peak at the diagonal: there it is added, beside it it is not.
            cut, fixed = self.slope[f, :-1], np.ascontiguousarray(self.slope[f, :-1, n])
            add_row(lo, r[:-1], cut, fixed, 1.0 / n_phase, p)
            p[n] += self.slope_power[f, n] / n_phase
            error += lost(lo, r, self.phi[f], self.phi[f, :, n].copy(), self.power[f], self.power[f, n])[1] / n_phase
            own = self.slope_power[f, n]
            slope_error += own * lost(lo, r, self.slope[f], self.slope[f, :, n].copy(), self.slope_power[f], own)[1]
        total = float(np.sum(np.abs(p[row])))
        return error, slope_error / n_phase / total if total > 0.0 else 0.0

    def add_circle(self, n: int, r: FloatArray, q: FloatArray, p: FloatArray) -> tuple[float, float]:
        """Add <phi(u) phi(n)> and <phi'(u) phi'(n)> of all times u to q and p; return what is lost of them."""
        a, b = np.ascontiguousarray(self.phi[0, :, n]), np.ascontiguousarray(self.slope[0, :, n])
        add_row(0, r, self.phi[0], a, 1.0, q)
        add_row(0, r, self.slope[0, :-1], b[:-1], 1.0, p)
        p[n] = own = self.slope_power[0, n]
        error = lost(0, r, self.phi[0], a, self.power[0], self.power[0, n])[1]
        slope_error = own * lost(0, r, self.slope[0], b, self.slope_power[0], own)[1]
        total = float(np.sum(np.abs(p)))
        return error, slope_error / total if total > 0.0 else 0.0
