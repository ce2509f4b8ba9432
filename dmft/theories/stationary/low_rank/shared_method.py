"""`LowRankPopulations`: the method of `solve_stationary` for populations that share a term of rank one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dmft.budget import MOST, limited
from dmft.models.spelt import Spelt
from dmft.numerics.convergence import Status
from dmft.theories.low_rank import has_low_rank
from dmft.theories.shared_structure import shared_structure_of
from dmft.theories.stationary.low_rank.shared import Search, SharedState, shared_solution
from dmft.theories.stationary.populations.outcome import failed
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution


@dataclass(frozen=True)
class LowRankPopulations(Spelt):
    """Named populations and a low-rank term of rank one whose vectors have one law in all of them.

    kappa = sum_b f_b (nbar <phi_b> + S <phi_b'> kappa), the other couplings solved (`Populations`) at each kappa under
    the input of the structure, of mean mbar kappa and variance S_mm kappa^2 over units. Of the states the one of least
    variance that a network keeps, as far as that is known (of `init` the one next to it).

    Source: Mastrogiuseppe & Ostojic, Neuron 99, 609 (2018), of one population; Aljadeff, Stern & Sharpee (2015).
    Accuracy: a population that is split as the whole to 1e-9, networks (`tests/limits/test_low_rank_populations.py`).
    Fixed points: all, with kappa among the unknowns, until the signs of the determinants add up to 1
    (`tests/invariants/test_low_rank_population_states.py`: none that a search of 100 random networks by other code
    finds is missing). Moving states are those that fixed points lead to, followed along kappa, and those that
    populations come to from rest at a grid of kappa: others are missed.
    Cost: 1-6 s for two populations.
    """

    def refuses(self, question: Any) -> str | None:
        """Return why not: no low-rank couplings, or what is not solved beside them."""
        if not has_low_rank(question.statement):
            return "the network has no low-rank couplings"
        try:
            shared_structure_of(question.statement)
        except ValueError as error:
            return str(error)
        return None

    def solve(self, question: Question) -> StationarySolution:
        """Return the state."""
        structure = shared_structure_of(question.statement)
        search = Search(structure, question)
        states = search.states()
        kept = [state for state in states if state.stable is not False]
        if not kept:
            return self.failed(question, Status.UNRESOLVED, f"no state was found that a network keeps, {_why(search)}")
        picked = kept[0] if question.init is None else _nearest(kept, question.init)
        return shared_solution(structure, picked, question, len(states) - 1)

    def failed(self, question: Question, status: Status, detail: str) -> StationarySolution:
        """Return a solution that holds nothing but the reason."""
        return replace(failed(question.blocks, question, status, detail), network=question.statement)


def _why(search: Search) -> str:
    """Return what finding none says."""
    static = "the fixed points are all that their degree asks for, but " if search.complete else ""
    return (
        f"which does not say that there is none: {static}of moving ones only those are looked for that fixed points "
        "lead to, or populations from rest under a fixed kappa, and kappa may oscillate; simulate, or see dmft.branches"
    )


def _nearest(states: list[SharedState], init: StationarySolution) -> SharedState:
    target, size = np.atleast_1d(np.asarray(init.variance, dtype=float)), init.kappa or 0.0

    def distance(state: SharedState) -> float:
        variance = np.atleast_1d(np.asarray(state.alone.variance, dtype=float))
        if variance.shape != target.shape:
            raise ValueError(f"init must be a solution of {len(variance)} populations, got one of {len(target)}")
        return math.hypot(float(np.linalg.norm(variance - target)), abs(state.kappa) - size)

    return min(states, key=distance)


def shared_branches(
    statement: Any, *, rtol: float, max_steps: int
) -> tuple[list[tuple[StationarySolution, str]], bool | None]:
    """Return the states that are found by increasing variance, each with the sentence that judged it, and whether the
    fixed points among them are all that their degree asks for (None under noise).

    Raises
    ------
    ValueError : for what is not solved beside low-rank couplings.
    """
    structure = shared_structure_of(statement)
    question = Question(statement, rtol=rtol, max_steps=max_steps)
    with limited(2.0 * MOST):
        search = Search(structure, question)
        states = search.states()
    return [(shared_solution(structure, s, question, len(states) - 1), s.criterion) for s in states], search.complete
