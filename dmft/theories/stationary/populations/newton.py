"""From a start to a state on one mesh: relaxation by steps of implicit Euler that become Newton's."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.fixed_point import Callback
from dmft.theories.stationary.goal import Goal
from dmft.theories.stationary.populations.equations import Equations, Point

_FIRST = 1.0  # first step of the relaxation
_FASTER, _SLOWER = 3.0, 0.25
_NEWTON = 1e4  # steps longer than this are Newton's
_SHORTEST = 1e-4
_NEAR = 1e-2  # residual above which a step stays shorter than the time in which a mean grows by e
_PART = 0.5  # of that time
_SHRINK = 0.2  # a variance becomes at most this much smaller in a step
_WORSE = 1.5  # residuals of a relaxation may grow so much in a step
_ROUNDING = 1e-11
_DEEP, _IDLE = 1e-9, 6  # steps in a row that gain nothing at such residuals: rounding is all that is left


def settled(
    equations: Equations, at: Point, goal: Goal, *, first: float = _FIRST, callback: Callback | None = None
) -> tuple[Point, tuple[float, ...]]:
    """Return the point that is reached and the residuals on the way.

    Parameters
    ----------
    at : where it begins.
    goal : the largest residual, and the most steps.
    first : length of the first step along the relaxation; infinite for Newton's method from the start.
    callback : called as callback(step, residual).
    """
    history = [at.residual]
    length, tried, idle = first, 0, 0
    while len(history) <= goal.max_steps and tried < 3 * goal.max_steps:
        if at.residual <= goal.rtol or not math.isfinite(at.residual):
            break
        tried += 1
        if at.residual > _NEAR:
            length = min(length, _PART / max(equations.rise(at), 1e-300))
        newton = length > _NEWTON
        try:
            change, shift = equations.step(at, math.inf if newton else length)
        except np.linalg.LinAlgError:
            length = min(length, _NEWTON) * _SLOWER
            continue
        if not (np.all(np.isfinite(change)) and np.all(np.isfinite(shift))):
            length = min(length, _NEWTON) * _SLOWER
            continue
        ahead = equations.at(_bounded(at.c, change), at.m + shift)
        idle = idle + 1 if at.residual <= _DEEP and not ahead.residual < 0.9 * at.residual else 0
        if idle >= _IDLE:
            break
        if ahead.residual < at.residual or (not newton and ahead.residual < _WORSE * at.residual):
            length = length * (_FASTER if ahead.residual < 0.9 * at.residual else 1.5)
            at = ahead
            history.append(at.residual)
            if callback is not None:
                callback(len(history) - 1, at.residual)
            continue
        if at.residual <= _ROUNDING:
            break
        length = min(length, _NEWTON) * _SLOWER
        if length < _SHORTEST:
            break
    return at, tuple(history)


def _bounded(c: FloatArray, change: FloatArray) -> FloatArray:
    """Return c after a step, in which the change of a population is shortened where its variance would vanish."""
    fall = np.maximum(-change[0], 0.0)
    part = np.where(fall > (1.0 - _SHRINK) * c[0], (1.0 - _SHRINK) * c[0] / np.where(fall > 0, fall, 1.0), 1.0)
    return np.asarray(c + part * change)
