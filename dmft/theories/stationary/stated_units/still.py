"""States of sampled units in which nothing moves, and whether a network stays in them.

The iteration for a state may come to a fixed point that a network leaves: small moving parts of the fields are mapped
onto larger ones. Then it is begun again with a moving part that is not small.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.sampling.sampling_error import student
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.linear_answers import growth_about_still
from dmft.theories.stationary.stated_units.state import Row, packed, parts_of
from dmft.theories.stationary.stated_units.tangent import Perturbations

_STILL = 1e-3  # part of a mean square below which an output does not move
_MOVING = 0.5  # of the frozen variance, that is made to move
_PATHS = 512
_SURE, _FLUCTUATES = 3.0, 1e-5  # errors, and part of the mean square, below which nothing is said to fluctuate
NEARLY = 0.9  # growth beside a sinusoid from which a sampled one may be above 1


def is_still(state: FloatArray, units: StatedUnits, grid: PeriodicGrid) -> bool:
    """Whether nothing moves, but for what turns with a sinusoid, in a state that does not stand at zero."""
    if units.noisy or (units.centred and not units.turn):
        return False
    parts = parts_of(state, units, grid)
    return bool(np.all(np.abs(parts.changing[:, 0]) <= _STILL * parts.sizes) and np.any(parts.sizes > 0.0))


def growth(
    state: FloatArray, units: StatedUnits, grid: PeriodicGrid, sequence: np.random.SeedSequence
) -> tuple[float, float]:
    """Return by how much a small moving part grows in a turn around the network, and the error of that; above 1 a still
    state is left.

    Beside a sinusoid it is the growth of the shape that a few sweeps of sampled perturbations come to: below the truth,
    by 2-7 % where shapes of one frequency grow most.
    """
    if units.turn:
        found = Perturbations(units, grid, state, _PATHS, sequence).growth(0.0)
        return found, (1.0 / NEARLY - 1.0) * found
    found, error = growth_about_still(units, grid, state, sequence)
    return found, _SURE * error


def moved(state: FloatArray, units: StatedUnits, grid: PeriodicGrid) -> FloatArray:
    """Return the state with a part of what is frozen made to move."""
    parts = parts_of(state, units, grid)
    held = parts.frozen + np.maximum(parts.waves.sum(axis=1), 0.0)
    changing = _MOVING * np.outer(held, np.exp(-np.square(grid.lags / 3.0)))
    rest = 1.0 - _MOVING
    moving = dataclasses.replace(parts, changing=changing, frozen=rest * parts.frozen, waves=rest * parts.waves)
    return packed(moving, units)


def settles(seeds: list[Row], distance: float) -> bool:
    """Whether nothing moves in what independent sets of paths have found, `distance` of the mean square from it."""
    moving = [row.corr_x[:, 0] - row.mean_x**2 - row.frozen_x - row.waves_x.sum(axis=1) for row in seeds]
    unsure = student(len(moving)) * np.std(moving, axis=0, ddof=1) / math.sqrt(len(moving))
    whole = np.mean([row.corr_x[:, 0] for row in seeds], axis=0)
    seen = _SURE * unsure + (_FLUCTUATES + distance) * whole
    if np.size(seeds[0].waves_x):  # harmonics that are not kept are smaller than the last one
        seen += np.abs(np.mean([row.waves_x[:, -1] for row in seeds], axis=0))
    return bool(np.all(np.mean(moving, axis=0) <= seen))


def name_of(units: StatedUnits, settled: bool) -> str:
    """Return the name of a state in which nothing moves, or something does."""
    if units.noisy:
        return "driven"
    if units.turn:
        return "driven, stable" if settled else "driven, chaotic"
    return "fixed point" if settled else "chaotic"
