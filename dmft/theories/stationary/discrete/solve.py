"""Stationary states in discrete time: the state that the one-step map settles in, its frozen part, and their errors."""

from __future__ import annotations

import numpy as np

from dmft.numerics.convergence import Status
from dmft.theories.one_step import OneStep
from dmft.theories.stationary.discrete.outcome import failed, solution_of
from dmft.theories.stationary.discrete.settle import Search, searched, starts_of
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution


def solve_discrete(question: Question) -> StationarySolution:
    """Return the stationary state."""
    blocks, init = question.blocks, question.init
    step = OneStep(blocks)
    starts = starts_of(step)
    if init is not None and np.all(np.isfinite(init.variance)):
        given = blocks.populated(init.mean_x), blocks.populated(init.variance)
        if given[0].shape == blocks.bias.shape:
            found = searched(step, [given])
            if found.states:
                return solution_of(question, step, found.states[0], found, None)
            starts = [given, *starts]
    found = searched(step, starts)
    if found.states:
        return solution_of(question, step, found.states[0], found, len(found.states) - 1)
    detail = _why_not(found)
    if found.left is not None:
        return solution_of(question, step, found.left, found, None, detail)
    return failed(question, Status.NO_SOLUTION, detail)


def _why_not(found: Search) -> str:
    follow = "dmft.solve_nonstationary follows it"
    if found.cycle > 1:
        return f"there is no steady state to stay in: the means go round a cycle of {found.cycle} steps; {follow}"
    if found.cycle == 1:
        return "the state found is marginal: after a small change of mean or variance neither comes back"
    if found.cycle == -1:
        return f"no steady state was reached: mean or variance move on, or come to rest too slowly; {follow}"
    return "there is no bounded solution: mean or variance grow with each step; lower the couplings"
