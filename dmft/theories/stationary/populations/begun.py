"""The moving state next to a fixed point that it has just left: by its slow mode, or by Newton's method from there."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.blocks import Blocks
from dmft.theories.stationary.populations.equations import Equations
from dmft.theories.stationary.populations.onset import NEAR, Onset, onset
from dmft.theories.stationary.populations.settle import (
    ROUNDING,
    WINDOW,
    Start,
    State,
    arrived,
    decaying,
    first_edges,
    interpolated,
    settle,
)
from dmft.theories.stationary.populations.site import LONGEST, Sites
from dmft.theories.stationary.populations.static import Static
from dmft.theories.stationary.question import Question

_FROM, _NEARER = 0.3, 2.0  # excess from which states are walked to, and the largest factor of a step


def begun(blocks: Blocks, sites: Sites, question: Question, window: float | None, calm: Static | None) -> State | None:
    """Return the moving state next to a fixed point, where there is one.

    The matrix of Newton's method comes to its last digits there: the slow mode is taken where it is known better.
    """
    if calm is None or not (calm.found and 1.0 < calm.spread < NEAR):
        return None
    if not (calm.coherent or not np.any(calm.c0)):  # at rest the variance itself is what grows
        return None
    near = onset(blocks, sites, calm)
    if near is None:
        return None if np.any(calm.c0) or np.any(calm.m) else _come_nearer(blocks, sites, question, calm)
    length = window or WINDOW / near.kappa
    slow = _by_slow_mode(blocks, sites, near, length)
    known = slow.residual <= max(question.rtol, ROUNDING)
    if known and np.max(near.error) <= ROUNDING * max(1.0, float(np.max(near.sensitivity))):
        return slow
    told = question.callback
    state = settle(blocks, sites, near, near.m, question.goal, window=length, first=math.inf, callback=told)
    if state.residual <= max(question.rtol, ROUNDING) and state.moves and state.kappa * length > 0.5 * WINDOW:
        return state
    return slow if known else None


def _by_slow_mode(blocks: Blocks, sites: Sites, near: Onset, length: float) -> State:
    mesh = HalfLine(first_edges(blocks, length))
    longest = Sites(blocks.nonlinearities, LONGEST, sites)
    equations = Equations(blocks, longest, mesh)
    point = equations.at(near(mesh.nodes), near.m)
    fine = mesh.split()
    check = Equations(blocks, longest, fine).at(near(fine.nodes), near.m)
    error = near.error + ROUNDING
    return State(equations, point, check.residual, error, near.sensitivity, near.kappa, (check.residual,), begun=True)


def _come_nearer(blocks: Blocks, sites: Sites, question: Question, calm: Static) -> State | None:
    """Return the state next to rest that is walked to from further away; None where the walk does not arrive.

    Where <phi phi> is not odd in covariances, a frozen part of the order of the excess comes with what moves, and has
    a fold in the amplitude of the slow mode. But states are alike: c is the excess times a function of lag times its
    root, and each begins Newton's method for one of less excess.
    """
    excess = calm.spread - 1.0
    steps = math.ceil(math.log(_FROM / excess) / math.log(_NEARER))
    state, before = None, 0.0
    for k in range(steps, -1, -1):
        at = excess * (_FROM / excess) ** (k / max(steps, 1))
        cousin = dataclasses.replace(blocks, gains=blocks.gains * ((1.0 + at) / calm.spread)) if k else blocks
        if state is None:
            start, m, length = decaying(cousin, np.full(len(blocks), at)), calm.m, None
        else:
            part, mesh, c = at / before, state.equations.mesh, state.point.c
            start, m, length = _alike(mesh, c, part), part * state.point.m, mesh.length / math.sqrt(part)
        first = 1.0 if state is None else math.inf
        state = settle(cousin, sites, start, m, question.goal, window=length, first=first)
        if not arrived(cousin, state, question.rtol):
            return None
        before = at
    return state


def _alike(mesh: HalfLine, c: FloatArray, part: float) -> Start:
    return lambda lags: part * interpolated(mesh, c, lags * math.sqrt(part))
