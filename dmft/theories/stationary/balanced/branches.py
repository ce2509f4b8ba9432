"""The two kinds of stationary states: locked, on a circle of lags, and moving, on a half line; walks between them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.spectral_elements import graded_edges
from dmft.numerics.walk import walk
from dmft.theories.stationary.balanced.mean_averages import MeanAverages
from dmft.theories.stationary.balanced.newton import FAST
from dmft.theories.stationary.balanced.settle import settle
from dmft.theories.stationary.balanced.state import State
from dmft.theories.stationary.balanced.windows import decay_of, edges_of, nodes_of
from dmft.theories.stationary.goal import Goal

Start = Callable[[FloatArray], FloatArray]

REACH = 24.0  # window times the rate of decay: what is left at its end, 4e-11, acts back on lag 0 squared
EDGE = 1e-5  # how well the end of a window must repeat what is one period nearer, relative to the variance
MOVING = 1e-4  # 1 - correlation over whole periods above which a state moves on its own
_WINDOW = 40.0  # first length of a window under a sinusoid
_MOST_NODES = 12000  # beyond which a window is not made longer
_FOLLOWED = 1e-6  # residual at which a step of a walk is good enough to go on from
_FAILED = 1e-8  # residual above which a window is not made longer


def on_circle(site: MeanAverages, c: Start, m: float, goal: Goal) -> State:
    """Solve for a state that repeats with its drive: c has its period, and is even about half of it."""
    half = site.half_period or 1.0
    swing = site.amplitude / math.sqrt(max(float(c(np.zeros(1))[0]), 1e-300))
    pieces = min(math.ceil(1.0 + 0.5 * swing), 200)
    return settle(site, graded_edges(min(0.5, half / pieces), half / pieces, half), c, m, goal)


def on_line(
    site: MeanAverages,
    start: Start,
    m: float,
    rate: float,
    goal: Goal,
    window: float | None = None,
) -> State:
    """Solve on a half line of lags, made longer (unless `window` says how long) until c has come to its limit in it.

    Parameters
    ----------
    rate : at which c is expected to decay to its limit.
    """
    c0 = float(start(np.zeros(1))[0])
    periodic = site.half_period > 0.0 and site.omega <= FAST
    length = window if window is not None else (max(_WINDOW, 12.0 / rate) if periodic else REACH / rate)
    while True:
        state = settle(site, edges_of(site, length, rate, c0), start, m, goal)
        if not state.residual <= max(goal.rtol, _FAILED) or window is not None:
            return state
        length = state.length
        needed = length if state.mismatch <= EDGE else max(1.7 * length, length + site.half_period)
        if not periodic:
            rate = decay_of(state)
            if state.mismatch > max(0.1 * EDGE, 10.0 * state.residual) or length < 0.6 * REACH / rate:
                needed = max(REACH / rate, 1.5 * length)
        if needed <= length or nodes_of(site, needed, rate, c0) > _MOST_NODES:
            return state
        length, start, m, c0 = needed, state, state.m, float(state.c[0])


def follow(
    near: State,
    site: MeanAverages,
    goal: Goal,
    *,
    circle: bool,
    window: float | None = None,
    stride: float = 1.0,
    accept: Callable[[State], bool] | None = None,
) -> tuple[State | None, float]:
    """Walk from a state to another site's, on the circle or on the line; return it, and the part that was walked."""

    def solve(part: float, before: State | None) -> State | None:
        assert before is not None
        there = near.site.between(site, part)
        last = part >= 1.0
        step = goal if last else Goal(max(goal.rtol, _FOLLOWED), goal.max_steps, passing=True)
        start: Start = before
        new = replace(there, amplitude=0.0).isolated(np.zeros(1))[0] - before.site.isolated(np.zeros(1))[0]
        if new > 0.1 * float(before.c[0]):  # a private input grows: what it does to a single unit is a better start
            start = _sum(before, there, before.site)
        if circle:
            state = on_circle(there, start, before.m, step)
        else:
            state = on_line(there, start, before.m, decay_of(before), step, window if last else None)
        good = state.residual <= step.rtol and (accept is None or accept(state))
        return state if good else None

    return walk(solve, 0.0, 1.0, stride=stride, start=near, shortest=2e-3)


def _sum(before: State, there: MeanAverages, here: MeanAverages) -> Start:
    def start(lags: FloatArray) -> FloatArray:
        return before(lags) + there.isolated(lags) - here.isolated(lags)

    return start


def is_moving(state: State) -> bool:
    """Whether the covariance decays over whole periods, to a limit that the window holds."""
    return state.moving > MOVING and state.mismatch < 100 * EDGE
