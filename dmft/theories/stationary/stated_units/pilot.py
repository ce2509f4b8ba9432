"""What a few paths find for the others: the step, the window, where to start, and what runs with the outputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import allow
from dmft.cost import check_cost
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.slow_fixed_point import solve_slow
from dmft.numerics.unit_paths import BlowUpError
from dmft.numerics.unit_paths.controlled import Control
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.paths import SECONDS
from dmft.theories.stationary.stated_units.sampler import UnitMap
from dmft.theories.stationary.stated_units.starts import Start
from dmft.theories.stationary.stated_units.state import begun, carried, parts_of, scale_of
from dmft.theories.stationary.stated_units.still import growth, is_still
from dmft.theories.stationary.stated_units.still import moved as set_moving
from dmft.theories.stationary.stated_units.turns import ROUGHEST, STEPS, ring
from dmft.theories.stationary.stated_units.variations import begun_elsewhere, changed

WINDOWS = tuple(320.0 / 3.0 * 2.0**k for k in range(4))
FORGOTTEN = 0.05  # largest |C| where the taper begins, relative to lag 0, of a window that is kept
_PILOT, _CONTROLLING = 256, 512  # paths that look for a window, and for what runs with the outputs
_PLAIN = 8  # sweeps to begin with
_ROUGH = 3e-3  # distance, relative to C(0), at which its iterations stop
OF_ACCURACY = 0.05  # that is asked for, which the iteration and a sweep's change by half the step may take
_GONE = 1e-7  # of high activity, below which it has died
_SHRUNK, _DYING = 0.1, 8  # part to which activity falls in a solve that may be dying, and how many of these
_STEP_SEEN, _HALVINGS = 3e-4, 4  # change of C(0) in a sweep by half the step above which it is halved, and how often
_BEGINNING_SEEN = 1e-3  # change of outputs by another beginning of the paths above which a longer window is tried
_RATE, _FUNCTIONS = 1.0, 10  # of the memory, to begin with
_SWEEPS = 40  # about, of a seed
_BYTES = 200.0  # of a path and step


@dataclass(frozen=True, eq=False)
class Pilot:
    """What a few paths find: the window, and where to start; C = 0 where activity dies.

    `units` state how they remember, where they do; `forgotten` is False where C stays large at the end of the longest
    window; `rests` where nothing moves, but for what turns with a sinusoid, and what is made to move dies out.
    """

    units: StatedUnits
    grid: PeriodicGrid
    state: FloatArray
    died: bool
    forgotten: bool = True
    rests: bool = False
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
                rests = is_still(state, units, grid)
                if rests and sum(growth(state, units, grid, sequence)) > 1.0:
                    rests, state = False, set_moving(state, units, grid)
                    state, moved, sampler = _roughly(units, grid, state, paths, sequence, max_steps, _PLAIN)
                if units.memory is not None and not _died(state, units, grid):
                    still = is_still(state, units, grid)  # of which S(0) alone is known: one function, of any rate
                    there = UnitMap(units, grid, paths, sequence)
                    units, state = there.in_basis(state, _RATE, 1) if still else there.in_basis(state, None, _FUNCTIONS)
                    state, moved, sampler = _roughly(units, grid, state, paths, sequence, max_steps, 0)
            except BlowUpError:
                if halvings == _HALVINGS:
                    raise
                moved, rests = np.inf, False
            if _died(state, units, grid):
                return Pilot(units, grid, state, True)
            if moved <= min(_STEP_SEEN, OF_ACCURACY * accuracy) or halvings == _HALVINGS:
                break
            halvings, step = halvings + 1, 0.5 * step
            finer = ring(window, step, units.turn)
            state, grid = carried(state, units, grid, finer), finer
        left, row = sampler.remembered(state), sampler.measure(state)
        if left <= 0.5 * FORGOTTEN and changed(begun_elsewhere(sampler, state, row), row) <= _BEGINNING_SEEN:
            break
    controls = UnitMap(units, grid, _CONTROLLING, sequence).controls(state)
    return Pilot(units, grid, state, False, left <= 2.0 * FORGOTTEN, rests, controls)


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


def step_of(units: StatedUnits) -> float:
    """Return the step: 1/2 (1/4 with white noise), a few in the shortest time of the units; 1 is a multiple of it."""
    fastest = max(site.equations.fastest for site in units.sites)
    rough = 2.0 if any(site.white for site in units.sites) else 1.0
    turns = STEPS / units.turn if units.turn else 0.0
    return float(1.0 / np.ceil(max(rough * max(1.0, 0.25 * fastest) / ROUGHEST, turns) - 1e-9))


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
