"""Every steady state of units in steps of time that is found, those included that the one-step map leaves.

Mean and variance obey m = h + A <phi> and v = K <phi^2> + s + the variance of the noise: the equations of the static
states of continuous time, with the noise of a step among the thresholds. The frozen part follows from both.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from dmft.theories.one_step import OneStep, radius
from dmft.theories.static_states import static_states
from dmft.theories.stationary.discrete.settle import Steady
from dmft.theories.stationary.discrete.solve import solution_of
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution

_POLISH = 4  # Newton steps by the nodes of the map


def all_states(question: Question) -> tuple[list[tuple[StationarySolution, bool, str]], bool | None]:
    """Return the states by increasing variance, each with whether means and variances come back to it and the sentence
    that decided; and whether they are all that must be (None: not known)."""
    blocks = question.blocks
    step = OneStep(blocks)
    alike = dataclasses.replace(
        blocks, threshold_variance=blocks.threshold_variance + step.private, drives=((),) * len(blocks)
    )
    found = static_states(alike)
    states = [_polished(Steady(step, state.m, state.c0)) for state in found.states]
    states.sort(key=lambda state: (float(blocks.fractions @ state.variance), float(state.mean[0])))
    out = []
    for state in states:
        solution = solution_of(question, step, state, found.starts, len(states) - 1)
        grows = radius(blocks.K * [f.square_slope for f in step.moments(state.mean, state.variance)])
        criterion = f"rho = {radius(state.jacobian):.4g} of means and variances, rho(K <phi'^2>) = {grows:.4g}"
        out.append((solution, state.stable, criterion))
    return out, found.complete


def _polished(state: Steady) -> Steady:
    n = len(state.mean)
    for _ in range(_POLISH if np.all(state.variance > 0.0) else 0):
        ahead = np.concatenate(state.step(state.mean, state.variance))
        here = np.concatenate([state.mean, state.variance])
        try:
            here = here + np.linalg.solve(np.eye(2 * n) - state.jacobian, ahead - here)
        except np.linalg.LinAlgError:
            break
        state = Steady(state.step, here[:n], np.maximum(here[n:], 0.0))
    return state
