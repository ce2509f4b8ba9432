"""What `simulate` of a perceptron is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from validation.ensemble import check_memory
from validation.finite_size_law import Law
from validation.perceptrons.law import law_of
from validation.perceptrons.measures import MEASURES
from validation.perceptrons.patterns import count_of
from validation.static_plan import LoadPlan

_PATTERNS = 8  # patterns per input that a measure without a load may come to


@dataclass(frozen=True)
class PerceptronPlan(LoadPlan):
    """How a realization is made.

    Attributes
    ----------
    limits, ridge : of the least squares.
    """

    limits: tuple[float, float] | None = None
    ridge: float = 0.0

    known = MEASURES
    things = "patterns"
    unloaded = "one neuron"

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
