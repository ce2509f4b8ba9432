"""States of a network in which kappa = 0 is one: homogeneous ones, and structured ones that bifurcate from them.

kappa = <phi'> S kappa has solutions kappa != 0 where <phi'>_{c0} lam = 1, lam an outlier (eigenvalue of S): that fixes
c0, the energy c_inf, and s = c_inf - g^2 q(c_inf) the size of kappa [Mastrogiuseppe & Ostojic, Neuron 99, 609 (2018)].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian import Averages, is_closed, rough_averages
from dmft.numerics.roots import polished, roots
from dmft.theories.low_rank import Structure
from dmft.theories.stationary.centred.energy import asymptote, excess_energy
from dmft.theories.stationary.low_rank.moments import averages_at, needed, other_averages, rough_slope
from dmft.theories.stationary.low_rank.stability import judged_moving, judged_static
from dmft.theories.stationary.low_rank.state import LowRankState

_POWERS = np.arange(-20.0, 15.0)  # of 4, of the variances that are searched, on the scale of the network's own
_STEP = 1e-4  # of log c0, for slopes
_OVERFLOW = 700.0
_HIGHEST = 1e100  # variance that is searched
_ROUNDING = 1e-13  # relative error of averages in closed form
_NEXT_TO_0 = 1e-290  # where one-sided slopes at the origin are read


def homogeneous_states(structure: Structure, *, everything: bool = True) -> list[LowRankState]:
    """Return the states of kappa = 0: those of the random couplings alone, under the static input of its own.

    Without `everything` those are left out of which it is known beforehand that no network stays in them.
    """
    zero = np.zeros(structure.rank)
    found = []
    if structure.white == 0.0 and structure.threshold_variance == 0.0:
        found.append(at_rest(structure))
    known = _homogeneous(structure.nonlinearity, structure.g, structure.threshold_variance, structure.white)
    for c0, frozen, moving in known:
        # Of odd phi without input <phi phi> is convex in c and vanishes with it: fixed points but x = 0 are unstable.
        if everything or moving or structure.threshold_variance > 0.0:
            found.append(measured(structure, zero, c0, frozen, moving))
    return found


def at_rest(structure: Structure) -> LowRankState:
    """Return x = 0."""
    return judged_static(structure, LowRankState(np.zeros(structure.rank), 0.0, 0.0, False, error=0.0, kappa_error=0.0))


@lru_cache(maxsize=32)
def _homogeneous(phi: Any, g: float, static: float, white: float) -> tuple[tuple[float, float, bool], ...]:
    """Return c0, c_inf and whether it moves, of the states of random couplings alone; kept for a sweep over others."""
    found = []

    def at(log_c0: float, known: Averages | None) -> Averages:
        return known or averages_at(phi, 0.0, math.exp(log_c0))

    def held(log_c0: float, known: Averages | None = None) -> float:
        try:
            of = at(log_c0, known)
        except FloatingPointError:  # phi overflows: activity of this size would grow
            return -_OVERFLOW
        return 1.0 - (g**2 * of.mean_square + static) / of.variance

    def excess(log_c0: float, known: Averages | None = None) -> float:
        try:
            of = at(log_c0, known)
        except FloatingPointError:
            return -math.inf
        frozen = asymptote(g, of, static=static)
        return excess_energy(g, of, white, frozen) if frozen is not None else -math.inf

    scale = own_scale(phi, g**2, static, white)
    if white == 0.0:
        found += [(math.exp(x), math.exp(x), False) for x in _found(phi, scale, held)]
    if g > 0.0 or white > 0.0:
        for log_c0 in _found(phi, scale, excess):
            of = at(log_c0, None)
            frozen = asymptote(g, of, static=static)
            if frozen is not None and frozen < of.variance * (1.0 - 1e-12):
                found.append((of.variance, frozen, True))
    return tuple(found)


def structured_states(structure: Structure, *, everything: bool = True) -> list[LowRankState]:
    """Return the states of kappa != 0 along real outliers, those that move and those that do not.

    Without `everything` no fixed point of which the random couplings alone make chaos.
    """
    found = []
    seen: list[complex] = []  # those of a degenerate outlier are one ring
    for outlier, direction in structure.modes:
        if outlier.imag == 0.0 and outlier.real != 0.0 and not any(abs(outlier - o) < 1e-9 * abs(o) for o in seen):
            seen.append(outlier)
            for c0 in variances_of(structure, outlier.real):
                found += _of_variance(structure, np.asarray(direction.real), c0, everything)
    return found


def variances_of(structure: Structure, outlier: float) -> list[float]:
    """Return the variances at which <phi'> times the outlier is 1."""
    phi = structure.nonlinearity

    def exact(log_c0: float) -> float:
        try:
            return averages_at(phi, 0.0, math.exp(log_c0)).mean_slope * outlier - 1.0
        except FloatingPointError:
            return math.inf

    def rough(log_c0: float) -> float:
        return rough_slope(phi, 0.0, math.exp(log_c0)) * outlier - 1.0

    strength = structure.g**2 + float(np.max(np.abs(structure.overlap), initial=0.0)) ** 2
    grid = math.log(own_scale(phi, strength, structure.threshold_variance, structure.white)) + math.log(4.0) * _POWERS
    if is_closed(phi):
        return [math.exp(root.x) for root in roots(exact, grid)]
    found = []
    for root in roots(rough, grid, xtol=1e-9):
        slope = (rough(root.x + _STEP) - rough(root.x - _STEP)) / (2.0 * _STEP)
        better = polished(exact, root.x, slope)
        if better is not None:
            found.append(math.exp(better))
    return found


def own_scale(phi: Any, strength: float, static: float, white: float) -> float:
    """Return a variance about which a network has its own; `strength` is the square of its couplings'."""
    values = np.abs(np.asarray(phi(np.array([1.0, 10.0])), dtype=float))
    size = float(np.max(values[np.isfinite(values)], initial=0.0))
    return min(max(strength * min(size, 10.0) ** 2, static, white, 1e-8), _HIGHEST)


def _of_variance(structure: Structure, direction: FloatArray, c0: float, everything: bool) -> list[LowRankState]:
    of = averages_at(structure.nonlinearity, 0.0, c0)
    found = []
    for moving in (False, True):
        if not moving and not everything and structure.g**2 * of.mean_square_slope > 1.0:
            continue
        s, frozen = needed(structure.g, of, structure.white, moving=moving)
        if (moving and not frozen < c0) or (not moving and structure.white > 0.0):
            continue
        quadratic = float(direction @ structure.left @ direction)
        linear = float(direction @ structure.left_input)
        square = linear**2 - quadratic * (structure.threshold_variance - s)
        if not (quadratic > 0.0 and square > 0.0):
            continue
        sizes = [(-linear + math.sqrt(square)) / quadratic]
        if linear:
            sizes.append((-linear - math.sqrt(square)) / quadratic)
        for size in sizes:
            if size:
                kappa = size * direction
                kappa = kappa if linear else kappa * math.copysign(1.0, kappa[np.argmax(np.abs(kappa))])
                found.append(measured(structure, kappa, c0, frozen, moving))
    return found


def _rough(phi: Any, log_c0: float) -> Averages | None:
    """Return averages that only locate, or None where phi overflows: the exact ones know what to say of that."""
    try:
        return rough_averages(phi, math.exp(log_c0))
    except FloatingPointError:
        return None


def _found(phi: Any, scale: float, lacks: Callable[..., float]) -> list[float]:
    """Return the roots of a function of log c0, by cheap averages first where the exact ones are not."""
    grid = math.log(scale) + math.log(4.0) * _POWERS
    if is_closed(phi):
        return [root.x for root in roots(lacks, grid)]
    found = []
    for root in roots(lambda x: lacks(x, _rough(phi, x)), grid, xtol=1e-9):
        ahead, behind = (lacks(root.x + step, _rough(phi, root.x + step)) for step in (1e-5, -1e-5))
        better = polished(lacks, root.x, (ahead - behind) / 2e-5)
        if better is not None:
            found.append(better)
    return found


def measured(structure: Structure, kappa: FloatArray, c0: float, frozen: float, moving: bool) -> LowRankState:
    """Return the state with its stability, and its errors as averages of other nodes tell them."""
    g, white, phi = structure.g, structure.white, structure.nonlinearity
    of, other = averages_at(phi, 0.0, c0), other_averages(phi, 0.0, c0)
    s = frozen - g * g * (of.mean_square if not moving else of.at(frozen)[0])
    wrong_s = _ROUNDING * (c0 + g * g * of.mean_square)
    wrong_slope = _ROUNDING * abs(of.mean_slope)
    if other is not None:
        wrong_s += abs(needed(g, other, white, moving=moving)[0] - s)
        wrong_slope += abs(other.mean_slope - of.mean_slope)
    ahead = averages_at(phi, 0.0, c0 * math.exp(_STEP))
    rise = (needed(g, ahead, white, moving=moving)[0] - s) / (ahead.variance - c0)
    fall = (ahead.mean_slope - of.mean_slope) / (ahead.variance - c0)
    if np.any(kappa):
        wrong_c0 = wrong_slope / max(abs(fall), 1e-300)
        lever = 2.0 * float(np.linalg.norm(structure.left @ kappa + structure.left_input))
        wrong_kappa = (abs(rise) * wrong_c0 + wrong_s) / max(lever, 1e-300)
    else:
        wrong_c0, wrong_kappa = wrong_s / max(abs(rise), 1e-300), 0.0
    residual = wrong_s / c0 + (wrong_slope / abs(of.mean_slope) if np.any(kappa) else 0.0)
    state = LowRankState(kappa, c0, frozen, moving, error=wrong_c0 / c0, kappa_error=wrong_kappa, residual=residual)
    if not moving:
        return judged_static(structure, state)
    return judged_moving(structure, state, of.mean_slope, fall, rise)
