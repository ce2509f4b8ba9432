"""All locked states of a network: from the static ones, or walked to from stronger drives or from none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from dmft.theories.stationary.balanced.branches import follow, on_circle
from dmft.theories.stationary.balanced.mean_averages import MeanAverages
from dmft.theories.stationary.balanced.state import State
from dmft.theories.stationary.balanced.static import Static, static_states
from dmft.theories.stationary.centred.problem import ConstantCorrelation
from dmft.theories.stationary.goal import Goal

_STRONGER = (1.5, 2.5, 4.0, 8.0, 16.0)  # amplitudes, over the one asked for, that a locked state is walked from


def locked_states(site: MeanAverages, goal: Goal) -> list[State]:
    """Return the states that repeat with a sinusoid, or (without one) do not move and have a variance."""
    found: list[State] = []
    for seed in static_states(site).states:
        if seed.c0 == 0.0:
            continue
        state = on_circle(site, ConstantCorrelation(seed.c0), seed.m, goal)
        if not state.residual <= goal.rtol and site.amplitude > 0:
            state = _from_stronger(site, goal) or _from_none(site, seed, goal) or state
        found.append(state)
    return sorted(distinct(found), key=lambda s: -float(s.c[0]))


def _from_stronger(site: MeanAverages, goal: Goal) -> State | None:
    """Return the locked state that is walked to from stronger drives.

    A slow weak drive of an unstable state has many locked states, and folds between them on the way from none.
    """
    for factor in _STRONGER:
        strong = replace(site, amplitude=factor * site.amplitude)
        for seed in static_states(strong).states:
            origin = on_circle(strong, ConstantCorrelation(seed.c0), seed.m, goal) if seed.c0 > 0 else None
            if origin is not None and origin.residual <= goal.rtol:
                state, part = follow(origin, site, goal, circle=True, stride=0.5)
                return state if part >= 1.0 else None
    return None


def _from_none(site: MeanAverages, seed: Static, goal: Goal) -> State | None:
    """Return the locked state that is walked to from the nearest static one."""
    none = site.without_drive()
    still = [s for s in static_states(none).states if s.c0 > 0]
    if not still:
        return None
    nearest = min(still, key=lambda s: abs(math.log(s.c0 / seed.c0)))
    origin = on_circle(none, ConstantCorrelation(nearest.c0), nearest.m, goal)
    state, part = follow(origin, site, goal, circle=True, stride=0.25)
    return state if part >= 1.0 else None


def distinct(states: Iterable[State]) -> list[State]:
    """Return the states without repetitions."""
    kept: list[State] = []
    for state in states:
        same = (abs(state.c[0] / s.c[0] - 1.0) < 1e-6 and abs(state.m - s.m) < 1e-6 * (1 + abs(s.m)) for s in kept)
        if not any(same):
            kept.append(state)
    return kept
