"""What `simulate` of a perceptron is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dmft.models.serialization import network_from_mapping
from validation.ensemble import check_memory
from validation.finite_size_law import Law
from validation.perceptrons.law import law_of
from validation.perceptrons.measures import MEASURES
from validation.perceptrons.patterns import count_of
from validation.static_plan import StaticPlan, checked_measures

_PATTERNS = 8  # patterns per input that a measure without a load may come to


@dataclass(frozen=True)
class PerceptronPlan(StaticPlan):
    """How a realization is made.

    Attributes
    ----------
    load : P/N; None where nothing is measured at a load.
    limits, ridge : of the least squares.
    """

    load: float | None = None
    limits: tuple[float, float] | None = None
    ridge: float = 0.0

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> PerceptronPlan:
        """Return the experiment that `to_mapping` described."""
        fields = dict(mapping)
        fields["network"] = network_from_mapping(fields["network"])
        fields["measures"] = checked_measures(fields["measures"], MEASURES)
        fields["limits"] = None if fields["limits"] is None else tuple(fields["limits"])
        return cls(**fields)

    @property
    def extent(self) -> str:
        """How much of a neuron is measured."""
        return "one neuron" if self.load is None else f"{self.load:g} N patterns"

    @property
    def sentence(self) -> str:
        """The settings in a line."""
        words = ", ".join(measure.word for measure in self.measures)
        return words if self.load is None else f"load {self.load:g}; {words}"

    def law(self, quantity: str, simulation: Any) -> Law:
        """Return bounds on how far a quantity of N inputs lies from the limit."""
        return law_of(quantity, simulation)

    def check_size(self, size: int, workers: int) -> None:
        """Refuse a size whose patterns do not fit in memory."""
        remedy = "smaller sizes" if self.load is None else "smaller sizes, or a smaller load"
        check_memory(5 * 8 * (size + 1) * (self._count(size) + size), size, workers, remedy)

    def seconds(self, size: int) -> float:
        """Return about how long a realization takes, from below, in seconds of one core."""
        return sum(measure.seconds(size, self._count(size)) for measure in self.measures)

    def _count(self, size: int) -> int:
        return count_of(_PATTERNS if self.load is None else self.load, size)
