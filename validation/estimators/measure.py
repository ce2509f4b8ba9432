"""What an estimator is: settings, and the accumulator of one realization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

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


class Accumulator(Protocol):
    """The running estimate of one realization."""

    def burn(self, simulator: Simulator) -> None:
        """See the state once an interval during the burn-in."""
        ...

    def update(self, simulator: Simulator) -> None:
        """See the state once an interval after the burn-in."""
        ...

    def result(self) -> dict[str, Any]:
        """Return name -> number or array, averaged over time and over the states of the same couplings."""
        ...


class Measure(Protocol):
    """Settings of an estimator.

    Attributes
    ----------
    word : its word in `simulate(measure=...)`.
    variables : name of a result -> (dimensions, unit).
    """

    @property
    def word(self) -> str:
        """The word."""
        ...

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name -> (dimensions, unit)."""
        ...

    def n_tangents(self, n: int) -> int:
        """Return the number of tangent vectors needed; refuse what a network of n neurons cannot have."""
        ...

    def coordinates(self, sampling: Sampling) -> dict[str, np.ndarray]:
        """Return dimension -> its values, for the dimensions that have some."""
        ...

    def start(self, simulator: Simulator, sampling: Sampling) -> Accumulator:
        """Return the accumulator of one realization."""
        ...
