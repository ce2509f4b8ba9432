"""Where the iteration for a state of sampled units begins: of several states it comes to one near its start."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.sampling.periodic_grid import even_spline
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.stated_units.process import UnitProcess
from dmft.theories.stationary.stated_units.state import begun, packed, parts_of

Start = Callable[[StatedUnits, PeriodicGrid], FloatArray]
_QUIET = 1e-3  # part of the mean squares of high activity
_BESIDE = 1e-6  # of a mean over the deviation, below which states are their own mirror images


def quiet(units: StatedUnits, grid: PeriodicGrid) -> FloatArray:
    """Return activity that is low beside `begun`: the fluctuations of outputs about their means."""
    parts = parts_of(begun(units, grid), units, grid)
    return packed(
        dataclasses.replace(
            parts, changing=_QUIET * parts.changing, frozen=_QUIET * parts.frozen, means=0.0 * parts.means
        ),
        units,
    )


def pushed(direction: FloatArray) -> Start:
    """Return the start at high activity whose outputs have means along a direction, one a population, largest 1."""

    def start(units: StatedUnits, grid: PeriodicGrid) -> FloatArray:
        parts = parts_of(begun(units, grid), units, grid)
        along = np.array([direction[p] for p, _ in units.outputs])
        return packed(dataclasses.replace(parts, means=along * np.sqrt(parts.sizes)), units)

    return start


def from_solution(solution: StationarySolution | None) -> Start | None:
    """Return the start at a state that was solved before, or None where it is none of sampled units that move."""
    process = None if solution is None else solution.process
    if solution is None or not isinstance(process, UnitProcess) or not np.any(process.outputs[:, 0] > 0.0):
        return None
    lags, outputs, frozen, means = solution.lags, process.outputs, process.frozen, process.means

    def start(units: StatedUnits, grid: PeriodicGrid) -> FloatArray:
        if len(outputs) != len(units.outputs):
            return begun(units, grid)
        changing = outputs - (means**2 + frozen)[:, None]
        known = [np.where(grid.lags <= lags[-1], even_spline(lags, part, grid.lags), 0.0) for part in changing]
        changing = np.array([grid.tapered(part) for part in known])
        parts = parts_of(begun(units, grid), units, grid)
        return packed(dataclasses.replace(parts, changing=changing, frozen=frozen, means=means), units)

    return start


def growing_direction(units: StatedUnits) -> FloatArray | None:
    """Return the direction of the means, one a population, largest 1, that couplings amplify most; None where none."""
    if not np.any(units.means):
        return None
    values, vectors = np.linalg.eig(units.means)
    real = np.flatnonzero((np.abs(values.imag) <= _BESIDE * np.abs(values)) & (values.real > 0.0))
    if not len(real):
        return None
    along = vectors[:, real[np.argmax(values.real[real])]].real
    return np.asarray(along / along[np.argmax(np.abs(along))])
