"""Which theory a network calls for, when the user names none."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, TypeAlias

from dmft.models.statement import Statement
from dmft.theories.balanced_stationary import BalancedStationarySolution, solve_balanced_stationary
from dmft.theories.periodic import PeriodicSolution, solve_periodic
from dmft.theories.plastic import PlasticSolution, solve_plastic
from dmft.theories.reduction import reduced
from dmft.theories.stationary import StationarySolution, solve_stationary

Solver: TypeAlias = Callable[..., Any]


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

    def __call__(self, network: Any, *, init: Any = None) -> Any:
        """Solve; what does not converge is returned with its status, not raised."""
        return call_solver(self.solve, network, init)

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
    raise TypeError(f"no theory is known of a {type(network).__name__}; give solve=")


@theory_of.register
def _(network: Statement) -> Theory:
    if not callable(getattr(network, "compose", None)):
        raise TypeError(f"no theory is known of a {type(network).__name__}; give solve=")
    problem = reduced(network)
    if problem.plastic:
        return Theory(solve_plastic, PlasticSolution)
    if problem.common_wave is not None:
        return Theory(solve_periodic, PeriodicSolution)
    if problem.centred:
        return Theory(solve_stationary, StationarySolution)
    return Theory(solve_balanced_stationary, BalancedStationarySolution)


def accepts(solve: Solver, parameter: str) -> bool:
    """Whether a solver has a parameter of that name."""
    if isinstance(solve, Theory):
        solve = solve.solve
    try:
        return parameter in inspect.signature(solve).parameters
    except (TypeError, ValueError):
        return False


def call_solver(solve: Solver, network: Any, init: Any) -> Any:
    """Call a solver with a start, and without raising on failure, as far as it knows these words."""
    if isinstance(solve, Theory):
        return solve(network, init=init)
    settings: dict[str, Any] = {}
    if accepts(solve, "on_failure"):
        settings["on_failure"] = "ignore"
    if init is not None and accepts(solve, "init"):
        settings["init"] = init
    return solve(network, **settings)
