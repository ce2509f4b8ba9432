"""A species at the fixed point: its abundance as a function of the field, a normal number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.stationary.solution import StationarySolution


@dataclass(frozen=True, eq=False)
class SpeciesProcess:
    """The positive root of x (w - v x) + immigration = 0, w = mean + deviation z, z normal over species.

    Attributes
    ----------
    mean, deviation : of the field w, what is left to a species of its carrying capacity.
    v : 1 - gamma sigma^2 chi, what a species leaves of itself as it changes the others.
    immigration : rate.
    growth : sigma^2 <(dx/dw)^2>, below 1 if the fixed point is stable.
    divergent_mu : the mu above which abundances are bounded.
    """

    mean: float
    deviation: float
    v: float
    immigration: float
    growth: float
    divergent_mu: float

    references: ClassVar[tuple[str, ...]] = ("bunin2017", "galla2018")

    def corr_x(self, solution: StationarySolution, lags: FloatArray) -> FloatArray:
        """Return <x x>, the same at any lag."""
        return np.full(np.shape(lags), solution.corr_x[0])

    def corr_phi(self, solution: StationarySolution, lags: FloatArray) -> FloatArray:
        """Return <x x>: what is sent is the abundance."""
        return self.corr_x(solution, lags)

    def corr_slope(self, solution: StationarySolution, lags: FloatArray) -> FloatArray:
        """Return 1, the slope of what is sent by the abundance."""
        return np.ones(np.shape(lags))

    def abundance(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return x and dx/dz at normal numbers."""
        w = self.mean + self.deviation * z
        root = np.hypot(w, 2.0 * math.sqrt(self.v * self.immigration))
        up = 0.5 * (np.abs(w) + root) / self.v
        if self.immigration == 0.0:
            x = np.where(w > 0.0, up, 0.0)
            return x, np.where(w > 0.0, self.deviation / self.v, 0.0)
        x = np.where(w > 0.0, up, self.immigration / (self.v * up))
        return x, self.deviation * x / root
