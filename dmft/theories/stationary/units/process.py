"""The single-site processes of linear units, at any lag."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from scipy.interpolate import make_interp_spline

from dmft.arrays import FloatArray
from dmft.numerics.filtered_lags import LagGrid
from dmft.theories.stationary.units.table import Table, Tables
from dmft.theories.units import Units, units_of

_DEGREE, _FINER = 7, 4


@dataclass(frozen=True, eq=False)
class FilteredProcess:
    """A Gaussian process for each population, of mean 0, on a uniform grid of lags; 0 beyond.

    Attributes
    ----------
    grid : of lags.
    covariance : C^x_a at them, shape (P, n + 1).
    averages_error : largest relative error of <phi phi>.
    kinked : whether noise gives the covariances a kink at lag 0.
    """

    grid: LagGrid = field(repr=False)
    covariance: FloatArray = field(repr=False)
    averages_error: float
    kinked: bool = False

    references: ClassVar[tuple[str, ...]] = ("sompolinsky1988", "muscinelli2019")

    def corr_x(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return C^x_a, shape (P, *lags), or (*lags) without names."""
        return self._shaped(solution, self.covariance_at(lags))

    cov_x = corr_x

    def corr_phi(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return C^phi_a, likewise."""
        return self._shaped(solution, self.averages_at(units_of(solution.network), lags)[0])

    def corr_slope(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return <phi_a' phi_a'>, likewise."""
        return self._shaped(solution, self.averages_at(units_of(solution.network), lags)[1])

    def covariance_at(self, lags: FloatArray) -> FloatArray:
        """Return C^x at lags, shape (P, *lags)."""
        at = np.asarray(lags, dtype=float)
        inside = self._spline(np.minimum(at, self.grid.window))
        return np.where(at <= self.grid.window, inside, 0.0)

    def averages_at(self, units: Units, lags: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return <phi phi> and <phi' phi'> at lags, shape (P, *lags) each."""
        return self.averages_of(units, self.covariance_at(lags))

    def averages_of(self, units: Units, covariances: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return both at covariances."""
        table = self.table(units)
        found = [table(values, a)[:2] for a, values in enumerate(covariances)]
        return np.array([q for q, _ in found]), np.array([p for _, p in found])

    def table(self, units: Units) -> Table:
        """Return the averages at the variances of the process."""
        known = self.__dict__.get("_table")
        if known is None:
            known = Tables(units.blocks.nonlinearities).finest(self.covariance[:, 0])
            self.__dict__["_table"] = known
        return known

    @cached_property
    def _spline(self) -> Any:
        """Splines of degree 7 through the lags, or, without a kink, through four times as many, band-limited."""
        if self.grid.n <= _DEGREE:
            return self._still
        if self.kinked:
            return make_interp_spline(self.grid.lags, self.covariance, k=_DEGREE, axis=1)
        fine = LagGrid(self.grid.step / _FINER, self.grid.n * _FINER)
        values, mirrored = self.grid.on(fine, self.covariance), slice(_DEGREE + 1, 0, -1)
        lags = np.concatenate([-fine.lags[mirrored], fine.lags])
        return make_interp_spline(lags, np.concatenate([values[:, mirrored], values], axis=1), k=_DEGREE, axis=1)

    def _still(self, lags: FloatArray) -> FloatArray:
        return np.multiply.outer(self.covariance[:, 0], np.ones(np.shape(lags)))

    @staticmethod
    def _shaped(solution: Any, values: FloatArray) -> FloatArray:
        return np.ascontiguousarray(values if solution.axis.named else values[0])
