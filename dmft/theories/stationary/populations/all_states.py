"""Every stationary state of several populations that is found: those that do not move, and what they turn into."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.blocks import Blocks
from dmft.theories.static_states import StaticState, static_states
from dmft.theories.static_states.equations import StaticEquations
from dmft.theories.stationary.populations.begun import begun
from dmft.theories.stationary.populations.outcome import moving_solution, static_solution
from dmft.theories.stationary.populations.settle import ROUNDING, Start, State, settle
from dmft.theories.stationary.populations.site import Sites
from dmft.theories.stationary.populations.stability import judged, rate_shown
from dmft.theories.stationary.populations.static import Static
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution

# Part of the variance of a static state that moves at the start, and the first step of the relaxation, tried in turn.
_ATTEMPTS = ((1.0, 3.0), (0.3, 3.0), (1.0, math.inf))
_SAME = 1e-6  # difference of two states that are one, relative to the sizes of x


@dataclass(frozen=True)
class FoundState:
    """A state, whether a network stays in it, and the sentence that decided."""

    solution: StationarySolution
    stable: bool | None
    criterion: str


def all_states(blocks: Blocks, question: Question) -> tuple[list[FoundState], bool | None]:
    """Return the states by increasing variance, and whether the static ones are all that must be (None: not known).

    Without noise: all static states, and of each whose bulk reaches the right half plane the moving one that its
    relaxation comes to. Under noise what they become.
    """
    sites = Sites(blocks.nonlinearities)
    if blocks.noisy:
        static = static_states(with_noise(blocks))
        seeds, states, complete = static.states, [], None
        if static.complete is None:  # large activity may grow, and hide that which inputs alone lead to
            seeds = (*seeds, _heard_alone(with_noise(blocks)))
    else:
        static = static_states(blocks)
        seeds = tuple(s for s in static.states if s.spread > 1.0)
        if any(np.any(s.c0 > 0) for s in seeds):  # what leaves a state at rest comes to where these come to
            seeds = tuple(s for s in seeds if np.any(s.c0 > 0))
        states, complete = [_still(s, sites, question) for s in static.states], static.complete
    for state in moving_from(blocks, sites, seeds, question):
        stable, criterion = judged(blocks, state, thorough=True)
        states.append(FoundState(moving_solution(blocks, state, question, stable=stable), stable, criterion))
    states.sort(key=lambda s: (float(blocks.fractions @ np.atleast_1d(s.solution.variance)), _first_mean(s)))
    others = len(states) - 1
    numbered = [
        dataclasses.replace(s, solution=dataclasses.replace(s.solution, others=others, stable=s.stable)) for s in states
    ]
    return numbered, complete


def with_noise(blocks: Blocks) -> Blocks:
    """Return the populations with thresholds as variable as their noise makes x: to begin with."""
    made = blocks.white / (2.0 * blocks.tau) + blocks.private_covariance(np.zeros(1))[:, 0]
    return dataclasses.replace(blocks, threshold_variance=blocks.threshold_variance + made, drives=((),) * len(blocks))


def _heard_alone(blocks: Blocks) -> StaticState:
    """Return where units are that hear their inputs alone, as a start: it solves no equation."""
    return static_at(blocks, blocks.bias.copy(), blocks.threshold_variance.copy(), math.nan)


def static_at(blocks: Blocks, m: FloatArray, c0: FloatArray, residual: float) -> StaticState:
    """Return a fixed point whose place is known."""
    return StaticState(StaticEquations(blocks), m, c0, 0, residual)


def fixed_point(state: StaticState, sites: Sites, question: Question) -> StationarySolution:
    """Return a fixed point as a solution."""
    solution = static_solution(state.blocks, _averaged(state, sites), question)
    return dataclasses.replace(solution, stable=state.stable)


def _averaged(state: StaticState, sites: Sites) -> Static:
    """Return a fixed point with its averages."""
    pair = sites.two_times(state.c0[None], state.m, state.c0, np.zeros((1, len(state.m))), derivatives=True)
    return Static(state.blocks, state.m, state.c0, pair, sites.one_time(state.m, state.c0), state.residual)


def _still(state: StaticState, sites: Sites, question: Question) -> FoundState:
    criterion = f"rho(K <phi'^2>) = {state.spread:.4g}"
    if len(state.outliers):
        criterion += f", outlier at {rate_shown(state.outliers[0])}"
    return FoundState(fixed_point(state, sites, question), state.stable, criterion)


def moving_from(blocks: Blocks, sites: Sites, seeds: tuple[StaticState, ...], question: Question) -> list[State]:
    """Return the moving states that starts next to the seeds lead to, from the largest variance down."""
    found: list[State] = []
    for seed in sorted(seeds, key=lambda s: -float(blocks.fractions @ s.c0)):
        near = None if blocks.noisy else begun(blocks, sites, question, None, _averaged(seed, sites))
        if near is not None:
            found.append(near)
            continue
        for part, first in _ATTEMPTS:
            start = _loosened(blocks, seed.c0, part)
            state = settle(blocks, sites, start, seed.m, question.goal, first=first)
            if not state.residual <= max(question.rtol, ROUNDING) or not (blocks.noisy or state.moves):
                continue
            known = next((i for i, other in enumerate(found) if _same(state, other)), None)
            if known is None:
                found.append(state)
                break
            if _remembered(found[known]) < _remembered(state):
                found[known] = state
    return found


def _remembered(state: State) -> float:
    """Return how many times longer than the memory the window of a state is."""
    rate = state.kappa * state.equations.mesh.length
    return min(rate, 1.0 / _SAME) if math.isfinite(rate) else 0.0


def _loosened(blocks: Blocks, c0: FloatArray, part: float) -> Start:
    def start(lags: FloatArray) -> FloatArray:
        decayed = np.exp(-lags[:, None] / (2.0 * blocks.tau))
        size = np.where(c0 > 0, c0, np.maximum(1e-3 * float(np.max(c0)), 1e-2))  # what is at rest is pushed
        return np.asarray(size * (1.0 - part + part * decayed))

    return start


def _same(one: State, two: State) -> bool:
    size = np.sqrt(np.maximum(one.point.c[0], 0.0)) + np.abs(one.point.m) + 1e-12
    gaps = np.maximum(np.abs(one.point.c[0] - two.point.c[0]) / size**2, np.abs(one.point.m - two.point.m) / size)
    return bool(np.max(gaps) < _SAME)


def _first_mean(state: FoundState) -> float:
    return float(np.atleast_1d(state.solution.mean_x)[0])
