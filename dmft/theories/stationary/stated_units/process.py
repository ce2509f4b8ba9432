"""The single-site process of sampled units: what else is known of it than the first state and the first output."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling import PeriodicGrid
from dmft.theories.stated_units import StatedUnits, stated_units_of
from dmft.theories.stationary.solution import Interpolated
from dmft.theories.stationary.stated_units.state import Outputs, packed


@dataclass(frozen=True, eq=False, repr=False)
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
    memory : coefficients of the response by which units hear their own past, shape (K,); (0,) where they do not.
    memory_rate : of the functions that these are of (`dmft.theories.stated_memory`).
    """

    outputs: FloatArray
    output_errors: FloatArray
    means: FloatArray
    mean_errors: FloatArray
    frozen: FloatArray
    mean_x_errors: FloatArray
    omega: FloatArray
    response: ComplexArray
    memory: FloatArray = field(default_factory=lambda: np.zeros(0))
    memory_rate: float = math.nan

    def units(self, statement: Any) -> StatedUnits:
        """Return the units of the statement, with the memory that they have."""
        units = stated_units_of(statement)
        return units.remembering(self.memory_rate, len(self.memory)) if len(self.memory) else units

    def state(self, units: StatedUnits, grid: PeriodicGrid) -> FloatArray:
        """Return what the sampled map keeps of the outputs."""
        changing = self.outputs - (self.means**2 + self.frozen)[:, None]
        tapered = np.array([grid.tapered(part) for part in changing])
        return packed(Outputs(tapered, self.frozen, self.means, self.memory), units)

    references: ClassVar[tuple[str, ...]] = ("sompolinsky1988", "stern2014")
    words: ClassVar[str] = "units of stated dynamics"
