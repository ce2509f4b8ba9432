"""Every stationary state of several populations that is found: those that do not move, and what they turn into."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.coupled_elements import bent
from dmft.theories.blocks import Blocks
from dmft.theories.static_states import StaticState, mean_rates, static_states
from dmft.theories.stationary.populations.begun import begun
from dmft.theories.stationary.populations.outcome import moving_solution, static_solution
from dmft.theories.stationary.populations.response import LinearResponse
from dmft.theories.stationary.populations.settle import ROUNDING, Start, State, settle
from dmft.theories.stationary.populations.site import Sites
from dmft.theories.stationary.populations.static import Static
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution

# Part of the variance of a static state that moves at the start, and the first step of the relaxation, tried in turn.
_ATTEMPTS = ((1.0, 3.0), (0.3, 3.0), (1.0, math.inf))
_CENTRED = 1e-9  # of a mean over the deviation, below which it is 0 by symmetry
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
        static = static_states(_with_noise(blocks))
        seeds, states, complete = static.states, [], None
    else:
        static = static_states(blocks)
        seeds = tuple(s for s in static.states if s.spread > 1.0)
        if any(np.any(s.c0 > 0) for s in seeds):  # what leaves a state at rest comes to where these come to
            seeds = tuple(s for s in seeds if np.any(s.c0 > 0))
        states, complete = [_still(s, sites, question) for s in static.states], static.complete
    for state in _moving(blocks, sites, seeds, question):
        states.append(FoundState(moving_solution(blocks, state, question), *_judged(blocks, state)))
    states.sort(key=lambda s: (float(blocks.fractions @ np.atleast_1d(s.solution.variance)), _first_mean(s)))
    others = len(states) - 1
    numbered = [
        dataclasses.replace(s, solution=dataclasses.replace(s.solution, others=others, stable=s.stable)) for s in states
    ]
    return numbered, complete


def _with_noise(blocks: Blocks) -> Blocks:
    """Return the populations with thresholds as variable as their noise makes x: to begin with."""
    made = blocks.white / (2.0 * blocks.tau) + blocks.private_covariance(np.zeros(1))[:, 0]
    return dataclasses.replace(blocks, threshold_variance=blocks.threshold_variance + made, drives=((),) * len(blocks))


def _static(state: StaticState, sites: Sites) -> Static:
    """Return a fixed point with its averages."""
    pair = sites.two_times(state.c0[None], state.m, state.c0, np.zeros((1, len(state.m))), derivatives=True)
    return Static(state.blocks, state.m, state.c0, pair, sites.one_time(state.m, state.c0), state.residual)


def _still(state: StaticState, sites: Sites, question: Question) -> FoundState:
    static = _static(state, sites)
    solution = dataclasses.replace(static_solution(state.blocks, static, question), stable=state.stable)
    criterion = f"rho(K <phi'^2>) = {state.spread:.4g}"
    if len(state.outliers):
        criterion += f", outlier at {_number(state.outliers[0])}"
    return FoundState(solution, state.stable, criterion)


def _number(value: complex) -> str:
    return f"{value.real:.4g}" if value.imag == 0.0 else f"{value.real:.4g} +- {abs(value.imag):.4g}i"


def _moving(blocks: Blocks, sites: Sites, seeds: tuple[StaticState, ...], question: Question) -> list[State]:
    """Return the moving states that starts next to the seeds lead to, from the largest variance down."""
    found: list[State] = []
    for seed in sorted(seeds, key=lambda s: -float(blocks.fractions @ s.c0)):
        near = None if blocks.noisy else begun(blocks, sites, question, None, _static(seed, sites))
        if near is not None:
            found.append(near)
            continue
        for part, first in _ATTEMPTS:
            start = _loosened(blocks, seed.c0, part)
            state = settle(blocks, sites, start, seed.m, question.rtol, question.max_steps, first=first)
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


def _judged(blocks: Blocks, state: State) -> tuple[bool | None, str]:
    """Return whether a network stays in a moving state (None: not known), and why.

    Of means that are zero by symmetry: the roots of det(1 + lambda tau - A <phi'>). Of all states: an odd number of
    real modes of (means, covariances) grows where the determinant of the stationary equations is negative; and modes of
    the means, complex ones too, are counted by the response of the means (`LinearResponse.growing_modes`).
    """
    point = state.point
    size = np.sqrt(np.maximum(point.c[0], 0.0))
    symmetric = bool(np.all(np.abs(point.m) <= _CENTRED * (size + 1e-300))) and bool(np.any(blocks.A))
    rate = mean_rates(blocks, point.one.slope)[0] if symmetric else -1.0 + 0.0j
    if rate.real >= 0.0:
        return False, f"the means leave 0 at the rate {_number(rate)}"
    if determinant_sign(state) < 0.0:
        return False, "one mode of means and covariances grows"
    if symmetric:
        return True, f"the means return to 0 at the rate {_number(rate)}"
    if not np.any(blocks.A):
        return True, "no mode of the covariances grows"
    limit, top = point.c[-1], np.maximum(point.c[0], 0.0)
    response = LinearResponse(blocks, state.equations.mesh, point.c - limit, limit, point.m, top)
    growing = response.growing_modes()
    if growing is None:
        return None, "the growing modes of the means could not be counted"
    if growing:
        return False, f"{growing} modes of the means grow" + (": they oscillate" if growing % 2 == 0 else "")
    return True, "no mode of means and covariances grows"


def determinant_sign(state: State) -> float:
    """Return the sign of the determinant of the stationary equations by (c, m) on the mesh of a state."""
    equations, point = state.equations, state.point
    blocks, mesh = equations.blocks, equations.mesh
    n, p = point.c.shape
    matrix = np.zeros((n, p, n, p))
    stiffness = bent(mesh, np.eye(n))
    at = np.arange(n)
    for a in range(p):
        matrix[:, a, :, a] += blocks.tau[a] ** 2 * stiffness
        matrix[at, a, at, a] += mesh.weights
        for b in range(p):
            matrix[at, a, at, b] -= mesh.weights * blocks.K[a, b] * point.pair.p[:, b]
            matrix[:, a, 0, b] -= mesh.weights * blocks.K[a, b] * point.pair.by_variance[:, b]
    by_mean = -mesh.weights[:, None, None] * blocks.K * point.pair.by_mean[:, None, :]
    by_variance = np.zeros((p, n, p))
    by_variance[:, 0] = -blocks.A * point.one.by_variance
    whole = np.block(
        [
            [matrix.reshape(n * p, n * p), by_mean.reshape(n * p, p)],
            [by_variance.reshape(p, n * p), np.eye(p) - blocks.A * point.one.slope],
        ]
    )
    return float(np.linalg.slogdet(whole / np.maximum(np.abs(whole).max(axis=1, keepdims=True), 1e-300))[0])


def _first_mean(state: FoundState) -> float:
    return float(np.atleast_1d(state.solution.mean_x)[0])
