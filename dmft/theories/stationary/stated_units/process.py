"""The single-site process of sampled units: what else is known of it than the first state and the first output."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling import PeriodicGrid
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.solution import Interpolated
from dmft.theories.stationary.stated_units.state import Outputs, packed


@dataclass(frozen=True, eq=False)
class UnitProcess(Interpolated):
    """Units that hear Gaussian fields, sampled; O outputs of all populations, one after the other.

    Attributes
    ----------
    outputs, output_errors : correlations of the outputs that differ, at the lags of the solution, shape (O, n_lag).
    means, mean_errors : of these outputs, shape (O,).
    frozen : what their covariances decay to, shape (O,).
    mean_x_errors : of <x>, one a population, shape (P,).
    omega : angular frequencies, shape (n_omega,).
    response : of each of these outputs to each field of its population, d<o_k>/d eta_l (w) by Novikov's theorem, shape
        (O, K, n_omega).
    """

    outputs: FloatArray = field(repr=False)
    output_errors: FloatArray = field(repr=False)
    means: FloatArray = field(repr=False)
    mean_errors: FloatArray = field(repr=False)
    frozen: FloatArray = field(repr=False)
    mean_x_errors: FloatArray = field(repr=False)
    omega: FloatArray = field(repr=False)
    response: ComplexArray = field(repr=False)

    def state(self, units: StatedUnits, grid: PeriodicGrid) -> FloatArray:
        """Return what the sampled map keeps of the outputs."""
        changing = self.outputs - (self.means**2 + self.frozen)[:, None]
        return packed(Outputs(np.array([grid.tapered(part) for part in changing]), self.frozen, self.means), units)

    references: ClassVar[tuple[str, ...]] = ("sompolinsky1988", "stern2014")
    words: ClassVar[str] = "units of stated dynamics"
