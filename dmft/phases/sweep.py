"""A sweep: which networks, in which order, starting from which solutions; and the way along a chain of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np

from dmft.errors import NotConvergedError
from dmft.phases.grid import Axis
from dmft.phases.observe import Observable
from dmft.phases.outcome import OBSERVABLE_RAISED, SOLVER_RAISED, Outcome, Reading
from dmft.phases.theory import Solver, call_solver

Continuation: TypeAlias = Literal["up", "down", "both"] | None


@dataclass(frozen=True, eq=False)
class Sweep:
    """The question of a map.

    Attributes
    ----------
    network : the network whose fields are swept.
    axes : the swept fields with their grids.
    observed : what is read off each solution.
    solve : network -> solution.
    continuation : None (each point for itself), or the way in which chains of warm starts run along the last axis.
    """

    network: Any
    axes: tuple[Axis, ...]
    observed: tuple[Observable, ...]
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

    def network_at(self, index: int) -> Any:
        """Return the network of a point; it is checked like any new network, and may refuse."""
        position = np.unravel_index(index, self.shape)[-len(self.axes) :]
        values = {axis.path: float(axis.grid[i]) for axis, i in zip(self.axes, position, strict=True)}
        return self.network.replace(**values)

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
        solution, status, residual, message = _solved(sweep, index, last)
        if status == 0 and sweep.continuation is not None:
            last = solution
        if number < known:
            yield None, last
        else:
            yield _read(sweep, index, solution, status, residual, message), last


def _solved(sweep: Sweep, index: int, start: Any) -> tuple[Any, int, float, str]:
    try:
        solution = call_solver(sweep.solve, sweep.network_at(index), start)
    except NotConvergedError as error:
        solution = error.solution
    except Exception as error:
        # One failed point never ends a sweep: whatever it raises is recorded where it happened.
        return None, SOLVER_RAISED, math.nan, _sentence(error)
    convergence = getattr(solution, "convergence", None)
    if convergence is None:  # a solver of the user's, which returned: its word is taken for it
        return solution, 0, math.nan, ""
    message = "" if convergence.converged else convergence.message
    return solution, convergence.status.code, float(convergence.residual), message


def _read(sweep: Sweep, index: int, solution: Any, status: int, residual: float, message: str) -> Outcome:
    readings: list[Reading] = [math.nan] * len(sweep.observed)
    errors = [math.nan] * len(sweep.observed)
    if status == 0:
        for i, observable in enumerate(sweep.observed):
            try:
                readings[i], errors[i] = observable.read(solution)
            except Exception as error:
                status = OBSERVABLE_RAISED
                message += f"{'; ' if message else ''}{observable.name}: {_sentence(error)}"
    return Outcome(index, status, residual, tuple(readings), tuple(errors), message)


def _sentence(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
