"""The distribution of abundances of species at a fixed point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.observables.rate_distribution import RateDistribution, own_distribution
from dmft.observables.rate_parts import NODES, REACH, RatePart
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.species.process import SpeciesProcess


@dataclass(frozen=True, eq=False)
class Abundance:
    """The abundance of a species as a function of a standard normal number; it does not move."""

    process: Any
    moving: float = 0.0

    def both(self, z: FloatArray) -> FloatArray:
        """Return the abundance and its derivative by z, shape (2, n)."""
        return np.stack(self.process.abundance(z))

    def __call__(self, z: FloatArray) -> FloatArray:
        """Return the abundance."""
        return np.asarray(self.process.abundance(z)[0], dtype=float)


@own_distribution.register
def _(process: SpeciesProcess, solution: StationarySolution) -> RateDistribution:
    from scipy.special import ndtr

    function = Abundance(process)
    part = RatePart(1.0, function, function(np.linspace(-REACH, REACH, NODES)))
    dead = float(ndtr(-process.mean / process.deviation)) if process.immigration == 0.0 else 0.0
    atoms = ((0.0, dead),) if dead > 0.0 else ()
    mean, variance = float(solution.mean_x), float(solution.variance)
    return RateDistribution(mean, variance, float(part.rates.min()), float(part.rates.max()), atoms, (part,))
