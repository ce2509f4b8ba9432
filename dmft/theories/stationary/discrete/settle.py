"""Where mean and variance settle under the one-step map: steady states, cycles, or activity without bound.

The map is iterated as the network does it, and Newton's method takes it to the end. A steady state that the map leaves
(an eigenvalue of its derivative beyond 1: in discrete time a mean that inhibits itself strongly overshoots and goes
round a cycle) is one in which no network stays.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.one_step import OneStep, radius

_FIRST = 12  # steps of the map before Newton's method is tried, and again after each so many
_MOST = 600  # steps of the map from one start
_LONGEST = 32  # cycle that is looked for
_HUGE = 1e8  # size of mean or deviation, over that of the inputs, that counts as without bound
_NEWTON = 40
_MARGINAL = 1e-12
_SAME = 1e-6  # distance of states, relative, below which they are one
_PATTERNS = 8  # of the signs of the means that the map is started from
_SEED = 1e-2  # variance of the least start, over its scale: x = 0 may be a state that is left


@dataclass(frozen=True, eq=False)
class Steady:
    """A steady state of mean and variance, shape (P,) each; whether or not the map stays there."""

    step: OneStep
    mean: FloatArray
    variance: FloatArray

    @cached_property
    def jacobian(self) -> FloatArray:
        """Derivative of the map at the state."""
        return self.step.jacobian(self.step.moments(self.mean, self.variance))

    @property
    def stable(self) -> bool:
        """Whether mean and variance come back after a small change of them; at rest, after any small one.

        What is marginal to first order at rest is decided by how much of a small variance comes back.
        """
        if np.any(self.variance > 0.0):
            return radius(self.jacobian) < 1.0
        n = len(self.mean)
        moments = self.step.moments(self.mean, self.variance)
        at_once = self.jacobian.copy()
        at_once[n:, n:] = self.step.blocks.K * [f.square_slope for f in moments]
        first = radius(at_once)
        return first < 1.0 or (first <= 1.0 + _MARGINAL and radius(self.jacobian) < 1.0)

    @property
    def size(self) -> float:
        """Variance of x over all units, the means included."""
        return float(self.step.blocks.fractions @ (self.variance + self.mean**2))

    def near(self, other: Steady) -> bool:
        """Whether another is the same."""
        gap = max(np.max(np.abs(self.mean - other.mean)), np.max(np.abs(self.variance - other.variance)))
        return float(gap) <= _SAME * (1.0 + self.size)


@dataclass(frozen=True, eq=False)
class Search:
    """What was found.

    Attributes
    ----------
    states : steady states in which the map stays, the least variance first.
    left : one that it leaves, if any was met; where no other was found it is what there is to show.
    cycle : length of a cycle, 0 if there is none; 1 for a state that is left as slowly as it is reached, -1 for a
        motion that does not repeat.
    unbounded : whether activity grew without bound from some start.
    steps : steps of the map and of Newton's method in all.
    """

    states: list[Steady]
    left: Steady | None
    cycle: int
    unbounded: bool
    steps: int


def searched(step: OneStep, starts: list[tuple[FloatArray, FloatArray]]) -> Search:
    """Return the states that the map goes to from these starts."""
    states: list[Steady] = []
    left: Steady | None = None
    cycle, unbounded, steps = 0, False, 0
    for mean, variance in starts:
        found, how, taken = _settled(step, mean, variance)
        steps += taken
        if found is not None and how == 0:
            if not any(found.near(known) for known in states):
                states.append(found)
        elif how is None:
            unbounded = True
        else:
            cycle = how if how > 1 or cycle == 0 else cycle
            left = found if found is not None else left
    # Of two mirror images the one of positive mean; rounding must not choose.
    states.sort(key=_order)
    return Search(states, left, cycle, unbounded, steps)


def _order(state: Steady) -> tuple[float, float]:
    least = float(state.variance @ state.step.blocks.fractions)
    return round(math.log(max(least, 1e-300)), 6), -float(state.mean[0])


def starts_of(step: OneStep) -> list[tuple[FloatArray, FloatArray]]:
    """Return where the map is started: small and large variances, means of either sign."""
    blocks = step.blocks
    input_variance = blocks.threshold_variance + step.private
    large = 1.0 + input_variance + blocks.K.sum(axis=1)
    small = input_variance + _SEED * (input_variance == 0.0)
    starts = [(blocks.bias, small), (blocks.bias, large)]
    if not np.any(input_variance):
        starts.insert(0, (blocks.bias, input_variance))  # a state at rest, if it is one
    if not np.any(blocks.A):
        return starts
    reach = 1.0 + np.abs(blocks.bias) + 2.0 * np.abs(blocks.A).sum(axis=1)
    signs = itertools.islice(itertools.product((1.0, -1.0), repeat=len(blocks)), _PATTERNS)
    patterns = [np.array(pattern) for pattern in signs]
    if len(blocks) > 3:
        patterns.append(-np.ones(len(blocks)))
    return starts + [(blocks.bias + pattern * reach, large) for pattern in patterns]


def _settled(step: OneStep, mean: FloatArray, variance: FloatArray) -> tuple[Steady | None, int | None, int]:
    """Return the state (or one nearby that is left), the length of the cycle (None without bound), and the steps."""
    bound = _HUGE * (1.0 + float(np.max(np.abs(mean))) + float(np.max(variance)))
    recent: list[FloatArray] = []
    taken, left = 0, None
    for index in range(_MOST):
        if index and index % _FIRST == 0:
            found, more = newton(step, mean, variance)
            taken += more
            if found is not None and found.stable:
                return found, 0, taken
            left = found if found is not None else left
            cycle = _cycle(recent)
            if cycle > 1:
                around = np.mean(recent[-cycle:], axis=0)
                found, more = newton(step, around[: len(mean)], around[len(mean) :] ** 2)
                return left if found is None else found, cycle, taken + more
            if index > _MOST // 2 and _still(recent):
                return Steady(step, mean, variance), 1, taken
        mean, variance = step(mean, variance)
        taken += 1
        recent = [*recent[-3 * _LONGEST :], np.concatenate([mean, np.sqrt(variance)])]
        if not np.all(np.isfinite(recent[-1])) or float(np.max(np.abs(recent[-1]))) > bound:
            return None, None, taken
    return left, -1, taken


def _still(recent: list[FloatArray]) -> bool:
    """Whether the last steps changed nothing that counts."""
    return float(np.max(np.abs(recent[-1] - recent[-_FIRST]))) <= 1e-9 * (1.0 + float(np.max(np.abs(recent[-1]))))


def _cycle(recent: list[FloatArray]) -> int:
    """Return the length of the cycle that the last steps went round; 0 if they did not."""
    path = np.array(recent)
    size = 1.0 + float(np.max(np.abs(path[-1])))
    for length in range(2, min(_LONGEST, len(path) // 2) + 1):
        gap = float(np.max(np.abs(path[length:] - path[:-length])[-length:]))
        if gap <= 1e-7 * size and float(np.max(np.abs(path[-1] - path[-2]))) > 1e-4 * size:
            return length
    return 0


def newton(step: OneStep, mean: FloatArray, variance: FloatArray) -> tuple[Steady | None, int]:
    """Return the steady state that Newton's method goes to, and its steps; None if it goes to none.

    A variance that it takes to zero is zero, where that is a state.
    """
    n = len(mean)
    for index in range(_NEWTON):
        moments = step.moments(mean, variance)
        m, v = step.following(moments)
        residual = np.concatenate([m - mean, v - variance])
        try:
            move = np.linalg.solve(np.eye(2 * n) - step.jacobian(moments), residual)
        except np.linalg.LinAlgError:
            return None, index
        if not np.all(np.isfinite(move)):
            return None, index
        mean = mean + move[:n]
        tried = variance + move[n:]
        # Where nothing comes in but x itself, a variance of rounding is none.
        variance = np.where(tried > 0.0, tried, 0.1 * variance)
        zero = np.where(np.abs(tried) < 1e-12 * (1.0 + np.max(variance)), 0.0, variance)
        if np.any(zero != variance) and _residual(step, mean, zero) <= 1e-13:
            variance = zero
        still = np.abs(move[:n]) <= 1e-12 * (np.abs(mean) + np.sqrt(variance) + 1e-9)
        if np.all(still) and np.all(np.abs(move[n:]) <= 1e-12 * (variance + 0.1 * np.max(variance) + 1e-12)):
            return Steady(step, mean, variance), index + 1
    close = _residual(step, mean, variance) <= 1e-11
    return (Steady(step, mean, variance) if close else None), _NEWTON


def _residual(step: OneStep, mean: FloatArray, variance: FloatArray) -> float:
    m, v = step(mean, variance)
    size = 1.0 + np.abs(mean) + np.sqrt(variance)
    return float(max(np.max(np.abs(m - mean) / size), np.max(np.abs(v - variance) / size**2)))
