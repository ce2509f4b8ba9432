"""The single-site process of sampled units: what else is known of it than the first state and the first output."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.sampling.periodic_grid import even_spline
from dmft.theories.stated_units import StatedUnits, stated_units_of
from dmft.theories.stationary.solution import Interpolated, StationarySolution
from dmft.theories.stationary.stated_units.state import Outputs, packed, waves_at


@dataclass(frozen=True, eq=False, repr=False)
class UnitProcess(Interpolated):
    """Units that hear Gaussian fields, sampled; O outputs of all populations, one after the other.

    Attributes
    ----------
    outputs, output_errors : correlations of the outputs that differ, at the lags of the solution, shape (O, n_lag).
    means, mean_errors : of these outputs, shape (O,).
    frozen : what their covariances decay to, shape (O,).
    mean_x_errors : of <x>, one a population, shape (P,).
    waves, waves_x : what turns with sinusoids of random phase and does not decay, v_h of sum_h v_h cos(h w lag) in the
        covariances of these outputs and of x, shape (O, H) and (P, H).
    omega : angular frequencies, shape (n_omega,).
    response : of each of these outputs to each field of its population, d<o_k>/d eta_l (w) by Novikov's theorem, shape
        (O, K, n_omega).
    memory : coefficients of the response by which units hear their own past, shape (K,); (0,) where they do not.
    memory_rate : of the functions that these are of (`dmft.theories.stated_memory`).
    """

    outputs: FloatArray
    output_errors: FloatArray
    means: FloatArray
    mean_errors: FloatArray
    frozen: FloatArray
    mean_x_errors: FloatArray
    waves: FloatArray
    waves_x: FloatArray
    omega: FloatArray
    response: ComplexArray
    memory: FloatArray = field(default_factory=lambda: np.zeros(0))
    memory_rate: float = math.nan

    def units(self, statement: Any) -> StatedUnits:
        """Return the units of the statement, with the memory that they have."""
        units = stated_units_of(statement)
        return units.remembering(self.memory_rate, len(self.memory)) if len(self.memory) else units

    def corr_x(self, solution: StationarySolution, lags: FloatArray) -> FloatArray:
        """Return C^x; beyond the lags of the solution what does not decay."""
        units = stated_units_of(solution.network)
        still = np.asarray(solution.mean_x) ** 2 + np.nan_to_num(np.asarray(solution.static_variance))
        return beyond(solution.lags, solution.corr_x, lags, np.atleast_1d(still), self.waves_x, units)

    def corr_phi(self, solution: StationarySolution, lags: FloatArray) -> FloatArray:
        """Return C^phi, likewise."""
        units = stated_units_of(solution.network)
        first = list(units.first)
        still = self.means[first] ** 2 + self.frozen[first]
        return beyond(solution.lags, solution.corr_phi, lags, still, self.waves[first], units)

    def state(self, units: StatedUnits, grid: PeriodicGrid) -> FloatArray:
        """Return what the sampled map keeps of the outputs."""
        kept = (self.means**2 + self.frozen)[:, None] + waves_at(self.waves, units, grid.lags)
        changing = np.array([grid.tapered(part) for part in self.outputs - kept])
        return packed(Outputs(changing, self.frozen, self.means, self.waves, self.memory), units)

    references: ClassVar[tuple[str, ...]] = ("sompolinsky1988", "stern2014")
    words: ClassVar[str] = "units of stated dynamics"


def beyond(
    known: FloatArray, values: FloatArray, lags: FloatArray, still: FloatArray, waves: FloatArray, units: StatedUnits
) -> FloatArray:
    """Return correlations of shape (.., n_known) at any lags; beyond those known, still + sum_h v_h cos(h w lag)."""
    at = np.ravel(lags)
    inside = np.array([even_spline(known, row, at) for row in np.atleast_2d(values)])
    found = np.where(at <= known[-1], inside, still[:, None] + waves_at(waves, units, at))
    return found.reshape(np.shape(values)[:-1] + np.shape(lags))
