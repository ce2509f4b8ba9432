"""The processes of populations under a structure that stays: those without it, under another mean and thresholds."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

from dmft.arrays import FloatArray
from dmft.theories.composed import composed
from dmft.theories.stationary.populations.process import PopulationProcess
from dmft.theories.stationary.solution import StationarySolution

NAMES = {"chaotic": "structured chaotic", "fixed point": "structured static"}  # of states of the other couplings
DRIVEN = "structured, "


@dataclass(frozen=True, eq=False)
class SharedProcess:
    """A Gaussian process for each population.

    Attributes
    ----------
    alone : the processes of the other couplings under the input of the structure.
    shift, static : mean of that input, and its variance over units.
    """

    alone: PopulationProcess
    shift: float
    static: float

    references: ClassVar[tuple[str, ...]] = ("mastrogiuseppe2018", "aljadeff2015")

    def cov_x(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return the covariances of x over units, around their means."""
        return self.alone.cov_x(held_alone(solution), lags)

    def corr_x(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return C^x."""
        return self.alone.corr_x(held_alone(solution), lags)

    def corr_phi(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return C^phi."""
        return self.alone.corr_phi(held_alone(solution), lags)

    def corr_slope(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return <phi' phi'>."""
        return self.alone.corr_slope(held_alone(solution), lags)


def held_alone(solution: StationarySolution) -> StationarySolution:
    """Return the state as one of the other couplings alone, under the input that the structure gives each unit."""
    process: SharedProcess = solution.process
    network = composed(solution.network)
    changes: dict[str, Any] = {"couplings.low_rank": None}
    for name, population in network.named.items():
        changes[f"populations.{name}.bias"] = population.bias + process.shift
        changes[f"populations.{name}.threshold_variance"] = population.threshold_variance + process.static
    words = {name: alone for alone, name in NAMES.items()}
    state = words.get(solution.state, solution.state.removeprefix(DRIVEN))
    return dataclasses.replace(solution, network=network.replace(**changes), process=process.alone, state=state)
