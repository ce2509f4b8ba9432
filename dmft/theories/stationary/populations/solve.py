"""The stationary state of several populations: fixed points first, then what moves.

Which of several states: without noise the activity begins at zero and follows its relaxation; if that ends in a state
in which nothing moves and that a network keeps, this is the answer. Else, and under noise, covariances that decay are
relaxed from a state of high activity. `init` picks another.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import allow
from dmft.cost import check_cost
from dmft.numerics.convergence import Status
from dmft.numerics.spectral_elements import DEGREE
from dmft.numerics.walk import walk
from dmft.theories.blocks import Blocks
from dmft.theories.stationary.goal import Goal
from dmft.theories.stationary.populations.apart import thawed, unapproached
from dmft.theories.stationary.populations.begun import begun
from dmft.theories.stationary.populations.off_symmetry import off_symmetry
from dmft.theories.stationary.populations.outcome import failed, moving_solution, static_solution
from dmft.theories.stationary.populations.settle import State, arrived, decaying, interpolated, settle
from dmft.theories.stationary.populations.site import Sites
from dmft.theories.stationary.populations.static import Static, at_onset, at_rest, grows, relaxed
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution

_STEEPEST = 1e9
_FEW = 40  # steps of a relaxation next to activity that grows
_PLAIN = 3  # plain iterations before a relaxation
_AMPLITUDE = 0.03  # residual at which an amplitude to begin with is known well enough
_ELEMENTS, _STEPS, _FLOPS = 12, 20, 6e9  # of a state, of its search, and of a core a second
_STRONGER = (1.3, 1.8, 3.0)  # factors on the variance of the couplings from which a walk begins
UNBOUNDED = (
    "there is no bounded solution: activity grows without limit; weaken the couplings, or use a nonlinearity that "
    "saturates"
)

_ONLY_MEANS = (
    "nothing is random, so that means alone can move, and none of their fixed points was found to hold them: they "
    "oscillate, as dmft.solve_nonstationary follows them; dmft.branches lists the fixed points"
)


def solve_populations(blocks: Blocks, question: Question, window: float | None = None) -> StationarySolution:
    """Return the state of several populations."""
    _check_cost(len(blocks))
    sites = Sites(blocks.nonlinearities)
    if question.init is not None and np.all(np.isfinite(question.init.variance)):
        return _from_neighbour(blocks, sites, question, window)
    calm: tuple[Static, ...] = ()
    if not blocks.noisy:
        calm = at_rest(blocks, sites)
        if calm[-1].unbounded:
            return failed(blocks, question, Status.NO_SOLUTION, UNBOUNDED)
        if calm[-1].found and at_onset(calm[-1]):
            return dataclasses.replace(static_solution(blocks, calm[-1], question), stable=None)
        if calm[-1].found and calm[-1].stable:
            return static_solution(blocks, calm[-1], question)
        if not np.any(blocks.K):  # units differ by their thresholds alone: no covariance moves by itself
            return failed(blocks, question, Status.NO_SOLUTION, _ONLY_MEANS)
    return _moving(blocks, sites, question, window, calm)


def _check_cost(n: int) -> None:
    """Refuse more populations than fit, and give many of them the time that they certainly take."""
    local = _ELEMENTS * (DEGREE * n) ** 2
    seconds = _STEPS * local * DEGREE * n * 1.3 / _FLOPS
    check_cost(
        f"a state of {n} populations",
        seconds=seconds,
        memory=24.0 * local,
        remedy="merge populations that hear and are heard alike",
        longest=3600.0,
    )
    allow(seconds if seconds > 1.0 else 0.0)


def _from_neighbour(blocks: Blocks, sites: Sites, question: Question, window: float | None) -> StationarySolution:
    """Return the state that the state of a neighbouring network leads to."""
    init = question.init
    assert init is not None
    variance, means = (np.atleast_1d(np.asarray(x, dtype=float)) for x in (init.variance, init.mean_x))
    if len(variance) != len(blocks):
        raise ValueError(
            f"init must be a solution of {len(blocks)} populations, got one of {len(variance)}; leave it out"
        )
    moved = init.state in ("chaotic", "driven, stable", "driven, chaotic")
    if not moved and not blocks.noisy:
        near = relaxed(blocks, sites, means, variance)
        if near.found and near.stable:
            return static_solution(blocks, near, question)

    def start(lags: FloatArray) -> FloatArray:
        return np.atleast_2d(np.asarray(init.cov_x_at(lags), dtype=float)).T

    if moved:
        state = settle(
            blocks,
            sites,
            start,
            means,
            question.goal,
            window=window,
            first=10.0,
            callback=question.callback,
        )
        solution = moving_solution(blocks, state, question)
        if arrived(blocks, state, question.rtol) and solution.convergence.status is not Status.GRID_TOO_SHORT:
            return solution
    return solve_populations(blocks, dataclasses.replace(question, init=None), window)


def _moving(
    blocks: Blocks, sites: Sites, question: Question, window: float | None, calm: tuple[Static, ...]
) -> StationarySolution:
    aside = next((s for s in calm[::-1] if s.found and np.any(s.m)), None)
    for still in calm[::-1]:
        next_to_rest = begun(blocks, sites, question, window, still)
        if next_to_rest is not None:
            return off_symmetry(blocks, sites, next_to_rest, question, window, aside)
    hot = heated(blocks, sites)
    if hot.unbounded:
        hot = heated(blocks, sites, raised=0.0)
    if hot.unbounded:
        return _held_low(blocks, sites, question, window)
    state = settle(
        blocks,
        sites,
        decaying(blocks, hot.c0),
        hot.m,
        question.goal,
        window=window,
        steep=_steep(hot),
        callback=question.callback,
    )
    if not arrived(blocks, state, question.rtol):
        c0 = np.maximum(state.point.c[0], 0.0)
        if not blocks.noisy and state.moving <= 1e-3 and np.all(np.isfinite(c0)):
            near = relaxed(blocks, sites, state.point.m, c0)
            if near.found and near.stable:
                return static_solution(blocks, near, question)
        if grows(blocks, sites):
            return failed(blocks, question, Status.NO_SOLUTION, UNBOUNDED)
        better = _walked(blocks, sites, question, window)
        if better is not None:
            state = better
    if unapproached(blocks, state):
        state = _thawed(blocks, sites, state, question, window)
    if not (blocks.noisy or state.moves):
        reason = (
            "the state that was found does not move, and a network leaves it; start from a neighbouring point (init=)"
        )
        return moving_solution(blocks, state, question, status=Status.STALLED, detail=reason)
    return off_symmetry(blocks, sites, state, question, window, aside)


def _held_low(blocks: Blocks, sites: Sites, question: Question, window: float | None) -> StationarySolution:
    """Return the state that inputs alone lead to, where large activity grows without limit and a network keeps that."""
    none = failed(blocks, question, Status.NO_SOLUTION, UNBOUNDED)
    if not blocks.noisy:
        return none
    noise = blocks.white / (2.0 * blocks.tau) + blocks.filtered_colour(np.zeros(1))[:, 0]
    start, m = decaying(blocks, blocks.threshold_variance + noise), blocks.bias.copy()
    rough = settle(blocks, sites, start, m, Goal(1e-6, _FEW, passing=True), window=window)
    if not rough.residual <= 1e-6:
        return none

    def near(lags: FloatArray) -> FloatArray:
        return interpolated(rough.equations.mesh, rough.point.c, lags)

    length = rough.equations.mesh.length
    state = settle(blocks, sites, near, rough.point.m, question.goal, window=length, first=math.inf)
    solution = moving_solution(blocks, state, question)
    return solution if solution.convergence.converged and solution.stable else none


def _thawed(blocks: Blocks, sites: Sites, state: State, question: Question, window: float | None) -> State:
    """Return the state in which what froze unstably moves; the same state where none is found."""
    begin = thawed(blocks, state, question, solve_populations)
    if begin is None:
        return state
    start, m, length = begin
    moved = settle(blocks, sites, start, m, question.goal, window=window or length, first=math.inf)
    return moved if arrived(blocks, moved, question.rtol) and not unapproached(blocks, moved) else state


def heated(blocks: Blocks, sites: Sites, raised: float = 1.0) -> Static:
    """Return the frozen state that activity comes to from variances raised by so much: the amplitude to begin with."""
    drive = blocks.white / (2.0 * blocks.tau)
    if blocks.noisy:
        drive = drive + blocks.private_covariance(np.zeros(1))[:, 0]
    frozen = dataclasses.replace(blocks, threshold_variance=blocks.threshold_variance + drive)
    c0 = frozen.threshold_variance + raised
    for _ in range(_PLAIN):  # at strong gains the relaxation would take long to come to that size
        pair = sites.two_times(c0[None], blocks.bias, c0, np.zeros((1, len(c0))), derivatives=False)
        c0 = blocks.K @ pair.q[0] + frozen.threshold_variance
    return relaxed(frozen, sites, blocks.bias.copy(), c0, near=_AMPLITUDE)


def _steep(hot: Static) -> float:
    """Return d log <phi phi>/d log c at lag 0, the largest of the populations."""
    square = np.maximum(hot.pair.q[0], 1e-300)
    steep = np.where(hot.c0 > 0, hot.pair.p[0] * hot.c0 / square, 0.0)
    return float(min(np.max(steep), _STEEPEST))


def _walked(blocks: Blocks, sites: Sites, question: Question, window: float | None) -> State | None:
    """Return the state reached from a cousin with stronger random couplings, where it moves more."""

    def passed(factor: float, near: State | None) -> State | None:
        cousin = dataclasses.replace(blocks, gains=factor * blocks.gains)
        last = factor == 1.0
        if near is None:
            hot = heated(cousin, sites)
            if hot.unbounded:
                return None
            state = settle(
                cousin,
                sites,
                decaying(cousin, hot.c0),
                hot.m,
                Goal(1e-6, question.max_steps, passing=True),
                steep=_steep(hot),
            )
        else:
            state = settle(
                cousin,
                sites,
                lambda lags: interpolated(near.equations.mesh, near.point.c, lags),
                near.point.m,
                question.goal if last else Goal(1e-6, question.max_steps, passing=True),
                window=near.equations.mesh.length,
                first=math.inf,
            )
        good = state.residual <= (question.rtol if last else 1e-6) and (blocks.noisy or state.moves)
        return state if good else None

    for factor in _STRONGER:
        state, part = walk(passed, factor, 1.0, shortest=1e-3, most=40)
        if state is not None and part == 1.0:
            return state
    return None
