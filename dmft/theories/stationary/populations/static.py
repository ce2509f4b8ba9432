"""States in which nothing moves: m = h + A <phi>, c = K <phi^2> + s, reached by following their relaxation.

Perturbed, means and covariances (u, v) = (dm, dc/2) follow
    (1 + lambda tau_a) (u, v)_a = sum_b [[A <phi'>, A <phi''>], [K <phi phi'>, K <phi'^2 + phi phi''>]]_ab (u, v)_b,
and what differs from unit to unit grows where the largest eigenvalue of K_ab <phi_b'^2> exceeds 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.budget import spend
from dmft.theories.blocks import Blocks
from dmft.theories.static_states import mean_rates
from dmft.theories.stationary.populations.site import OneTime, Sites, TwoTimes

KICK = 0.3  # size of a push off an unstable fixed point, relative to the spread of x or 1
_KICKS = 4
_OF_MEANS = 1e-6  # part of a mode that is of the means, above which it is one of them
_ROUNDED = 1e-14  # of the largest eigenvalue at rest from 1, by which that is at its onset
_STEPS = 400
_SETTLED = 1e-13
_ENOUGH = 1e-9
_NOTHING = 1e-26  # of the square of a mean, below which a variance vanishes as <phi> does
_BEYOND = 1e14  # over couplings and inputs, beyond which variances and squares of means grow without bound
_FAR, _ROUNDS = 1e6, 30  # variance that is far beyond all inputs; steps of the power iteration there
_PART = 0.5  # of the time in which something grows by e
_FASTER, _SLOWER = 2.5, 0.3  # factors on the step of the relaxation


@dataclass(frozen=True, eq=False)
class Static:
    """A fixed point, or where the search for one ended.

    m, c0 : shape (P,). residual : relative to variances and sizes of x. found : whether it is small.
    """

    blocks: Blocks
    m: FloatArray
    c0: FloatArray
    pair: TwoTimes
    one: OneTime
    residual: float

    @property
    def found(self) -> bool:
        """Whether both equations hold."""
        return self.residual <= _ENOUGH

    @property
    def unbounded(self) -> bool:
        """Whether activity grew beyond all bounds."""
        size = max(float(np.max(self.c0)), float(np.max(np.abs(self.m))) ** 2)
        return not np.isfinite(size) or size > _BEYOND * _scale(self.blocks)

    @cached_property
    def spread(self) -> float:
        """Largest eigenvalue of K_ab <phi_b'^2>: above 1 the units leave the fixed point."""
        return float(np.max(np.abs(np.linalg.eigvals(self.blocks.K * self.pair.p[0]))))

    @cached_property
    def rates(self) -> tuple[ComplexArray, ComplexArray]:
        """Rates lambda of means and covariances, and their modes (dm, dc0), shape (2 P, 2 P), fastest growth first."""
        matrix = jacobian(self.blocks, self.one, self.pair) - np.eye(2 * len(self.blocks))
        values, vectors = np.linalg.eig(matrix / np.tile(self.blocks.tau, 2)[:, None])
        order = np.argsort(-values.real)
        return np.asarray(values[order], dtype=complex), np.asarray(vectors[:, order], dtype=complex)

    @property
    def coherent(self) -> bool:
        """Whether means and covariances stay."""
        return bool(self.rates[0][0].real < 0.0)

    @property
    def stable(self) -> bool:
        """Whether a network stays."""
        return self.spread < 1.0 and self.coherent


def _scale(blocks: Blocks) -> float:
    """Return what a variance is compared with: what couplings make of activity 1, and inputs."""
    couplings = max(float(np.max(blocks.K)), float(np.max(np.abs(blocks.A))) ** 2)
    return 1.0 + couplings + float(np.max(blocks.threshold_variance)) + float(np.max(np.abs(blocks.bias))) ** 2


def grows(blocks: Blocks, sites: Sites) -> bool:
    """Whether activity far beyond all inputs grows: from there (A <phi>, K <phi^2>) is no smaller than (m, c)."""
    scale = math.sqrt(_FAR * _scale(blocks))
    return any(_grows_from(blocks, sites, scale, sign) for sign in (0.0, 1.0, -1.0))


def _grows_from(blocks: Blocks, sites: Sites, scale: float, sign: float) -> bool:
    m, c0 = np.full(len(blocks), sign * scale), np.full(len(blocks), scale**2)
    growth = 0.0
    for _ in range(_ROUNDS):
        pair = sites.two_times(c0[None], m, c0, np.zeros((1, len(blocks))), derivatives=False)
        mean, variance = 0.5 * m + 0.5 * blocks.A @ pair.one.phi, blocks.K @ pair.q[0]
        growth = max(math.sqrt(float(np.max(variance))), float(np.max(np.abs(mean)))) / scale
        if not growth > 0.0:
            return False
        m, c0 = mean / growth, np.maximum(variance / growth**2, 1e-12 * scale**2)
    return growth >= 1.0 - 1e-9


def jacobian(blocks: Blocks, one: OneTime, pair: TwoTimes) -> FloatArray:
    """Return the derivative of (h + A <phi>, K <phi^2> + s) by (m, c0), shape (2 P, 2 P)."""
    return np.block(
        [
            [blocks.A * one.slope, blocks.A * one.by_variance],
            [blocks.K * pair.by_mean[0], blocks.K * (pair.p[0] + pair.by_variance[0])],
        ]
    )


def relaxed(blocks: Blocks, sites: Sites, m: FloatArray, c0: FloatArray, near: float = 0.0) -> Static:
    """Return the fixed point that the relaxation of (m, c0) comes to, by steps of implicit Euler that grow.

    Where something grows a step stays shorter than its time: a longer one would go against the flow. With `near` it
    ends where the residual is no larger and nothing grows: a fixed point that attracts is close.
    """
    at = _at(blocks, sites, m, c0)
    P, tau = len(blocks), np.tile(blocks.tau, 2)
    pseudo_time = 0.5 * float(np.min(blocks.tau))
    for _ in range(_STEPS):
        if at.residual <= _SETTLED or at.unbounded or not np.isfinite(at.residual):
            break
        fastest = float(at.rates[0][0].real)
        if at.residual <= near and fastest < 0.0:
            break
        if fastest > 0.0:
            pseudo_time = min(pseudo_time, _PART / fastest)
        matrix = np.diag(tau / pseudo_time + 1.0) - jacobian(blocks, at.one, at.pair)
        pull = np.concatenate(_targets(blocks, at)) - np.concatenate([at.m, at.c0])
        try:
            step = np.linalg.solve(matrix, pull)
        except np.linalg.LinAlgError:
            pseudo_time *= 0.5
            continue
        c = np.maximum(at.c0 + step[P:], 0.2 * at.c0)
        ahead = _at(blocks, sites, at.m + step[:P], c)
        worse = ahead.residual > 2.0 * at.residual and fastest <= 0.0 and pseudo_time > 1e-3
        if not np.isfinite(ahead.residual) or worse:
            pseudo_time *= _SLOWER
            continue
        if at.residual < 1e-11 and ahead.residual >= at.residual:
            break  # rounding
        pseudo_time *= _FASTER if ahead.residual < at.residual else 1.0
        at = ahead
    return at


def at_rest(blocks: Blocks, sites: Sites) -> tuple[Static, ...]:
    """Return the fixed point that activity comes to from zero, and those that it is pushed on to where means and
    covariances leave it, also where single units would: the last one is where they stay."""
    passed = [relaxed(blocks, sites, np.zeros(len(blocks)), blocks.threshold_variance.copy())]
    for _ in range(_KICKS):
        state = passed[-1]
        if not state.found or state.unbounded or state.coherent:
            break
        values, modes = state.rates
        real = np.flatnonzero((values.imag == 0.0) & (values.real > 0.0))
        means = np.abs(modes[: len(blocks)]).max(axis=0) > _OF_MEANS * np.abs(modes).max(axis=0)
        if state.spread >= 1.0:  # variances grow as single units do: what the means do by themselves is asked
            real = real[means[real]]
        if not len(real) or (state.spread < 1.0 and values[0].imag != 0.0):
            break
        mode = modes[:, real[0]].real
        P = len(blocks)
        mode = mode / mode[int(np.argmax(np.abs(mode)))]
        size = KICK * max(1.0, math.sqrt(float(np.max(state.c0))))
        raised = np.maximum(state.c0 + size**2 * mode[P:], state.c0)
        passed.append(relaxed(blocks, sites, state.m + size * mode[:P], raised))
    return tuple(passed)


def at_onset(calm: Static) -> bool:
    """Whether a state at rest is where activity begins, to the last digit, and its means stay."""
    still = not (np.any(calm.c0) or np.any(calm.m)) and abs(calm.spread - 1.0) <= _ROUNDED
    return still and bool(mean_rates(calm.blocks, calm.one.slope)[0].real < 0.0)


def _targets(blocks: Blocks, at: Static) -> tuple[FloatArray, FloatArray]:
    return blocks.bias + blocks.A @ at.one.phi, blocks.K @ at.pair.q[0] + blocks.threshold_variance


def _at(blocks: Blocks, sites: Sites, m: FloatArray, c0: FloatArray) -> Static:
    spend(3e-4 + 1e-4 * len(blocks))
    pair = sites.two_times(c0[None], m, c0, np.zeros((1, len(blocks))), derivatives=True)
    at = Static(blocks, m, c0, pair, pair.one, np.inf)
    mean, variance = _targets(blocks, at)
    top = max(float(np.max(c0)), float(np.max(variance)), _NOTHING * float(np.max(np.abs(m))) ** 2, 1e-300)
    scale = np.where(c0 > 1e-13 * top, c0, top)
    size = np.sqrt(np.maximum(c0, 0.0)) + np.abs(m) + np.abs(mean)
    gaps = np.append(np.abs(variance - c0) / scale, np.abs(mean - m) / np.where(size > 0, size, 1.0))
    return Static(blocks, m, c0, pair, at.one, float(np.max(gaps)))
