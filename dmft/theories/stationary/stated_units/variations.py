"""One set of paths solved again: at half the step, on a shorter window, from another beginning, with another memory.

Half the step has the same random numbers at the frequencies that both share; on the shorter window correlations are led
to zero earlier.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.fixed_point import Extrapolation
from dmft.numerics.slow_fixed_point import solve_slow
from dmft.numerics.unit_paths import BlowUpError
from dmft.theories.stationary.stated_units.sampler import UnitMap
from dmft.theories.stationary.stated_units.state import Row, combined, parts_of, scale_of

TOLERANCE = 5e-5  # distance, relative to C(0), at which iterations stop
_SHORTER = 0.5  # part of the kept lags where the taper of the shorter window begins
_LEAST_PART = 0.2  # of the change by the shorter window, that the window itself is given
_OTHER_RATE = 1.5  # of the rate that fits best, whose functions show what theirs leave out


@dataclass(frozen=True, eq=False)
class Variations:
    """What they change.

    Attributes
    ----------
    step, window, memory : what half the step, the shorter window and another beginning, and other functions for the
        memory of the units change.
    remembered : |C| where the taper begins, relative to lag 0.
    begun : what another beginning of the paths changes in mean squares and means of outputs, relative.
    """

    step: Row
    window: Row
    memory: Row
    remembered: float
    begun: float


def varied(
    sampler: UnitMap,
    halved: UnitMap,
    state: FloatArray,
    row: Row,
    scale: FloatArray,
    max_steps: int,
    learned: Extrapolation,
) -> Variations:
    """Return what variations change of a solution.

    Parameters
    ----------
    sampler, halved : the map that was solved, and that of the same random numbers at half the step.
    state, row : its solution, and what is measured there.
    scale, max_steps, learned : of the iteration (`dmft.numerics.slow_fixed_point.solve_slow`).
    """
    window = _shorter(sampler, state, row, scale, max_steps, learned)
    elsewhere = begun_elsewhere(sampler, state, row)
    finer, _ = solve_slow(halved, state, scale, tolerance=TOLERANCE, max_steps=max_steps, learned=learned)
    return Variations(
        step=combined(np.subtract, halved.measure(finer), row),
        window=combined(lambda *parts: sum(np.abs(part) for part in parts), window, elsewhere),
        memory=_otherwise_remembered(sampler, state, row, max_steps),
        remembered=sampler.remembered(state),
        begun=changed(elsewhere, row),
    )


def _otherwise_remembered(sampler: UnitMap, state: FloatArray, row: Row, max_steps: int) -> Row:
    """Return what functions of another rate change, where units have a memory."""
    memory = sampler.units.memory
    if memory is None:
        return combined(np.zeros_like, row)
    units, there = sampler.in_basis(state, _OTHER_RATE * memory.rate)
    other = sampler.of(units)
    own, _ = solve_slow(other, there, scale_of(there, units, other.grid), tolerance=TOLERANCE, max_steps=max_steps)
    return combined(np.subtract, other.measure(own), row)


def begun_elsewhere(sampler: UnitMap, state: FloatArray, row: Row) -> Row:
    """Return what changes in the same fields where paths begin at high states, not at zero: of units that have several
    states of their own, or forget slowly, what they were is left in what they are."""
    try:
        return combined(np.subtract, sampler.begun_at(np.sqrt(np.abs(row.corr_x[:, 0]))).measure(state), row)
    except BlowUpError:  # nothing is said by a beginning from which equations run away
        return combined(np.zeros_like, row)


def changed(change: Row, row: Row) -> float:
    """Return the largest change of a mean square or mean of an output, relative to its size."""
    sizes = np.maximum(np.abs(row.outputs[:, 0]), 1e-300)
    return float(max(np.max(np.abs(change.outputs[:, 0]) / sizes), np.max(np.abs(change.means) / np.sqrt(sizes))))


def _shorter(
    sampler: UnitMap,
    state: FloatArray,
    row: Row,
    scale: FloatArray,
    max_steps: int,
    learned: Extrapolation,
) -> Row:
    """Return what a window shorter by as much as covariances fall beyond it changes."""
    units, grid = sampler.units, sampler.grid
    shorter = sampler.on(replace(grid, kept=_SHORTER))
    own, _ = solve_slow(shorter, state, scale, tolerance=TOLERANCE, max_steps=max_steps, learned=learned)
    late = np.abs(parts_of(state, units, grid).changing)[:, shorter.grid.tapered_from :]
    falls = np.max(late[:, grid.tapered_from - shorter.grid.tapered_from :]) / max(float(np.max(late)), 1e-300)
    part = max(float(falls), _LEAST_PART)
    return combined(lambda short, long: part * (short - long), shorter.measure(own), row)
