"""Every stationary state of a random network: at rest, fixed points, moving, stable or not."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from dmft.theories.reduction import Reduction
from dmft.theories.stationary.centred.at_rest import expected_excess, fixed_points_of, origin
from dmft.theories.stationary.centred.driven_start import start_of
from dmft.theories.stationary.centred.on_orbit import equivalent_noise, moving_states, solve_on_orbit
from dmft.theories.stationary.centred.on_window import Search, solve_on_window
from dmft.theories.stationary.centred.problem import Problem
from dmft.theories.stationary.solution import StationarySolution

_SAME = 1e-6  # relative difference of the variances of two states below which they are one


@dataclass(frozen=True)
class State:
    """A stationary state and whether it is stable, with the sentence that decided."""

    solution: StationarySolution
    stable: bool
    criterion: str


def all_states(network: Reduction, *, rtol: float, max_steps: int) -> tuple[list[State], bool]:
    """Return the states by increasing variance, and whether the number of fixed points is what it must be.

    The number of fixed points with a falling variance map exceeds that of those with a rising one by what the map's
    limits at small and large variance demand (the degree); a root that the search has missed shows there.
    """
    problem = Problem(network, None, {"rtol": rtol, "max_steps": max_steps, "window": None, "method": None})
    if network.coloured or network.waves:
        states = _driven(problem, rtol, max_steps)
        return _numbered(states), True
    states, complete = [], True
    if network.undriven:
        rest = origin(network)
        static = fixed_points_of(network, dense=True)
        complete = sum(-1 if s.rising else 1 for s in static) == expected_excess(network, rest)
        for s in ([rest] if rest is not None else []) + static:
            criterion = f"g^2 <phi'^2> = {s.growth:.4g}"
            if s.rising:
                criterion = f"a larger variance grows further; {criterion}"
            states.append(State(s.solution(problem, rtol, None), s.stable, criterion))
    for root in moving_states(problem, dense=True):
        criterion = f"its energy {'rises' if root.rising else 'falls'} with the variance"
        states.append(State(solve_on_orbit(problem, rtol, root.x), root.rising, criterion))
    return _numbered(states), complete


def _driven(problem: Problem, rtol: float, max_steps: int) -> list[State]:
    """Return the states under other input that are found from those under white noise of the same variance."""
    noisy = equivalent_noise(problem)
    states: list[State] = []
    for root in moving_states(noisy, dense=True):
        start = solve_on_orbit(noisy, 1e-6, root.x)
        found = solve_on_window(problem, start_of(start), Search(rtol, max_steps))
        if not math.isfinite(found.variance):
            continue
        if all(abs(found.variance / s.solution.variance - 1.0) > _SAME for s in states):
            criterion = f"followed from white noise, where its energy {'rises' if root.rising else 'falls'}"
            states.append(State(found, root.rising, criterion))
    return states


def _numbered(states: list[State]) -> list[State]:
    states = sorted(states, key=lambda s: s.solution.variance)
    return [replace(s, solution=replace(s.solution, others=len(states) - 1)) for s in states]
