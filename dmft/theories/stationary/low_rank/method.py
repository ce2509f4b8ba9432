"""`LowRankStates`: the method of `solve_stationary` for random plus low-rank couplings."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from dmft.budget import MOST, limited
from dmft.models.checks import one_of
from dmft.models.spelt import Spelt
from dmft.numerics.convergence import Status
from dmft.theories.low_rank import Structure, has_low_rank, structure_of
from dmft.theories.stationary.low_rank.all_states import Found, all_states, unbounded, unsolved
from dmft.theories.stationary.low_rank.outcome import Asked, failed, solution_of
from dmft.theories.stationary.low_rank.stepped import stepped_solution, stepped_states
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution

STATES = ("homogeneous", "structured", "rotating")


@dataclass(frozen=True)
class LowRankStates(Spelt):
    """States of a network with low-rank couplings, of which one is taken.

    In discrete time (`dmft.Map()`) the steady states of the one-step map, which a network keeps where no change
    of kappa and variance grows in a step (`tests/limits/test_low_rank_steps.py`).

    Parameters
    ----------
    state : None for the stable state of least variance (of `init` the one next to it), or "homogeneous" (kappa = 0),
        "structured" (kappa at rest) or "rotating", to ask for one of that kind, stable or not, a stable one first.

    Raises
    ------
    ValueError : for another word.
    """

    state: str | None = None

    def __post_init__(self) -> None:
        if self.state is not None:
            one_of("state", self.state, STATES)

    def refuses(self, question: Any) -> str | None:
        """Return why not: no low-rank couplings, or what is not solved beside them."""
        statement = question.statement
        if not has_low_rank(statement):
            return "the network has no low-rank couplings"
        try:
            structure = structure_of(statement, any_tau=True, any_time=True)
        except ValueError as error:
            return str(error)
        if structure.discrete and self.state == "rotating":
            return "rotations are not known in discrete time; ask for another state, or leave it out"
        kinds = {bool(outlier.imag) for outlier, _ in structure.modes}
        if self.state == "structured" and kinds == {True} and structure.spontaneous:
            return (
                f"the outliers are complex ({structure.modes[0][0]:.4g}): kappa rotates, and there is no static state; "
                'ask for state="rotating"'
            )
        if self.state == "rotating" and True not in kinds:
            return (
                f'the outliers are real ({structure.modes[0][0].real:.4g}): nothing rotates; ask for state="structured"'
            )
        return None

    def solve(self, question: Any) -> StationarySolution:
        """Return the state."""
        structure = structure_of(question.statement, any_tau=True, any_time=True)
        asked = asked_of(question, self.state)
        if structure.discrete:
            return self._stepped(structure, question, asked)
        found, _ = all_states(structure, everything=self.state is not None)
        picked = self._picked(found, question.init)
        if picked is None:
            if self.state is not None:
                return failed(structure, asked, Status.NO_SOLUTION, _none(structure, self.state))
            status = Status.NO_SOLUTION if unbounded(structure) else Status.STALLED
            return failed(structure, asked, status, unsolved(structure, found) or "no state was found")
        return replace(solution_of(structure, picked[0], asked, picked[1]), others=len(found) - 1)

    def _stepped(self, structure: Structure, question: Any, asked: Asked) -> StationarySolution:
        """Return the state in discrete time."""
        states, _ = stepped_states(structure)
        picked = self._picked([(state, None) for state in states], question.init)
        if picked is not None:
            return stepped_solution(structure, picked[0], question, len(states) - 1)
        if self.state is not None:
            return failed(structure, asked, Status.NO_SOLUTION, _none(structure, self.state))
        detail = "kappa or the variance leaves every steady state: there is none to stay in; dmft.branches lists them"
        return failed(structure, asked, Status.NO_SOLUTION, detail)

    def failed(self, question: Any, status: Status, detail: str) -> StationarySolution:
        """Return a solution that holds nothing but the reason."""
        return failed(
            structure_of(question.statement, any_tau=True, any_time=True),
            asked_of(question, self.state),
            status,
            detail,
        )

    def _picked(self, found: list[Found], init: StationarySolution | None) -> Found | None:
        if self.state is not None:
            found = [pair for pair in found if _kind(pair) == self.state]
            found = [pair for pair in found if pair[0].stable] or found
        else:
            found = [pair for pair in found if pair[0].stable]
        if not found or init is None or not math.isfinite(init.variance):
            return found[0] if found else None
        size = init.kappa if init.kappa is not None else 0.0
        return min(found, key=lambda pair: math.hypot(pair[0].variance - init.variance, pair[0].size - size))


def low_rank_branches(
    statement: Any, *, rtol: float, max_steps: int
) -> tuple[list[tuple[StationarySolution, str]], bool]:
    """Return all states by increasing variance, each with the sentence that judged it, and whether none is missing.

    Raises
    ------
    ValueError : for what is not solved beside low-rank couplings.
    """
    structure = structure_of(statement, any_tau=True, any_time=True)
    asked = Asked(None, rtol, {"rtol": rtol, "max_steps": max_steps})
    with limited(2.0 * MOST):
        if structure.discrete:
            states, complete = stepped_states(structure)
            asking = Question(statement, rtol=rtol, max_steps=max_steps)
            return [(stepped_solution(structure, s, asking, len(states) - 1), s.criterion) for s in states], complete
        found, complete = all_states(structure)
        others = len(found) - 1
        solved = [
            (replace(solution_of(structure, state, asked, rotation), others=others), state.criterion)
            for state, rotation in found
        ]
    return solved, complete and unsolved(structure, found) is None


def asked_of(question: Any, state: str | None) -> Asked:
    """Return what every outcome is asked."""
    settings = {"rtol": question.rtol, "max_steps": question.max_steps} | ({"state": state} if state else {})
    return Asked(question.lags, question.rtol, settings)


def _kind(pair: Found) -> str:
    state, _ = pair
    if state.omega:
        return "rotating"
    return "structured" if state.size > 0.0 else "homogeneous"


def _none(structure: Structure, state: str) -> str:
    largest = structure.modes[0][0]
    return (
        f"there is no {state} state: the outlier {largest:.4g} times <phi'> does not exceed 1 in the homogeneous "
        "state, or kappa = 0 is none; leave state out"
    )
