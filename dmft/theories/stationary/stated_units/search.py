"""Solving the sampled theory of units again and again: independent seeds, half the step, a shorter window.

Each independent set of paths has a fixed point of its own, so that their scatter holds what the self-consistency makes
of sampling errors. One set is solved at half the step too, with the same random numbers at the frequencies that they
share, and one with its correlations led to zero earlier.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Convergence
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.sampling.periodic_grid import even_spline
from dmft.numerics.slow_fixed_point import solve_slow
from dmft.numerics.unit_paths import BlowUpError
from dmft.numerics.unit_paths.controlled import Control
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.sampler import UnitMap

WINDOWS = (102.4, 204.8, 409.6, 819.2)
FORGOTTEN = 0.05  # largest |C| where the taper begins, relative to lag 0, of a window that is kept
_STEP = 0.2
_PILOT, _CONTROLLING = 256, 512  # paths that look for a window, and for what runs with the outputs
_PLAIN = 8  # sweeps to begin with
_ROUGH, _TOLERANCE, _CLOSE = 3e-3, 5e-5, 3e-5  # distances, relative to C(0), at which iterations stop
_GONE = 1e-7  # of the start, below which activity has died
_STEP_SEEN, _HALVINGS = 3e-4, 4  # change of C(0) in a sweep by half the step above which it is halved, and how often
_SHORTER = 0.5  # part of the kept lags where the taper of the shorter window begins
_LEAST_PART = 0.2  # of the change by the shorter window, that the window itself is given


@dataclass(frozen=True, eq=False)
class Solved:
    """Solutions on one window.

    Attributes
    ----------
    grid : of all but the one of half the step.
    seeds : rows of what is measured, one an independent set of paths.
    step_change, window_change : what half the step and the shorter window change in a row.
    distance : what is left of the iteration, relative to C(0).
    outcome : of the worst.
    remembered : |C| where the taper begins, relative to lag 0.
    """

    grid: PeriodicGrid
    seeds: FloatArray
    step_change: FloatArray
    window_change: FloatArray
    distance: float
    outcome: Convergence
    remembered: float


@dataclass(frozen=True, eq=False)
class Pilot:
    """What a few paths find: the window, and where to start; C = 0 where activity dies.

    `forgotten` is False where C stays large at the end of the longest window.
    """

    grid: PeriodicGrid
    state: FloatArray
    died: bool
    forgotten: bool = True
    controls: tuple[Control, ...] = ()


def pilot(units: StatedUnits, paths: int, sequence: np.random.SeedSequence, max_steps: int) -> Pilot:
    """Return the step and the window of a few paths, on which activity is resolved and forgotten, and where to start.

    Raises
    ------
    BlowUpError : where a path is not finite at the shortest step either.
    """
    paths, step, halvings = min(paths, _PILOT), step_of(units), 0
    grid = _grid(WINDOWS[0], step)
    state = _begun(units, grid)
    for window in WINDOWS:
        longer = _grid(window, step)
        state, grid = _carried(state, units, grid, longer), longer
        while True:
            try:
                state, moved = _roughly(units, grid, state, paths, sequence, max_steps)
            except BlowUpError:
                if halvings == _HALVINGS:
                    raise
                moved = np.inf
            if np.max(np.abs(state)) == 0.0:
                return Pilot(grid, state, True)
            if moved <= _STEP_SEEN or halvings == _HALVINGS:
                break
            halvings, step = halvings + 1, 0.5 * step
            state, grid = _carried(state, units, grid, _grid(window, step)), _grid(window, step)
        left = remembered(UnitMap(units, grid, paths, sequence), state)
        if left <= 0.5 * FORGOTTEN:
            break
    controls = UnitMap(units, grid, _CONTROLLING, sequence).controls(state)
    return Pilot(grid, state, False, left <= 2.0 * FORGOTTEN, controls)


def _grid(window: float, step: float) -> PeriodicGrid:
    return PeriodicGrid(4 * round(0.25 * window / step), step)


def _roughly(
    units: StatedUnits,
    grid: PeriodicGrid,
    state: FloatArray,
    paths: int,
    sequence: np.random.SeedSequence,
    max_steps: int,
) -> tuple[FloatArray, float]:
    """Return the correlations to which sweeps come, 0 where activity dies, and what half the step changes in a sweep
    with the same random numbers, relative to C(0)."""
    sampler = UnitMap(units, grid, paths, sequence)
    first = float(np.max(np.abs(state)))
    for _ in range(_PLAIN):
        state = sampler(state)
    if np.max(np.abs(state)) > _GONE * first:
        state, _ = solve_slow(sampler, state, _scale(state, units), tolerance=_ROUGH, max_steps=max_steps)
    if not np.max(np.abs(state)) > _GONE * first:
        return np.zeros_like(state), 0.0
    fine = PeriodicGrid(2 * grid.n_steps, 0.5 * grid.step)
    halved = UnitMap(units, fine, paths, sequence)(_carried(state, units, grid, fine))
    change = np.reshape(halved, (units.n_outputs, -1))[:, 0] / np.reshape(sampler(state), (units.n_outputs, -1))[:, 0]
    return state, float(np.max(np.abs(change - 1.0)))


def solve_seeds(
    units: StatedUnits,
    found: Pilot,
    paths: int,
    sequences: list[np.random.SeedSequence],
    max_steps: int,
) -> Solved:
    """Return the solutions of independent sets of paths, one a sequence, and of the variations of the first."""
    grid, state = found.grid, found.state
    rows: list[FloatArray] = []
    outcomes: list[Convergence] = []
    for sequence in sequences:
        sampler = UnitMap(units, grid, paths, sequence, found.controls)
        state, outcome = solve_slow(sampler, state, _scale(state, units), tolerance=_TOLERANCE, max_steps=max_steps)
        outcomes.append(outcome)
        rows.append(sampler.measure(state))
        if len(rows) == 1:
            forgotten = remembered(sampler, state)
            step_change, window_change = _varied(units, sampler, state, rows[0], sequence, max_steps, found)
    worst = max(outcomes, key=lambda ending: (not ending.converged, ending.error))
    return Solved(grid, np.array(rows), step_change, window_change, worst.error, worst, forgotten)


def step_of(units: StatedUnits) -> float:
    """Return the step: 0.2, a few in the shortest time of the unit, one of which 1 is a multiple."""
    return float(1.0 / np.ceil(max(1.0, 0.25 * units.equations.fastest) / _STEP - 1e-9))


def remembered(sampler: UnitMap, state: FloatArray) -> float:
    """Return the largest |C| where the taper begins, relative to lag 0."""
    grid = sampler.grid
    found = sampler.sampled(state)
    parts = [sampler.correlation(found, k) for k in range(1, len(found.values))]
    late = slice(grid.tapered_from - grid.n_lags // 8, grid.tapered_from)
    return max(float(np.mean(np.abs(part[late])) / part[0]) for part in parts)


def _varied(
    units: StatedUnits,
    sampler: UnitMap,
    state: FloatArray,
    row: FloatArray,
    sequence: np.random.SeedSequence,
    max_steps: int,
    found: Pilot,
) -> tuple[FloatArray, FloatArray]:
    """Return what half the step and a shorter window change."""
    grid, scale = sampler.grid, _scale(state, units)
    shorter = sampler.on(replace(grid, kept=_SHORTER))
    own, _ = solve_slow(shorter, state, scale, tolerance=_CLOSE, max_steps=max_steps)
    late = np.abs(np.reshape(state, (units.n_outputs, -1)))[:, shorter.grid.tapered_from :]
    falls = np.max(late[:, grid.tapered_from - shorter.grid.tapered_from :]) / max(float(np.max(late)), 1e-300)
    window_change = max(float(falls), _LEAST_PART) * (shorter.measure(own) - row)
    fine = PeriodicGrid(2 * grid.n_steps, 0.5 * grid.step)
    halved = UnitMap(units, fine, sampler.columns.n_paths, sequence, found.controls)
    begun = _carried(state, units, grid, fine)
    close, _ = solve_slow(sampler, state, scale, tolerance=_CLOSE, max_steps=max_steps)
    finer, _ = solve_slow(halved, begun, _scale(begun, units), tolerance=_CLOSE, max_steps=max_steps)
    return _coarse(halved.measure(finer), units, grid) - sampler.measure(close), window_change


def _begun(units: StatedUnits, grid: PeriodicGrid) -> FloatArray:
    """Return high activity: the mean square of the outputs at states of size one."""
    values = {name: value / 3.0 for name, value in units.equations.points.items()}
    sizes = [float(np.nanmean(np.square(units.output(values, k)))) for k in range(units.n_outputs)]
    return np.concatenate([min(max(size, 1e-2), 1e2) * np.exp(-np.square(grid.lags / 3.0)) for size in sizes])


def _scale(state: FloatArray, units: StatedUnits) -> FloatArray:
    parts = np.reshape(state, (units.n_outputs, -1))
    return np.repeat(np.maximum(np.abs(parts[:, 0]), 1e-300), parts.shape[1])


def _carried(state: FloatArray, units: StatedUnits, grid: PeriodicGrid, other: PeriodicGrid) -> FloatArray:
    """Return correlations on another grid; beyond their window they are zero."""
    parts = np.reshape(state, (units.n_outputs, grid.n_lags))
    carried = [np.where(other.lags <= grid.lags[-1], even_spline(grid.lags, part, other.lags), 0.0) for part in parts]
    return np.concatenate(carried)


def _coarse(row: FloatArray, units: StatedUnits, grid: PeriodicGrid) -> FloatArray:
    """Return of a row at half the step what the coarser one has too."""
    k, pairs = units.n_outputs, units.n_outputs * len(units.gains)
    lags, rest = np.split(row, [(1 + k) * 2 * grid.n_lags])
    correlations = lags.reshape(1 + k, -1)[:, ::2]
    response = rest.reshape(2 * pairs, -1)[:, : grid.n_omega]
    return np.concatenate([correlations.ravel(), response.ravel()])
