"""The two kinds of stationary states: locked, on a circle of lags, and moving, on a half line of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.numerics.spectral_elements import DEGREE, graded_edges
from dmft.numerics.walk import walk
from dmft.theories.stationary.balanced.mean_averages import MeanAverages
from dmft.theories.stationary.balanced.newton import FAST
from dmft.theories.stationary.balanced.settle import State, settle
from dmft.theories.stationary.balanced.static import Static, static_states
from dmft.theories.stationary.centred.problem import ConstantCorrelation

Start = Callable[[FloatArray], FloatArray]

REACH = 24.0  # window times the rate of decay: what is left at its end, 4e-11, acts back on lag 0 squared
EDGE = 1e-5  # how well the end of a window must repeat what is one period nearer, relative to the variance
MOVING = 1e-4  # 1 - correlation over whole periods above which a state moves on its own
_WINDOW = 40.0  # first length of a window under a sinusoid
_MOST_NODES = 12000  # beyond which a window is not made longer
_FOLLOWED = 1e-6  # residual at which a step of a walk is good enough to go on from
_FAILED = 1e-8  # residual above which a window is not made longer
_STRONGER = (1.5, 2.5, 4.0, 8.0, 16.0)  # amplitudes, over the one asked for, that a locked state is walked from


def on_circle(site: MeanAverages, c: Start, m: float, rtol: float, max_steps: int, passing: bool = False) -> State:
    """Solve for a state that repeats with its drive: c has its period, and is even about half of it."""
    half = site.half_period or 1.0
    swing = site.amplitude / math.sqrt(max(float(c(np.zeros(1))[0]), 1e-300))
    pieces = min(math.ceil(1.0 + 0.5 * swing), 200)
    return settle(site, graded_edges(min(0.5, half / pieces), half / pieces, half), c, m, rtol, max_steps, passing)


def on_line(
    site: MeanAverages,
    start: Start,
    m: float,
    rate: float,
    rtol: float,
    max_steps: int,
    window: float | None = None,
    passing: bool = False,
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
        state = settle(site, _edges(site, length, rate, c0), start, m, rtol, max_steps, passing)
        if not state.residual <= max(rtol, _FAILED) or window is not None:
            return state
        length = state.length
        needed = length if state.mismatch <= EDGE else max(1.7 * length, length + site.half_period)
        if not periodic:
            rate = _decay(state)
            if state.mismatch > max(0.1 * EDGE, 10.0 * state.residual) or length < 0.6 * REACH / rate:
                needed = max(REACH / rate, 1.5 * length)
        if needed <= length or _nodes(site, needed, rate, c0) > _MOST_NODES:
            return state
        length, start, m, c0 = needed, state, state.m, float(state.c[0])


def follow(
    near: State,
    site: MeanAverages,
    rtol: float,
    max_steps: int,
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
        precision = rtol if last else max(rtol, _FOLLOWED)
        start: Start = before
        new = replace(there, amplitude=0.0).isolated(np.zeros(1))[0] - before.site.isolated(np.zeros(1))[0]
        if new > 0.1 * float(before.c[0]):  # a private input grows: what it does to a single unit is a better start
            start = _sum(before, there, before.site)
        if circle:
            state = on_circle(there, start, before.m, precision, max_steps, not last)
        else:
            state = on_line(
                there, start, before.m, _decay(before), precision, max_steps, window if last else None, not last
            )
        good = state.residual <= precision and (accept is None or accept(state))
        return state if good else None

    return walk(solve, 0.0, 1.0, stride=stride, start=near, shortest=2e-3)


def _sum(before: State, there: MeanAverages, here: MeanAverages) -> Start:
    def start(lags: FloatArray) -> FloatArray:
        return before(lags) + there.isolated(lags) - here.isolated(lags)

    return start


def is_moving(state: State) -> bool:
    """Whether the covariance decays over whole periods, to a limit that the window holds."""
    return state.moving > MOVING and state.mismatch < 100 * EDGE


def locked_states(site: MeanAverages, rtol: float, max_steps: int) -> list[State]:
    """Return the states that repeat with a sinusoid, or (without one) do not move and have a variance."""
    found: list[State] = []
    for seed in static_states(site).states:
        if seed.c0 == 0.0:
            continue
        state = on_circle(site, ConstantCorrelation(seed.c0), seed.m, rtol, max_steps)
        if not state.residual <= rtol and site.amplitude > 0:
            state = _from_stronger(site, rtol, max_steps) or _from_none(site, seed, rtol, max_steps) or state
        found.append(state)
    return sorted(distinct(found), key=lambda s: -float(s.c[0]))


def _from_stronger(site: MeanAverages, rtol: float, max_steps: int) -> State | None:
    """Return the locked state that is walked to from stronger drives.

    A slow weak drive of an unstable state has many locked states, and folds between them on the way from none.
    """
    for factor in _STRONGER:
        strong = replace(site, amplitude=factor * site.amplitude)
        for seed in static_states(strong).states:
            origin = on_circle(strong, ConstantCorrelation(seed.c0), seed.m, rtol, max_steps) if seed.c0 > 0 else None
            if origin is not None and origin.residual <= rtol:
                state, part = follow(origin, site, rtol, max_steps, circle=True, stride=0.5)
                return state if part >= 1.0 else None
    return None


def _from_none(site: MeanAverages, seed: Static, rtol: float, max_steps: int) -> State | None:
    """Return the locked state that is walked to from the nearest static one."""
    none = site.without_drive()
    still = [s for s in static_states(none).states if s.c0 > 0]
    if not still:
        return None
    nearest = min(still, key=lambda s: abs(math.log(s.c0 / seed.c0)))
    origin = on_circle(none, ConstantCorrelation(nearest.c0), nearest.m, rtol, max_steps)
    state, part = follow(origin, site, rtol, max_steps, circle=True, stride=0.25)
    return state if part >= 1.0 else None


def _decay(state: State) -> float:
    """Rate at which c approaches its limit, by the slope at the end of the window."""
    site, mesh = state.site, state.mesh
    last = mesh.nodes >= mesh.length - max(site.half_period, 1e-9) * (1 + 1e-9)
    slope = float(np.average(state.point.p[last], weights=mesh.weights[last]))
    rate = math.sqrt(max(1.0 - site.gain**2 * slope, 1e-4))
    return min(rate, site.noise_rate) if site.noise_variance > 0 else rate


def _edges(site: MeanAverages, length: float, rate: float, c0: float) -> FloatArray:
    first, longest = _sizes(site, rate, c0)
    if site.half_period > 0 and site.omega <= FAST:
        length = site.half_period * max(2, round(length / site.half_period))
    nodes = _nodes(site, length, rate, c0)
    check_cost(
        f"a window of {length:.3g} tau",
        seconds=1e-4 * nodes,
        memory=2000.0 * nodes,
        remedy="give a shorter window",
        longest=600.0,
    )
    return graded_edges(min(first, longest), longest, length)


def _sizes(site: MeanAverages, rate: float, c0: float) -> tuple[float, float]:
    """Return the lengths of the first and of the longest element."""
    first, longest = 0.5, 4.0 / rate
    if site.noisy:
        first = 0.1
    if site.noise_variance > 0:
        first = min(first, 0.25 / site.noise_rate)
    half = site.half_period
    if half > 0 and site.omega <= FAST:
        swing = site.amplitude / math.sqrt(max(c0, 1e-300))
        longest = min(max(2.0, 0.25 * half / (1.0 + swing)), 2.0 * half)
        first = min(first, longest)
    return first, longest


def _nodes(site: MeanAverages, length: float, rate: float, c0: float) -> float:
    first, longest = _sizes(site, rate, c0)
    return DEGREE * (length / longest + math.log(max(longest / first, 1.0) + 1.0) / math.log(1.5) + 2.0)


def distinct(states: Iterable[State]) -> list[State]:
    """Return the states without repetitions."""
    kept: list[State] = []
    for state in states:
        same = (abs(state.c[0] / s.c[0] - 1.0) < 1e-6 and abs(state.m - s.m) < 1e-6 * (1 + abs(s.m)) for s in kept)
        if not any(same):
            kept.append(state)
    return kept
