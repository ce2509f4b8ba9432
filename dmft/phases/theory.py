"""Which theory a network calls for, when the user names none."""

from __future__ import annotations

import dataclasses
import inspect
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from dmft.models.perceptron import Perceptron
from dmft.sweeps.sweep import Solver
from dmft.theories.capacity import CapacitySolution, solve_capacity
from dmft.theories.periodic import PeriodicSolution, solve_periodic
from dmft.theories.reduction import reduced
from dmft.theories.stationary import StationarySolution, solve_stationary


@dataclass(frozen=True)
class Theory:
    """A solver, and the class of its solutions, whose fields can be observed.

    Attributes
    ----------
    solve : a verb such as `dmft.solve_stationary`.
    solution : the class of what it returns, or None where it is not said.
    """

    solve: Solver
    solution: type | None = None

    @property
    def name(self) -> str:
        """Name of the verb."""
        return str(self.solve.__name__)

    @property
    def __signature__(self) -> inspect.Signature:
        """What the verb takes: asked by `inspect.signature`."""
        return inspect.signature(self.solve)

    def __call__(self, network: Any, **settings: Any) -> Any:
        """Solve."""
        return self.solve(network, **settings)

    def fields(self) -> frozenset[str] | None:
        """Return the names that a solution offers, or None where that is not known beforehand."""
        if self.solution is None:
            return None
        return frozenset(f.name for f in dataclasses.fields(self.solution)) | frozenset(dir(self.solution))


@singledispatch
def theory_of(network: Any) -> Theory:
    """Return the theory that a statement calls for; for one of your own, `theory_of.register` a function.

    Raises
    ------
    TypeError : for what is no statement of a network.
    """
    if not callable(getattr(network, "compose", None)):
        raise TypeError(f"no theory is known of a {type(network).__name__}; give solve=")
    if reduced(network).common_wave is not None:
        return Theory(solve_periodic, PeriodicSolution)
    return Theory(solve_stationary, StationarySolution)


@theory_of.register
def _(network: Perceptron) -> Theory:
    return Theory(solve_capacity, CapacitySolution)
