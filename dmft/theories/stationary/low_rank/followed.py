"""Moving states of populations under the input of a structure along kappa: one that is followed to where kappa keeps
itself up, and those that rest leads to."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Status
from dmft.theories.shared_structure import SharedStructure
from dmft.theories.stationary.populations.outcome import moving_solution
from dmft.theories.stationary.populations.settle import State, arrived, interpolated, settle
from dmft.theories.stationary.populations.solve import solve_populations
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution

_FIRST, _LONGEST = 1e-3, 0.15  # steps of kappa, over its bound
_SHORTEST = 1e-6  # step below which the state is lost: it has a fold in kappa, or stops moving
_STEPS = 40
_STILL = ("fixed point", "quiescent")  # names of states that do not move
_ARRIVED = 1e-13  # step of kappa, over its bound, with which it is known


class Followed:
    """One state at many kappa, each by Newton's method from the next one known.

    Parameters
    ----------
    kappa, state : where it is known.
    """

    def __init__(self, structure: SharedStructure, question: Question, kappa: float, state: State) -> None:
        self.structure, self._question = structure, question
        self._known: dict[float, State] = {kappa: state}

    def at(self, kappa: float) -> State | None:
        """Return the state at a kappa; None where it is lost on the way there."""
        if kappa in self._known:
            return self._known[kappa]
        near = self._known[min(self._known, key=lambda known: abs(known - kappa))]
        mesh, c = near.equations.mesh, near.point.c

        def start(lags: FloatArray) -> FloatArray:
            return interpolated(mesh, c, lags)

        blocks, goal = self.structure.held(kappa), self._question.goal
        sites = near.equations.sites
        found = settle(blocks, sites, start, near.point.m, goal, window=mesh.length, first=math.inf)
        if not arrived(blocks, found, self._question.rtol):
            return None
        self._known[kappa] = found
        return found

    def alone(self, kappa: float) -> StationarySolution | None:
        """Return what the other couplings do there, as a solution."""
        state = self.at(kappa)
        return None if state is None else moving_solution(self.structure.held(kappa), state, self._question)

    def lacks(self, kappa: float) -> float:
        """Return n . phi/N less kappa; nan where the state is lost."""
        state = self.at(kappa)
        if state is None:
            return math.nan
        return self.structure.fed_back(kappa, state.point.one.phi, state.point.one.slope) - kappa

    def root(self) -> float | None:
        """Return the kappa that keeps itself up, by secants; None where they lead to none."""
        largest, (kappa,) = self.structure.largest, self._known
        lacking = self.lacks(kappa)
        step = math.copysign(_FIRST * largest, lacking)
        for _ in range(_STEPS):
            if lacking == 0.0 or abs(step) <= _ARRIVED * largest:
                return kappa
            step = float(np.clip(step, -_LONGEST * largest, _LONGEST * largest))
            ahead = self.lacks(kappa + step)
            while not math.isfinite(ahead):
                step *= 0.4
                if abs(step) < _SHORTEST * largest:
                    return None
                ahead = self.lacks(kappa + step)
            rise = (ahead - lacking) / step
            kappa, lacking = kappa + step, ahead
            if rise == 0.0 or abs(kappa) > largest:
                return None
            step = -lacking / rise
        return None


class FromRest:
    """What populations come to from rest at each kappa."""

    def __init__(self, structure: SharedStructure, question: Question) -> None:
        self.structure, self._question = structure, question
        self._known: dict[float, StationarySolution] = {}

    def alone(self, kappa: float) -> StationarySolution:
        """Return what the other couplings do under the input of the structure."""
        if kappa not in self._known:
            self._known[kappa] = solve_populations(self.structure.held(kappa), self._question)
        return self._known[kappa]

    def moves(self, kappa: float) -> bool:
        """Whether that moves."""
        return self.alone(kappa).state not in _STILL

    def lacks(self, kappa: float) -> float:
        """Return n . phi/N less kappa; nan where the rest is not solved."""
        alone = self.alone(kappa)
        if alone.convergence.status is not Status.CONVERGED:
            return math.nan
        return self.structure.fed_back(kappa, np.atleast_1d(alone.mean_phi), np.atleast_1d(alone.mean_slope)) - kappa
