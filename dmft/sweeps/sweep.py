"""A sweep: which statements, in which order, starting from which solutions; and the way along a chain of them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np

from dmft.errors import NotConvergedError
from dmft.sweeps.grid import Axis
from dmft.sweeps.outcome import OBSERVABLE_RAISED, SOLVER_RAISED, Outcome, Reading

# What is raised by what has been given the wrong thing, whatever the parameters are.
AT_ANY_POINT = (TypeError, AttributeError, NameError, ImportError)

SOLVER = "the solver"  # among the names of observables, where it is the solver that failed in this way
Continuation: TypeAlias = Literal["up", "down", "both"] | None
Solver: TypeAlias = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Sweep:
    """The question of a map.

    Attributes
    ----------
    statement : what is solved, and whose fields are swept; it is a dataclass with a `replace` by dotted paths.
    axes : the swept fields, and keywords of the solver, with their grids.
    observed : what is read off each solution; it has a `name`, and `read(solution)` gives (reading, error).
    solve : statement -> solution.
    continuation : None (each point for itself), or the way in which chains of warm starts run along the last axis.
    """

    statement: Any
    axes: tuple[Axis, ...]
    observed: tuple[Any, ...]
    solve: Solver
    continuation: Continuation

    @property
    def directions(self) -> tuple[str, ...]:
        """The ways along the last axis, empty where no more than one is asked for."""
        return ("up", "down") if self.continuation == "both" else ()

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Shape of the map: directions (where there are two) first, then the axes."""
        return (*((2,) if self.directions else ()), *(len(axis.grid) for axis in self.axes))

    @property
    def size(self) -> int:
        """Number of points."""
        return math.prod(self.shape)

    def at(self, index: int) -> tuple[Any, dict[str, float]]:
        """Return the statement of a point, checked like any new one (it may refuse), and keywords of the solver."""
        position = np.unravel_index(index, self.shape)[-len(self.axes) :]
        fields: dict[str, float] = {}
        keywords: dict[str, float] = {}
        for axis, i in zip(self.axes, position, strict=True):
            if axis.keyword is None:
                fields[axis.path] = float(axis.grid[i])
            else:
                keywords[axis.path] = axis.keyword(axis.grid[i])
        return self.statement.replace(**fields), keywords

    def chains(self) -> list[tuple[int, ...]]:
        """Return the points of the map as chains to be walked in order; single points where nothing is continued."""
        points = np.arange(self.size)
        if self.continuation is None:
            return [(int(i),) for i in points]
        rows = points.reshape(-1, self.shape[-1])
        rises = len(self.axes[-1].grid) < 2 or self.axes[-1].grid[1] > self.axes[-1].grid[0]
        chains = []
        for number, row in enumerate(rows):
            up = self.continuation == "up" or (self.continuation == "both" and number < len(rows) // 2)
            chains.append(tuple(int(i) for i in (row if up == rises else row[::-1])))
        return chains


def walk(sweep: Sweep, points: tuple[int, ...], *, start: Any = None, known: int = 0) -> Iterator[tuple[Any, Any]]:
    """Solve the points of a chain in order, each from the last solution found.

    Yields (outcome, solution to start the next point from); the outcome is None for the first `known` points, which
    are solved only for the sake of those that follow.
    """
    last = start
    for number, index in enumerate(points):
        solution, outcome = solved(sweep, index, last)
        if outcome.status == 0 and sweep.continuation is not None:
            last = solution
        if number < known:
            yield None, last
        else:
            yield observed(sweep, solution, outcome), last


def solved(sweep: Sweep, index: int, start: Any = None) -> tuple[Any, Outcome]:
    """Return the solution of a point (None if its solver raised), and how it ended, nothing read off yet."""
    nothing = (math.nan,) * len(sweep.observed)
    try:
        statement, keywords = sweep.at(index)
        solution = call_solver(sweep.solve, statement, start, **keywords)
    except NotConvergedError as error:
        solution = error.solution
    except Exception as error:
        # One failed point never ends a sweep: whatever it raises is recorded where it happened.
        hopeless = (SOLVER,) if isinstance(error, AT_ANY_POINT) else ()
        return None, Outcome(index, SOLVER_RAISED, math.nan, nothing, nothing, sentence(error), hopeless=hopeless)
    convergence = getattr(solution, "convergence", None)
    if convergence is None:  # a solver of the user's, which returned: its word is taken for it
        return solution, Outcome(index, 0, math.nan, nothing, nothing)
    message = "" if convergence.converged else convergence.message
    residual, bound = float(convergence.residual), float(getattr(convergence, "error", math.nan))
    return solution, Outcome(index, convergence.status.code, residual, nothing, nothing, message, bound)


def observed(sweep: Sweep, solution: Any, outcome: Outcome) -> Outcome:
    """Return the outcome with the observables of a converged solution; one that raises leaves the others."""
    if outcome.failed:
        return outcome
    readings: list[Reading] = list(outcome.readings)
    errors, troubles, hopeless = list(outcome.errors), [], []
    for i, observable in enumerate(sweep.observed):
        try:
            readings[i], errors[i] = observable.read(solution)
        except Exception as error:
            troubles.append(f"{observable.name}: {sentence(error)}")
            if isinstance(error, AT_ANY_POINT):
                hopeless.append(observable.name)
    status = OBSERVABLE_RAISED if troubles else outcome.status
    return replace(
        outcome,
        status=status,
        readings=tuple(readings),
        errors=tuple(errors),
        message="; ".join(troubles),
        hopeless=tuple(hopeless),
    )


def sentence(error: Exception) -> str:
    """Return an error as a sentence with its kind."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def keywords_of(solve: Solver) -> frozenset[str]:
    """Return the names of what a solver takes beside the statement."""
    try:
        _, *others = inspect.signature(solve).parameters.values()
    except (TypeError, ValueError):
        return frozenset()
    return frozenset(p.name for p in others if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY))


def call_solver(solve: Solver, statement: Any, init: Any = None, **keywords: Any) -> Any:
    """Call a solver with a start, and without raising on failure, as far as it knows these words."""
    known = keywords_of(solve)
    if "on_failure" in known:
        keywords["on_failure"] = "ignore"
    if init is not None and "init" in known:
        keywords["init"] = init
    return solve(statement, **keywords)
