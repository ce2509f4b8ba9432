"""The processes of populations under a structure that stays: those without it, under another mean and thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from dmft.theories.composed import composed
from dmft.theories.stationary.low_rank.under_structure import UnderStructure
from dmft.theories.stationary.populations.process import PopulationProcess
from dmft.theories.stationary.solution import StationarySolution


@dataclass(frozen=True, eq=False)
class SharedProcess(UnderStructure):
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
    words: ClassVar[str] = "populations with low-rank couplings"

    def held(self, solution: StationarySolution) -> Any:
        """Return the populations with the other couplings alone, under the input that the structure gives each unit."""
        network = composed(solution.network)
        changes: dict[str, Any] = {"couplings.low_rank": None}
        for name, population in network.named.items():
            changes[f"populations.{name}.bias"] = population.bias + self.shift
            changes[f"populations.{name}.threshold_variance"] = population.threshold_variance + self.static
        return network.replace(**changes)
