"""The moving state next to a fixed point that it has just left: by its slow mode, or by Newton's method from there."""

from __future__ import annotations

import math

import numpy as np

from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.blocks import Blocks
from dmft.theories.stationary.populations.equations import Equations
from dmft.theories.stationary.populations.onset import NEAR, Onset, onset
from dmft.theories.stationary.populations.settle import ROUNDING, WINDOW, State, first_edges, settle
from dmft.theories.stationary.populations.site import LONGEST, Sites
from dmft.theories.stationary.populations.static import Static
from dmft.theories.stationary.question import Question


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
        return None
    length = window or WINDOW / near.kappa
    slow = _by_slow_mode(blocks, sites, near, length)
    known = slow.residual <= max(question.rtol, ROUNDING)
    if known and np.max(near.error) <= ROUNDING * max(1.0, float(np.max(near.sensitivity))):
        return slow
    rtol, most, told = question.rtol, question.max_steps, question.callback
    state = settle(blocks, sites, near, near.m, rtol, most, window=length, first=math.inf, callback=told)
    if state.residual <= max(rtol, ROUNDING) and state.moves and state.kappa * length > 0.5 * WINDOW:
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
