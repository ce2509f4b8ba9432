"""Solving the sampled theory of units again and again: independent seeds, half the step, a shorter window.

Each independent set of paths has a fixed point of its own, so that their scatter holds what the self-consistency makes
of sampling errors. One set is solved at half the step too, with the same random numbers at the frequencies that they
share, and one with its correlations led to zero earlier.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import allow
from dmft.cost import check_cost
from dmft.numerics.convergence import Convergence
from dmft.numerics.fixed_point import Extrapolation
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.slow_fixed_point import learning, solve_slow
from dmft.numerics.unit_paths import BlowUpError
from dmft.numerics.unit_paths.controlled import Control
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.paths import SECONDS
from dmft.theories.stationary.stated_units.sampler import UnitMap
from dmft.theories.stationary.stated_units.starts import Start
from dmft.theories.stationary.stated_units.state import Row, begun, carried, combined, parts_of, scale_of
from dmft.theories.stationary.stated_units.still import growth, is_still
from dmft.theories.stationary.stated_units.still import moved as set_moving
from dmft.theories.stationary.stated_units.turns import ROUGHEST, STEPS, ring

WINDOWS = tuple(320.0 / 3.0 * 2.0**k for k in range(4))
FORGOTTEN = 0.05  # largest |C| where the taper begins, relative to lag 0, of a window that is kept
_PILOT, _CONTROLLING = 256, 512  # paths that look for a window, and for what runs with the outputs
_PLAIN = 8  # sweeps to begin with
_ROUGH, _TOLERANCE = 3e-3, 5e-5  # distances, relative to C(0), at which iterations stop
_PART = 0.05  # of the scatter of seeds, at which theirs do
_OF_ACCURACY = 0.05  # that is asked for, which the iteration and a sweep's change by half the step may take
_GONE = 1e-7  # of high activity, below which it has died
_SHRUNK, _DYING = 0.1, 8  # part to which activity falls in a solve that may be dying, and how many of these
_STEP_SEEN, _HALVINGS = 3e-4, 4  # change of C(0) in a sweep by half the step above which it is halved, and how often
_BEGINNING_SEEN = 1e-3  # change of outputs by another beginning of the paths above which a longer window is tried
_SHORTER = 0.5  # part of the kept lags where the taper of the shorter window begins
_RATE, _FUNCTIONS = 1.0, 10  # of the memory, to begin with
_OTHER_RATE = 1.5  # of the rate that fits best, whose functions show what theirs leave out
_SWEEPS = 40  # about, of a seed
_BYTES = 200.0  # of a path and step
_LEAST_PART = 0.2  # of the change by the shorter window, that the window itself is given


@dataclass(frozen=True, eq=False)
class Solved:
    """Solutions on one window.

    Attributes
    ----------
    grid : of all.
    seeds : what is measured, one of an independent set of paths.
    step_change, window_change : what half the step and the shorter window change.
    distance : what is left of the iterations, relative to C(0), the mean of all seeds.
    outcome : of the worst.
    remembered : |C| where the taper begins, relative to lag 0.
    memory_change : what other functions for the memory of the units change.
    begun : what another beginning of the paths changes in mean squares and means of outputs, relative.
    """

    grid: PeriodicGrid
    seeds: list[Row]
    step_change: Row
    window_change: Row
    memory_change: Row
    distance: float
    outcome: Convergence
    remembered: float
    begun: float


@dataclass(frozen=True, eq=False)
class Pilot:
    """What a few paths find: the window, and where to start; C = 0 where activity dies.

    `units` state how they remember, where they do; `forgotten` is False where C stays large at the end of the longest
    window.
    """

    units: StatedUnits
    grid: PeriodicGrid
    state: FloatArray
    died: bool
    forgotten: bool = True
    controls: tuple[tuple[Control, ...], ...] = ()


def pilot(
    units: StatedUnits,
    paths: int,
    sequence: np.random.SeedSequence,
    max_steps: int,
    accuracy: float = 1.0,
    start: Start = begun,
) -> Pilot:
    """Return the step and the window of a few paths, on which activity is resolved and forgotten, and where to start.

    Raises
    ------
    BlowUpError : where a path is not finite at the shortest step either.
    """
    if units.feedback:
        units = units.remembering(_RATE, _FUNCTIONS)
    paths, step, halvings = min(paths, _PILOT), step_of(units), 0
    grid = ring(WINDOWS[0], step, units.turn)
    state = start(units, grid)
    for window in WINDOWS:
        longer = ring(window, step, units.turn)
        state, grid = carried(state, units, grid, longer), longer
        while True:
            plain = _PLAIN if window == WINDOWS[0] else 0
            try:
                state, moved, sampler = _roughly(units, grid, state, paths, sequence, max_steps, plain)
                if is_still(state, units, grid) and sum(growth(state, units, grid, sequence)) > 1.0:
                    state = set_moving(state, units, grid)
                    state, moved, sampler = _roughly(units, grid, state, paths, sequence, max_steps, _PLAIN)
                if units.memory is not None and not _died(state, units, grid):
                    still = is_still(state, units, grid)  # of which S(0) alone is known: one function, of any rate
                    there = UnitMap(units, grid, paths, sequence)
                    units, state = there.in_basis(state, _RATE, 1) if still else there.in_basis(state, None, _FUNCTIONS)
                    state, moved, sampler = _roughly(units, grid, state, paths, sequence, max_steps, 0)
            except BlowUpError:
                if halvings == _HALVINGS:
                    raise
                moved = np.inf
            if _died(state, units, grid):
                return Pilot(units, grid, state, True)
            if moved <= min(_STEP_SEEN, _OF_ACCURACY * accuracy) or halvings == _HALVINGS:
                break
            halvings, step = halvings + 1, 0.5 * step
            finer = ring(window, step, units.turn)
            state, grid = carried(state, units, grid, finer), finer
        left, row = sampler.remembered(state), sampler.measure(state)
        if left <= 0.5 * FORGOTTEN and _changed(_begun_elsewhere(sampler, state, row), row) <= _BEGINNING_SEEN:
            break
    controls = UnitMap(units, grid, _CONTROLLING, sequence).controls(state)
    return Pilot(units, grid, state, False, left <= 2.0 * FORGOTTEN, controls)


def _died(state: FloatArray, units: StatedUnits, grid: PeriodicGrid) -> bool:
    return float(np.max(parts_of(state, units, grid).sizes)) == 0.0


def _roughly(
    units: StatedUnits,
    grid: PeriodicGrid,
    state: FloatArray,
    paths: int,
    sequence: np.random.SeedSequence,
    max_steps: int,
    plain: int,
) -> tuple[FloatArray, float, UnitMap]:
    """Return the state to which sweeps come, 0 where activity dies, what half the step changes in a sweep with the
    same random numbers, relative to C(0), and the map, with what runs with the outputs on these paths."""
    sampler = plainly = UnitMap(units, grid, paths, sequence)
    gone = _GONE * _size(begun(units, grid), units, grid)
    mortal = units.symmetric and not units.driven
    for _ in range(plain):
        state = sampler(state)
    if not mortal or _size(state, units, grid) > gone:
        sampler = plainly.controlled(plainly.controls(state))
        for _ in range(_DYING if mortal else 1):  # what dies is followed on scales of its own
            size = _size(state, units, grid)
            state, _ = solve_slow(sampler, state, scale_of(state, units, grid), tolerance=_ROUGH, max_steps=max_steps)
            if not gone < _size(state, units, grid) < _SHRUNK * size:
                break
    if mortal and not _size(state, units, grid) > gone:
        return np.zeros_like(state), 0.0, plainly
    maps = (UnitMap(units, grid, paths, sequence, finer=2), plainly)
    halved, whole = (parts_of(one(state), units, grid).sizes for one in maps)
    return state, float(np.max(np.abs(halved / np.maximum(whole, 1e-300) - 1.0))), sampler


def _size(state: FloatArray, units: StatedUnits, grid: PeriodicGrid) -> float:
    return float(np.max(parts_of(state, units, grid).sizes))


def solve_seeds(
    found: Pilot,
    paths: int,
    sequences: list[np.random.SeedSequence],
    max_steps: int,
    accuracy: float = 1.0,
) -> Solved:
    """Return the solutions of independent sets of paths, one a sequence, and of the variations of the first.

    What the iteration of the first learns of the slopes of its map serves all others.
    """
    units, grid, state = found.units, found.grid, found.state
    scale, learned = scale_of(state, units, grid), learning()
    rows: list[Row] = []
    outcomes: list[Convergence] = []
    tolerance, own = _TOLERANCE, state
    for sequence in sequences:
        sampler = UnitMap(units, grid, paths, sequence, found.controls)
        state, outcome = solve_slow(sampler, own, scale, tolerance=tolerance, max_steps=max_steps, learned=learned)
        outcomes.append(outcome)
        rows.append(sampler.measure(state))
        if len(rows) == 1:
            own = state
            forgotten = sampler.remembered(state)
            window_change = _shorter(units, sampler, state, rows[0], scale, max_steps, learned)
            elsewhere = _begun_elsewhere(sampler, state, rows[0])
            begun_change = _changed(elsewhere, rows[0])
            window_change = combined(lambda *parts: sum(np.abs(part) for part in parts), window_change, elsewhere)
            halved = UnitMap(units, grid, paths, sequence, found.controls, finer=2)
            finer, _ = solve_slow(halved, state, scale, tolerance=_TOLERANCE, max_steps=max_steps, learned=learned)
            step_change = combined(np.subtract, halved.measure(finer), rows[0])
            memory_change = _otherwise_remembered(sampler, state, rows[0], max_steps)
        else:
            scatter = float(np.max(np.abs(state - own) / scale))
            tolerance = max(_TOLERANCE, min(_PART * scatter, _OF_ACCURACY * accuracy))
    worst = max(outcomes, key=lambda ending: (not ending.converged, ending.error))
    distance = float(np.mean([ending.error for ending in outcomes]))
    return Solved(grid, rows, step_change, window_change, memory_change, distance, worst, forgotten, begun_change)


def step_of(units: StatedUnits) -> float:
    """Return the step: 1/2 (1/4 with white noise), a few in the shortest time of the units; 1 is a multiple of it."""
    fastest = max(site.equations.fastest for site in units.sites)
    rough = 2.0 if any(site.white for site in units.sites) else 1.0
    turns = STEPS / units.turn if units.turn else 0.0
    return float(1.0 / np.ceil(max(rough * max(1.0, 0.25 * fastest) / ROUGHEST, turns) - 1e-9))


def _otherwise_remembered(sampler: UnitMap, state: FloatArray, row: Row, max_steps: int) -> Row:
    """Return what functions of another rate change, where units have a memory."""
    memory = sampler.units.memory
    if memory is None:
        return combined(np.zeros_like, row)
    units, there = sampler.in_basis(state, _OTHER_RATE * memory.rate)
    other = sampler.of(units)
    own, _ = solve_slow(other, there, scale_of(there, units, other.grid), tolerance=_TOLERANCE, max_steps=max_steps)
    return combined(np.subtract, other.measure(own), row)


def _begun_elsewhere(sampler: UnitMap, state: FloatArray, row: Row) -> Row:
    """Return what changes in the same fields where paths begin at high states, not at zero: of units that have several
    states of their own, or forget slowly, what they were is left in what they are."""
    try:
        return combined(np.subtract, sampler.begun_at(np.sqrt(np.abs(row.corr_x[:, 0]))).measure(state), row)
    except BlowUpError:  # nothing is said by a beginning from which equations run away
        return combined(np.zeros_like, row)


def _changed(change: Row, row: Row) -> float:
    """Return the largest change of a mean square or mean of an output, relative to its size."""
    sizes = np.maximum(np.abs(row.outputs[:, 0]), 1e-300)
    return float(max(np.max(np.abs(change.outputs[:, 0]) / sizes), np.max(np.abs(change.means) / np.sqrt(sizes))))


def _shorter(
    units: StatedUnits,
    sampler: UnitMap,
    state: FloatArray,
    row: Row,
    scale: FloatArray,
    max_steps: int,
    learned: Extrapolation,
) -> Row:
    """Return what a window shorter by as much as covariances fall beyond it changes."""
    grid = sampler.grid
    shorter = sampler.on(replace(grid, kept=_SHORTER))
    own, _ = solve_slow(shorter, state, scale, tolerance=_TOLERANCE, max_steps=max_steps, learned=learned)
    late = np.abs(parts_of(state, units, grid).changing)[:, shorter.grid.tapered_from :]
    falls = np.max(late[:, grid.tapered_from - shorter.grid.tapered_from :]) / max(float(np.max(late)), 1e-300)
    part = max(float(falls), _LEAST_PART)
    return combined(lambda short, long: part * (short - long), shorter.measure(own), row)


def check_paths(units: StatedUnits, paths: int, seeds: int) -> None:
    """Refuse paths that take too long or too much memory, and allow for what others take."""
    step = step_of(units)
    n_steps = round(WINDOWS[1] / step)
    sweep = SECONDS * paths * n_steps * len(units.outputs)
    check_cost(
        f"a solve with {paths} paths",
        seconds=seeds * sweep,
        memory=_BYTES * paths * n_steps,
        remedy="take fewer paths",
    )
    of_memory = 2.0 if units.feedback else 1.0
    allow(of_memory * 2.0 * _SWEEPS * seeds * sweep * WINDOWS[-1] / WINDOWS[1])
