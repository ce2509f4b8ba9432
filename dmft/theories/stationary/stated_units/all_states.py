"""The states of sampled units: the one that is solved for, and all that other starts come to."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from dmft.numerics.convergence import Status
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.stated_units.solve import solve_stated_units
from dmft.theories.stationary.stated_units.starts import Start, from_solution, growing_direction, pushed, quiet
from dmft.theories.stationary.stated_units.state import begun

_SAME = 3.0  # claimed errors, within which two states are one
_LEAST = 1e-9  # below which two figures are one


def state_near(units: StatedUnits, init: StationarySolution | None, **settings: Any) -> StationarySolution:
    """Return the state that `init`, or else high activity, leads to; from one whose means leave it, the one beside it.

    Parameters
    ----------
    settings : of `solve_stated_units`.
    """
    solution = solve_stated_units(units, **settings, start=from_solution(init) or begun)
    direction = growing_direction(units) if solution.convergence.status is Status.UNSTABLE else None
    if direction is None:
        return solution
    beside = solve_stated_units(units, **settings, start=pushed(direction))
    return dataclasses.replace(beside, others=1) if beside.convergence.converged else solution


def all_states(units: StatedUnits, **settings: Any) -> list[tuple[StationarySolution, str]]:
    """Return the states that high and low activity and means to both sides lead to, each with what decided."""
    starts: list[tuple[str, Start]] = [("high activity", begun), ("low activity", quiet)]
    direction = growing_direction(units)
    if direction is not None:
        starts += [("means on one side", pushed(direction)), ("means on the other side", pushed(-direction))]
    found: list[tuple[StationarySolution, str]] = []
    for name, start in starts:
        solution = solve_stated_units(units, **settings, start=start)
        if not any(_same(solution, other) for other, _ in found):
            found.append((solution, f"reached from {name}: {_criterion(solution)}"))
    return found


def _criterion(solution: StationarySolution) -> str:
    if not solution.convergence.converged:
        return solution.convergence.detail
    if solution.stable is None:
        return "the iteration stays, what perturbations do is not known"
    return "what moves does not grow" if solution.stable else "what moves grows"


def _same(one: StationarySolution, other: StationarySolution) -> bool:
    """Return whether two states differ by no more than their errors; two that are none are the same if they say so."""
    if not (np.all(np.isfinite(one.corr_x)) and np.all(np.isfinite(other.corr_x))):
        return one.convergence.detail == other.convergence.detail
    own, others = _figures(one), _figures(other)
    return all(
        bool(np.all(np.abs(a - b) <= _SAME * (ea + eb) + _LEAST)) for (a, ea), (b, eb) in zip(own, others, strict=True)
    )


def _figures(solution: StationarySolution) -> tuple[tuple[Any, Any], ...]:
    """Return <x x> at lag 0 and <x>, each with its error."""
    mean_error = np.asarray(solution.process.mean_x_errors).reshape(np.shape(solution.mean_x))
    error: Any = solution.corr_x_error
    return (solution.corr_x[..., 0], error[..., 0]), (np.asarray(solution.mean_x), mean_error)
