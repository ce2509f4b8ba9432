"""The single-site process under a sinusoid of random phase, for nonlinearities whose Hermite series is too long."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.models.drives import Sinusoid
from dmft.theories.stationary.centred.lag_averages import SineAverages
from dmft.theories.stationary.centred.phase_averages import PhaseAverages
from dmft.theories.stationary.centred.smoothed_harmonics import HarmonicTable, Series
from dmft.theories.stationary.centred.table_accuracy import FINE, OTHER, ROUGH, Accuracy

_BLOCK = 2_000_000  # numbers held at a time


def phase_site(
    nonlinearity: Any, drive: Sinusoid, variance: float, *, rough: bool = False
) -> PhaseAverages | SmoothedPhaseAverages:
    """Return the site by a Hermite series where that is short, or where phi has kinks; else by smoothed harmonics."""
    site = PhaseAverages(nonlinearity, drive, variance)
    if site.suits:
        return site
    return SmoothedPhaseAverages(nonlinearity, drive, variance, accuracy=ROUGH if rough else FINE)


class SmoothedPhaseAverages(SineAverages):
    """Averages around a sine by harmonics of smoothed averages (`smoothed_harmonics`).

    `PhaseAverages` is faster where a Hermite series of phi is short.

    Attributes
    ----------
    table : the series, which serve neighbouring variances too.

    Notes
    -----
    Accuracy: `tests/unit/test_smoothed_phase_site.py`, against quadrature in three dimensions. Cost: 0.2-1 s a table,
    20 ms for 5000 lags.
    """

    def __init__(
        self,
        nonlinearity: Any,
        drive: Sinusoid,
        variance: float,
        *,
        table: HarmonicTable | None = None,
        accuracy: Accuracy = FINE,
    ) -> None:
        super().__init__(nonlinearity, drive, variance)
        self._accuracy = accuracy
        if table is None or not table.serves(self.variance):
            table = HarmonicTable(nonlinearity, self.amplitude, self.variance, accuracy)
        self.table = table
        self._weights = table.weights(self.variance)
        self._last: tuple[FloatArray, FloatArray, FloatArray] | None = None
        self._series: dict[int, FloatArray] = {}
        #: <phi> and <phi'>.
        self.mean, self.mean_slope = (float(v) for v in self._weights @ table.means)

    def at(self, variance: float) -> SmoothedPhaseAverages:
        """Return the site at another variance."""
        return SmoothedPhaseAverages(
            self._nonlinearity, self._drive, variance, table=self.table, accuracy=self._accuracy
        )

    def refined(self) -> SmoothedPhaseAverages:
        """Return the site by other nodes, more phases, and series of higher degree."""
        return SmoothedPhaseAverages(self._nonlinearity, self._drive, self.variance, accuracy=OTHER)

    @property
    def is_rough(self) -> bool:
        """Whether this is for the first steps of a search."""
        return self._accuracy is ROUGH

    @property
    def missing(self) -> float:
        """Error of <phi phi>, relative to <phi^2>: what series lose, and the sum of all harmonics against <phi^2>."""
        return self._missing(0)

    @property
    def missing_slope(self) -> float:
        """Error of <phi' phi'>, relative to <phi'^2>."""
        return self._missing(1)

    def _missing(self, row: int) -> float:
        total = float(self._weights @ self.table.totals[:, row])
        found = float(self._all(np.array([self.variance]), np.zeros(1))[row, 0])
        return abs(found - total) / total + float(self.table.lost[row]) + self.table.unresolved[row]

    @property
    def n_harmonics(self) -> int:
        """Number of harmonics in <phi phi>, the constant among them."""
        return self.table.n_harmonics

    def _rows(self, row: int, c: FloatArray, phase: FloatArray) -> FloatArray:
        return np.asarray(self._all(c, phase)[row])

    def _all(self, c: FloatArray, phase: FloatArray) -> FloatArray:
        """Return the three rows, shape (3, n); they are asked for one after the other."""
        if self._last is not None and np.array_equal(self._last[0], c) and np.array_equal(self._last[1], phase):
            return self._last[2]
        out = np.empty((3, len(c)))
        c1 = self.variance - self.table.presmoothed
        ratio = c / c1
        far = np.abs(ratio) <= 0.6
        if np.any(far):
            hermite = self._interpolated(-1, self.table.hermite)
            powers = np.ones((np.count_nonzero(far), hermite.shape[1]))
            powers[:, 1:] = ratio[far, None]
            np.multiply.accumulate(powers, axis=1, out=powers)  # a tenth of the time of powers one by one
            out[:, far] = _summed(powers, hermite, phase[far])
        for sign, key in ((1.0, 0), (-1.0, 1000)):
            near = ~far & (sign * c > 0)
            if not np.any(near):
                continue
            panels = self.table.panels if sign > 0 else self.table.with_mirrored()
            out[:, near] = self._near(panels, key, self.variance - np.abs(c[near]), phase[near])
        if not np.all(np.isfinite(c)):
            out[:, ~np.isfinite(c)] = math.nan
        self._last = (c.copy(), phase.copy(), out)
        return out

    def _near(self, panels: list[Series], key: int, s: FloatArray, phase: FloatArray) -> FloatArray:
        q = np.arcsinh(np.sqrt(s) / self.table.scale)
        place = np.clip(np.searchsorted([p.left for p in panels], q, side="right") - 1, 0, len(panels) - 1)
        out = np.empty((3, len(s)))
        for index in np.unique(place):
            panel, here = panels[index], place == index
            x = np.clip((2.0 * q[here] - panel.left - panel.right) / (panel.right - panel.left), -1.0, 1.0)
            coefficients = self._interpolated(key + int(index), panel.coefficients)
            basis = np.cos(np.outer(np.arccos(x), np.arange(coefficients.shape[1])))
            out[:, here] = _summed(basis, coefficients, phase[here])
        return out

    def _interpolated(self, key: int, coefficients: FloatArray) -> FloatArray:
        """Return the coefficients at the variance of the site, shape (3, n_terms, n_harmonics)."""
        if key not in self._series:
            self._series[key] = np.tensordot(self._weights, coefficients, axes=1)
        return self._series[key]


def _summed(basis: FloatArray, coefficients: FloatArray, phase: FloatArray) -> FloatArray:
    """Return sum_dk basis[j, d] coefficients[r, d, k] cos(k phase[j]), shape (3, n)."""
    n_harmonics = coefficients.shape[2]
    spend(4e-9 * n_harmonics * len(phase) * (5.0 + basis.shape[1]))
    out = np.empty((3, len(phase)))
    block = max(1, _BLOCK // n_harmonics)
    for start in range(0, len(phase), block):
        part = slice(start, start + block)
        angle = np.exp(1j * phase[part])
        waves = np.ones((n_harmonics, len(angle)), dtype=complex)
        for k in range(1, n_harmonics):
            np.multiply(waves[k // 2], waves[k - k // 2] if k > 1 else angle, out=waves[k])
        cosines = waves.real.T
        for row in range(3):
            out[row, part] = np.einsum("jk,jk->j", basis[part] @ coefficients[row], cosines)
    return out
