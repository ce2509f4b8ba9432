"""The averages along a row from the Hermite coefficients of each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.gaussian.hermite_sums import add_row, lost

_A_ROW, _A_TERM = 3e-5, 5e-10  # seconds of a row and a phase, and of a term of a cell


@dataclass
class SeriesTable:
    """Coefficients of phi and of phi' at all times so far.

    Attributes
    ----------
    terms : shape (2, phase, n_terms + 1, time), the last term the root of what the others miss.
    power : <phi^2> and <phi'^2>, shape (2, phase, time).
    """

    terms: FloatArray
    power: FloatArray

    @classmethod
    def empty(cls, n_phase: int, n_terms: int, n_time: int) -> SeriesTable:
        """Return a table of zeros."""
        return cls(np.zeros((2, n_phase, n_terms + 1, n_time)), np.zeros((2, n_phase, n_time)))

    @classmethod
    def of(cls, averages: Any, means: FloatArray, variances: FloatArray) -> SeriesTable:
        """Return the table of times with these means and variances, of one phase."""
        terms = averages.coefficients(means, variances)[:, None]
        return cls(terms, np.sum(terms * terms, axis=2))

    @property
    def n_terms(self) -> int:
        """Number of terms."""
        return int(self.terms.shape[2]) - 1

    def extended(self, n_time: int) -> SeriesTable:
        """Return a table of n_time times that begins with this one."""
        _, n_phase, _, n = self.terms.shape
        more = SeriesTable.empty(n_phase, self.n_terms, n_time)
        more.terms[..., :n], more.power[..., :n] = self.terms, self.power
        return more

    def write(self, u: int, averages: Any, means: FloatArray, variance: float) -> None:
        """Write the coefficients of time u, of which means[phase] and variance are given."""
        terms = averages.coefficients(means, np.full(len(means), variance))
        self.terms[..., u], self.power[..., u] = terms.transpose(0, 2, 1), np.sum(terms * terms, axis=1)

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
        return self._added(lo, n, r, q, p)

    def add_circle(self, n: int, r: FloatArray, q: FloatArray, p: FloatArray) -> tuple[float, float]:
        """Add <phi(u) phi(n)> and <phi'(u) phi'(n)> of all times u to q and p; return what is lost of them."""
        return self._added(0, n, r, q, p)

    def _added(self, lo: int, n: int, r: FloatArray, q: FloatArray, p: FloatArray) -> tuple[float, float]:
        """Add the averages over the phases between n and u = lo, ..., of correlation r, and return what is lost."""
        n_phase = self.terms.shape[1]
        errors = np.zeros(2)
        for f in range(n_phase):
            fixed, own, before = np.ascontiguousarray(self.terms[:, f, :, n]), self.power[:, f, n], p[n]
            work = add_row(lo, r, self.terms[0, f], fixed[0], 1.0 / n_phase, q)
            # What the series of phi' misses is a peak at the diagonal: there it is added, beside it it is not.
            work += add_row(lo, r, self.terms[1, f, :-1], fixed[1, :-1], 1.0 / n_phase, p)
            spend(_A_ROW + _A_TERM * work)
            p[n] = before + own[1] / n_phase
            bounds = [lost(lo, r, self.terms[k, f], fixed[k], self.power[k, f], own[k]) for k in range(2)]
            errors += bounds[0] / n_phase, own[1] * bounds[1] / n_phase
        total = float(np.sum(np.abs(p[lo : lo + len(r)])))
        return float(errors[0]), float(errors[1] / total) if total > 0.0 else 0.0
