"""The single-site processes of linear units, at any lag."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from scipy.interpolate import make_interp_spline

from dmft.arrays import FloatArray
from dmft.numerics.filtered_lags import LagGrid
from dmft.theories.stationary.units.phased import tables_of
from dmft.theories.stationary.units.table import Table
from dmft.theories.units import Units, units_of

_DEGREE, _FINER = 7, 4
_PERIODIC = 1e-6  # relative difference of what repeats itself


@dataclass(frozen=True, eq=False)
class FilteredProcess:
    """A Gaussian process for each population on a uniform grid of lags; beyond what is frozen of it, or periodic.

    Under sinusoids of random phase it is what is Gaussian of x.

    Attributes
    ----------
    grid : of lags.
    covariance : of x at them, around the mean and with its frozen part, shape (P, n + 1).
    averages_error : largest relative error of <phi phi>.
    kinked : whether noise gives the covariances a kink at lag 0.
    amplitudes : of the sinusoids of random phase in x, shape (P,); None without.
    omega : angular frequency of those, of whose half turns the grid holds a whole number.
    means, frozen : of x, and what its covariance comes to, shape (P,); None where both are 0 and every phi is odd.
    """

    grid: LagGrid = field(repr=False)
    covariance: FloatArray = field(repr=False)
    averages_error: float
    kinked: bool = False
    amplitudes: FloatArray | None = field(default=None, repr=False)
    omega: float = 0.0
    means: FloatArray | None = None
    frozen: FloatArray | None = None

    references: ClassVar[tuple[str, ...]] = ("sompolinsky1988", "muscinelli2019")
    words: ClassVar[str] = "units with filters"

    def cov_x(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return the covariance of x_a, shape (P, *lags), or (*lags) without names."""
        values = self.covariance_at(lags)
        if self.amplitudes is not None:
            values = values + 0.5 * np.multiply.outer(self.amplitudes**2, np.cos(self.omega * np.asarray(lags)))
        return self._shaped(solution, values)

    def corr_x(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return C^x_a, likewise."""
        found = self.cov_x(solution, lags)
        if self.means is None:
            return found
        square = self.means**2 if solution.axis.named else self.means[0] ** 2
        return found + np.reshape(square, (*np.shape(square), *[1] * np.ndim(lags)))

    def corr_phi(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return C^phi_a, likewise."""
        return self._shaped(solution, self.averages_at(units_of(solution.network), lags)[0])

    def corr_slope(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return <phi_a' phi_a'>, likewise."""
        return self._shaped(solution, self.averages_at(units_of(solution.network), lags)[1])

    def repeats(self, units: Units) -> bool:
        """Whether covariances come back to their value at lag 0 after a turn of the drive: nothing moves on its own."""
        if self.amplitudes is None or self.kinked:
            return False
        after = self.covariance[:, round(units.turn / self.grid.step)]
        return bool(np.all(after >= self.covariance[:, 0] * (1.0 - _PERIODIC)))

    def slopes_of_a_turn(self, units: Units, points: int) -> FloatArray:
        """Return <phi' phi'> at so many lags of a turn, shape (P, points)."""
        return self.averages_at(units, units.turn * np.arange(points) / points)[1]

    def covariance_at(self, lags: FloatArray) -> FloatArray:
        """Return C^x at lags, shape (P, *lags)."""
        at = np.asarray(lags, dtype=float)
        if self.amplitudes is not None:  # the last turn of the window stands for all later ones
            turn = 2.0 * math.pi / self.omega
            at = np.where(at > self.grid.window, self.grid.window - turn + (at - self.grid.window) % turn, at)
        inside = self._spline(np.minimum(at, self.grid.window))
        beyond = 0.0 if self.frozen is None else self.frozen.reshape(-1, *[1] * at.ndim)
        return np.where(at <= self.grid.window, inside, beyond)

    def averages_at(self, units: Units, lags: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return <phi phi> and <phi' phi'> at lags, shape (P, *lags) each."""
        return self.averages_of(units, self.covariance_at(lags), lags)

    def averages_of(self, units: Units, covariances: FloatArray, lags: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return both at covariances that belong to lags."""
        table = self.table(units)
        if self.means is None:
            found = [table(values, a, lags)[:2] for a, values in enumerate(covariances)]
        else:
            found = [table.leaning(values, a)[:2] for a, values in enumerate(covariances)]
        return np.array([q for q, _ in found]), np.array([p for _, p in found])

    def table(self, units: Units) -> Table:
        """Return the averages at the variances of the process."""
        known = self.__dict__.get("_table")
        if known is None:
            known = tables_of(units).finest(self.covariance[:, 0], self.means)
            self.__dict__["_table"] = known
        return known

    def far(self, units: Units) -> FloatArray:
        """Return <phi' phi'> at far lags, shape (P,)."""
        if self.frozen is None:
            return self.table(units).far
        return self.averages_of(units, self.frozen[:, None], np.zeros(1))[1][:, 0]

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
        return np.array(values if solution.axis.named else values[0])
