"""Estimators: what is measured while a network runs, nothing kept that grows with N times the duration.

A measure is a frozen value with settings; `start` makes the accumulator of one realization. An addition is one file and
one line in `words`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from numpy.typing import NDArray

from validation.simulators.simulator import Simulator


@dataclass(frozen=True)
class Sampling:
    """When a run is looked at.

    Attributes
    ----------
    interval : time between two updates of the estimators, in units of tau; a multiple of the time step.
    n_burn, n_samples : updates during the burn-in, and after it.
    """

    interval: float
    n_burn: int
    n_samples: int


class Accumulator:
    """The running estimate of one realization."""

    def burn(self, simulator: Simulator) -> None:
        """See the state once an interval during the burn-in; nothing, unless a kind of estimate needs it."""

    def update(self, simulator: Simulator) -> None:
        """See the state once an interval after the burn-in."""
        raise NotImplementedError

    def result(self) -> dict[str, Any]:
        """Return name -> number or array, averaged over time and over the states of the same couplings."""
        raise NotImplementedError


class Measure:
    """Settings of an estimator.

    Attributes
    ----------
    word : its word in `simulate(measure=...)`.
    needs_matrix : whether it asks for the couplings as a matrix.
    """

    word: ClassVar[str]
    needs_matrix: ClassVar[bool] = False

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name of a result -> (dimensions, unit)."""
        raise NotImplementedError

    def among(self, populations: tuple[str, ...]) -> Self:
        """Return the measure as a network of named populations asks for it; itself, unless it looks at each of them."""
        return self

    def n_tangents(self, n: int) -> int:
        """Return the number of tangent vectors needed, 0; refuse what a network of n neurons cannot have."""
        return 0

    def coordinates(self, sampling: Sampling) -> dict[str, NDArray[Any]]:
        """Return dimension -> its values, for the dimensions that have some."""
        raise NotImplementedError

    def n_results(self, sampling: Sampling) -> float:
        """Return roughly how many numbers its results are, before their coordinates are made."""
        return 0.0

    def n_states_kept(self, sampling: Sampling) -> int:
        """Return how many past states it keeps of every state that runs."""
        return 0

    def start(self, simulator: Simulator, sampling: Sampling) -> Accumulator:
        """Return the accumulator of one realization."""
        raise NotImplementedError
