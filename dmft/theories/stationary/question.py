"""What a stationary method is asked: the network, and the settings that mean the same to every method."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.fixed_point import Callback
from dmft.theories.blocks import Blocks, blocks_of
from dmft.theories.reduction import Reduction, reduced
from dmft.theories.stationary.centred.at_rest import StaticState, fixed_points_of, origin
from dmft.theories.stationary.centred.on_orbit import moving_states
from dmft.theories.stationary.centred.problem import Problem
from dmft.theories.stationary.goal import Goal
from dmft.theories.stationary.solution import StationarySolution

RTOL = 1e-9


@dataclass(frozen=True, eq=False)
class Question:
    """A network, and how its state is looked for.

    Attributes
    ----------
    statement : the network, or its reduction.
    lags : of the arrays; None for those of the method.
    rtol : largest residual that counts as converged.
    max_steps, init, callback : as of `solve_stationary`.
    """

    statement: Any
    lags: FloatArray | None = None
    rtol: float = RTOL
    max_steps: int = 100
    init: StationarySolution | None = None
    callback: Callback | None = None

    @cached_property
    def network(self) -> Reduction:
        """The reduction to one population of zero or negative mean, tau = 1. Raises ValueError where there is none."""
        return reduced(self.statement)

    @cached_property
    def blocks(self) -> Blocks:
        """The populations as arrays. Raises ValueError for what a theory of populations does not know."""
        return blocks_of(self.statement)

    @cached_property
    def outside(self) -> str | None:
        """Why the network is none that the theory of one population solves; None if it is one."""
        try:
            _ = self.network
        except ValueError as error:
            return str(error)
        return None

    @property
    def goal(self) -> Goal:
        """How well the state is to be solved."""
        return Goal(self.rtol, self.max_steps)

    def problem(self, **settings: Any) -> Problem:
        """Return the question as the theory of a network of zero mean takes it."""
        return Problem(self.network, self.lags, {"rtol": self.rtol, "max_steps": self.max_steps, **settings})

    @cached_property
    def states(self) -> tuple[list[tuple[float, StaticState | None]], int]:
        """Return the stable states (variance, static state or None for a moving one), and which of them is meant.

        The one of least variance, or the one whose variance is nearest to that of `init`.
        """
        network, init = self.network, self.init
        static: list[StaticState] = []
        if network.undriven:
            rest = origin(network)
            if rest is not None and rest.stable:
                if init is None:
                    return [(0.0, rest)], 0
                static.append(rest)
            # Odd phi has no stable fixed point but the origin: <phi phi> is convex in c and vanishes with it.
            if not _is_odd(network.nonlinearity):
                static += [state for state in fixed_points_of(network) if state.stable]
        moving = [state.x for state in moving_states(self.problem()) if state.rising]
        states: list[tuple[float, StaticState | None]] = [(s.variance, s) for s in static]
        states += [(c0, None) for c0 in moving]
        states.sort(key=lambda s: s[0])
        pick = 0
        if states and init is not None and math.isfinite(init.variance):
            target = init.variance
            largest = max(target, states[-1][0])
            pick = min(range(len(states)), key=lambda i: _distance(states[i][0], target, largest))
        return states, pick

    @property
    def others(self) -> int | None:
        """Number of other stable states; None where the search ended at the first, a state at rest."""
        states, _ = self.states
        at_rest = self.init is None and states[0][0] == 0.0
        return None if at_rest else len(states) - 1


def _is_odd(nonlinearity: Any) -> bool:
    x = np.concatenate([np.sinh(np.linspace(1e-3, 6.0, 60)), np.logspace(-6.0, 1.0, 40)])
    with np.errstate(all="ignore"):
        right, left = (np.asarray(nonlinearity(sign * x), dtype=float) for sign in (1.0, -1.0))
    usable = np.isfinite(right) & np.isfinite(left)
    return bool(np.all(np.abs(right + left)[usable] <= 1e-14 * np.max(np.abs(right[usable]), initial=0.0)))


def _distance(variance: float, target: float, largest: float) -> float:
    """Return how far a variance is from another, in decades down to 1e-4 of the largest: what is small is near rest."""
    floor = 1e-4 * max(largest, 1e-300)
    return abs(math.log10(variance + floor) - math.log10(target + floor))
