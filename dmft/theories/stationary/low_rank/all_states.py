"""Every state of a network with low-rank couplings that is found, with its rotation where it has one."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from dmft.numerics.gaussian import Averages
from dmft.theories.low_rank import Structure
from dmft.theories.stationary.low_rank.general import general_states
from dmft.theories.stationary.low_rank.moments import averages_at, other_averages
from dmft.theories.stationary.low_rank.rotating import Rotation, periodic, windowed
from dmft.theories.stationary.low_rank.spontaneous import (
    homogeneous_states,
    structured_states,
    variances_of,
)
from dmft.theories.stationary.low_rank.state import LowRankState
from dmft.theories.stationary.low_rank.without_spread import states_without_spread

Found = tuple[LowRankState, Rotation | None]

_ALIKE = 1e-6  # part by which directions of a plane may differ
_ROUNDING = 1e-13
_LARGE = 1e12  # variance at which activity is large
_STEP = 1e-4
_NEUTRAL = 1e-10


def all_states(structure: Structure, *, everything: bool = True) -> tuple[list[Found], bool]:
    """Return the states by increasing variance, and whether the count of fixed points is what it must be.

    Without `everything` not those that are known to be unstable.
    """
    found: list[Found] = []
    complete = True
    if structure.spontaneous:
        still = homogeneous_states(structure, everything=everything)
        if structure.centred:
            still += structured_states(structure, everything=everything)
        found += [(state, None) for state in still]
    if structure.spontaneous and structure.centred:
        found += rotating_states(structure)
    else:
        more, complete = general_states(structure)
        more = states_without_spread(structure) + more
        found += [(state, None) for state in more if np.any(state.kappa) or not structure.spontaneous]
    return sorted(found, key=lambda pair: (pair[0].variance, pair[0].size)), complete


def unbounded(structure: Structure) -> bool:
    """Whether activity that is large grows: by the random couplings, or along an outlier."""
    try:
        of = averages_at(structure.nonlinearity, 0.0, _LARGE)
    except FloatingPointError:
        return True
    outlier = max((value.real for value, _ in structure.modes), default=0.0)
    return structure.g**2 * of.mean_square >= _LARGE * (1.0 - _ALIKE) or of.mean_slope * outlier >= 1.0 - _ALIKE


def unsolved(structure: Structure, found: list[Found]) -> str | None:
    """Return what the network does instead, where none of the states found is stable."""
    if any(state.stable for state, _ in found):
        return None
    if unbounded(structure):
        return (
            f"there is no bounded solution: the activity of {structure.nonlinearity!r} grows without bound; lower g or "
            "the overlaps, or use a nonlinearity that saturates"
        )
    for outlier, _ in structure.modes:
        if outlier.imag and (why := not_alike(structure, outlier)):
            return why
    if any(outlier.imag for outlier, _ in structure.modes) and not structure.centred:
        return (
            "no stable state at rest was found, and the outliers are complex: where phi is not odd, or vectors and "
            "inputs have means, a rotation is not stationary: follow it in time (dmft.solve_nonstationary)"
        )
    return "no stable state was found; look at dmft.branches, or start from a neighbouring point (init=)"


def not_alike(structure: Structure, outlier: complex) -> str | None:
    """Return why the rotation of an outlier does not leave x stationary; None if it does."""
    direction = np.asarray(next(v for o, v in structure.modes if o == outlier))
    size = float((direction.conj() @ structure.left @ direction).real)
    if abs(complex(direction @ structure.left @ direction)) > _ALIKE * size:
        return (
            f"the outlier {outlier:.4g} turns kappa, and not all directions of its plane are alike (left, overlap): x "
            "is not stationary; follow it in time (dmft.solve_nonstationary), or give overlaps [[a, -b], [b, a]]"
        )
    if np.any(structure.left_input):
        return (
            f"the outlier {outlier:.4g} turns kappa, and an input that overlaps with the vectors m (left_input) is in "
            "its way: x is not stationary; leave left_input out"
        )
    return None


def rotating_states(structure: Structure) -> list[Found]:
    """Return the states in which kappa rotates at a constant rate."""
    found: list[Found] = []
    for outlier, direction in structure.modes:
        if outlier.imag and outlier.real and not_alike(structure, outlier) is None:
            for c0 in variances_of(structure, outlier.real):
                of = averages_at(structure.nonlinearity, 0.0, c0)
                found += _of_variance(structure, of, outlier, np.asarray(direction))
    return found


def _of_variance(structure: Structure, of: Averages, outlier: complex, direction: np.ndarray) -> list[Found]:
    omega, found = outlier.imag / outlier.real, []
    if structure.white == 0.0:
        rotation = periodic(structure, of, omega)
        if rotation is None:
            return []
        level = _level(structure, of, rotation)
        found.append(_measured(structure, of, outlier, direction, rotation, False, level))
        if level >= 0.0:
            return found
    moving = windowed(structure, of, omega)
    if moving is not None and (structure.white > 0.0 or _level(structure, of, moving) < 0.0):
        found.append(_measured(structure, of, outlier, direction, moving, True, 0.0))
    return found


def _level(structure: Structure, of: Averages, rotation: Rotation) -> float:
    """Return the lowest level of -d^2 + 1 - g^2 <phi' phi'>: below 0 perturbations grow."""
    inside = np.clip(rotation.values, -of.variance, of.variance)
    return rotation.mesh.lowest(1.0 - structure.g**2 * of.corr_slope(inside))[0]


def _measured(
    structure: Structure,
    of: Averages,
    outlier: complex,
    direction: np.ndarray,
    rotation: Rotation,
    moving: bool,
    level: float,
) -> Found:
    phi, c0 = structure.nonlinearity, of.variance
    other = other_averages(phi, 0.0, c0)
    wrong = _ROUNDING * abs(of.mean_slope)
    lost = _ROUNDING
    if other is not None:
        wrong += abs(other.mean_slope - of.mean_slope)
        lost += abs(other.mean_square - of.mean_square) / of.mean_square + of.disagreement[0]
    ahead, behind = (averages_at(phi, 0.0, c0 * math.exp(step)) for step in (_STEP, -_STEP))
    fall = (ahead.mean_slope - behind.mean_slope) / (ahead.variance - behind.variance)
    size = float((direction.conj() @ structure.left @ direction).real)
    amplitude = math.sqrt(2.0 * rotation.rho2 / size)
    state = LowRankState(
        (1.0 + 1j * omega_of(outlier)) * amplitude * direction,
        c0,
        math.nan,
        moving,
        omega=omega_of(outlier),
        error=wrong / abs(fall) / c0 + rotation.error,
        residual=wrong / abs(of.mean_slope) + lost + rotation.left,
    )
    # d rho2/d c0 is of order one: an error of the variance is one of rho2, and so of |kappa|.
    of_rho2 = (state.error + lost * structure.g**2 * of.mean_square_slope) * c0
    state = replace(state, kappa_error=4.0 * of_rho2 * state.size / (2.0 * rotation.rho2))
    growth = max((of.mean_slope * o.real - 1.0 for o, _ in structure.modes if o != outlier), default=-1.0)
    bulk = math.sqrt(max(1.0 - level, 0.0)) - 1.0
    criterion = f"<phi'> of the other outliers grows at {growth:.4g}, the rest at {bulk:.4g}"
    if moving:
        criterion = f"other overlaps change at the rate {growth:.4g}"
    stable = growth <= _NEUTRAL and fall * outlier.real < 0.0 and level >= 0.0
    return state.with_stability(stable, criterion, growth), rotation


def omega_of(outlier: complex) -> float:
    """Return the angular frequency of the rotation."""
    return outlier.imag / outlier.real
