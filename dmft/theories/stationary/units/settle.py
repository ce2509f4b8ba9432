"""From a start to a state: plain sweeps, Newton's method, and grids refined until a finer one agrees."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.filtered_lags import LagGrid
from dmft.numerics.fixed_point import Callback
from dmft.theories.stationary.units.equations import Equations, Point
from dmft.theories.stationary.units.table import FEW, Tables
from dmft.theories.units import Units

ROUNDING = 1e-13
_SWEEPS, _REPEATED = 30, 4  # plain ones, and how often, between attempts of Newton's method
_DECAYS = 26.0  # decay times in the first window
_COARSE = 1e-7  # residual on the way
_LOST = 1e-11  # of the variance, at the end of a window
_CUT = 1e-7  # of the largest of a spectrum, at its end: what folds back onto low frequencies is its square
_ROUGHLY = 1e-2  # relative residual of what is no more than a factor of an error
_AIMED = 1e-10  # residual on a finer grid that is looked for, where rtol asks for less
_HELPED = 0.1  # part that half the step must leave of a residual
_MOVING = 1e-7  # part of the variance that moves, below which a state does not
_NO_BETTER = 0.7  # part of a residual that is left where half the step does not help
_LARGEST = 2**18  # lags
_HALF_TURNS, _PER_HALF_TURN = 8, 8  # of a drive, and lags in one, at least

Start = Callable[[FloatArray], FloatArray]
Begin = tuple[Start, FloatArray]  # covariances at lags, and means


@dataclass(frozen=True, eq=False)
class State:
    """A state on the last grid.

    Attributes
    ----------
    equations, point : of it.
    residual : on a grid of half the step and twice the window, relative to the variance; inf where there was no room.
    change : by how much Newton's method moves the covariances there, relative to the variance.
    sensitivity : by how much a relative error of <phi phi> moves them, relative to the variance.
    history : residuals of Newton's method.
    left : covariance at the end of the window, relative to the variance.
    """

    equations: Equations
    point: Point
    residual: float
    change: float
    sensitivity: float
    history: tuple[float, ...]
    left: float

    @property
    def rests(self) -> bool:
        """Whether nothing is left of the activity."""
        return not float(np.max(self.point.c[:, 0])) > 0.0


def settle(
    units: Units,
    tables: Tables,
    starts: list[Begin],
    rtol: float,
    max_steps: int,
    *,
    window: float | None = None,
    rate: float | None = None,
    callback: Callback | None = None,
) -> State:
    """Return the state that a start comes to.

    Parameters
    ----------
    starts : covariances at lags, shape (P, n), and means: Newton's method begins at each until one arrives, then plain
        sweeps do from the last.
    window : of lags; None for one that is long enough.
    rate : at which the first start decays; None if not known.
    """
    grid, driven = _first(units, window, rate), units.blocks.noisy or units.turn > 0.0
    equations = Equations(units, tables, grid, FEW)
    point = _found(equations, starts, max_steps)
    history, before, last = [point.residual], math.inf, math.inf
    while True:
        finer, checking = _next(equations, point, window)
        room = finer.n <= _LARGEST
        if not equations.exact and (checking or not room):
            equations = Equations(units, tables, grid, None)
            point, own = equations.newton(equations.at(point.c, point.m), ROUNDING, max_steps)
            history += own
        check = Equations(units, tables, finer, None if checking else FEW)
        seen = check.at(_on(units, tables, grid, finer, point.c), point.m)
        aimed = min(rtol, _AIMED) if room and not units.blocks.noisy else rtol
        if checking and (seen.residual <= aimed or (units.blocks.noisy and seen.residual > _NO_BETTER * last)):
            break  # what noise makes of a kink of phi has no kink that filters carry: steps no longer help
        last = seen.residual if checking else last
        if not math.isfinite(history[-1]) or history[-1] > 1e-3 or not room:
            if not (checking and room):
                seen, checking, check = equations.at(point.c, point.m), False, equations
            break
        # the window is long enough: it is the step that asks to be shorter, but where that has not helped
        if checking and (driven or seen.residual < _HELPED * before):
            before = seen.residual
            finer = LagGrid(0.5 * grid.step, 2 * grid.n)
            check = Equations(units, tables, finer, None)
            seen = check.at(_on(units, tables, grid, finer, point.c), point.m)
        equations, grid = check, finer
        point, own = equations.newton(seen, ROUNDING if equations.exact else _COARSE, max_steps)
        history += own
        if callback is not None:
            for k, residual in enumerate(own):
                callback(len(history) - len(own) + k, residual)
    still = (np.zeros_like(seen.c), np.zeros(len(seen.m)))
    moved = check.step(seen, _ROUGHLY) if seen.residual > 10.0 * ROUNDING else still
    change = math.inf if moved is None else (1.0 + 10.0 * _ROUGHLY) * check.moved(point, *moved) + seen.residual
    sensitivity = equations.sensitivity(point, _ROUGHLY)
    left = _left(units, tables, grid, point.c)
    residual = seen.residual if checking else math.inf
    return State(equations, point, residual, change, sensitivity, tuple(history), left)


def _first(units: Units, window: float | None, rate: float | None) -> LagGrid:
    """Return the coarse grid: some four points in the period at which the response of every population has fallen to a
    tenth."""
    poles = np.concatenate([transfer.poles for transfer in units.transfers])
    omega = np.geomspace(1e-2 * float(np.min(np.abs(poles))), 1e3 * float(np.max(np.abs(poles))), 600)
    size = units.size(1j * omega)
    fast = omega[np.flatnonzero(np.any(size >= 0.1 * np.max(size, axis=1, keepdims=True), axis=0))[-1]]
    fast = min(fast, 30.0 * float(np.median(np.abs(poles))))
    slowest = float(np.min(-poles.real)) if rate is None else rate
    length = _DECAYS / slowest if window is None else window
    step = math.pi / (2.0 * fast)
    if units.wave is not None:  # whole half turns, a power of two of them
        half = 0.5 * units.turn
        length = half * 2.0 ** math.ceil(math.log2(max(length / half, _HALF_TURNS)))
        step = min(step, half / _PER_HALF_TURN)
    n = 2 ** math.ceil(math.log2(max(length / step, 64.0)))
    return LagGrid(length / min(n, _LARGEST // 4), min(n, _LARGEST // 4))


def _left(units: Units, tables: Tables, grid: LagGrid, c: FloatArray) -> float:
    """Return what has not decayed by the end of the window, relative to the variance; of what repeats itself with a
    drive, by how much it does not."""
    end = max(grid.n // 16, 1)
    last = c[:, -end:] if tables.centred else c[:, -end:] - c[:, -1:]
    if units.wave is not None:
        turns = round(grid.window / units.turn)
        shift = max(turns // 4, 1) * grid.n // turns
        last = last - c[:, -end - shift : -shift]
    return float(np.max(np.abs(last))) / max(float(np.max(c[:, 0])), 1e-300)


def _on(units: Units, tables: Tables, grid: LagGrid, finer: LagGrid, c: FloatArray) -> FloatArray:
    """Return covariances on another grid; beyond the window what they come to."""
    limit = 0.0 if tables.centred else c[:, -1:]
    return grid.on(finer, c - limit, kinked=units.blocks.noisy, turn=units.turn) + limit


def _next(equations: Equations, point: Point, window: float | None) -> tuple[LagGrid, bool]:
    """Return the grid that the state asks for, and whether that is one that is finer than what it needs."""
    units, grid = equations.units, equations.grid
    left = _left(units, equations.tables, grid, point.c)
    spectrum = np.abs(grid.transform(point.q if equations.tables.centred else point.q - point.q[:, -1:]))
    cut = float(np.max(spectrum[:, -max(grid.n // 16, 1) :] / np.max(spectrum, axis=1, keepdims=True)))
    longer = window is None and left > _LOST
    finer = cut > _CUT and not units.blocks.noisy  # a kink has a long spectrum, and is carried
    room = 2 * grid.n < _LARGEST
    if longer and not finer and room:
        return LagGrid(grid.step, 2 * grid.n), False
    if finer and not longer and room:
        return LagGrid(0.5 * grid.step, 2 * grid.n), False
    last = window is not None or 4 * grid.n > _LARGEST
    return LagGrid(0.5 * grid.step, (2 if last else 4) * grid.n), not (longer or finer)


def _found(equations: Equations, starts: list[Begin], max_steps: int) -> Point:
    """Return the state on the coarse grid."""
    for start, m in starts:
        c = start(equations.grid.lags)
        point, _ = equations.newton(equations.at(c, m), _COARSE, min(max_steps, 10))
        if _arrived(equations, point):
            return point
    for _ in range(_REPEATED):
        for _ in range(_SWEEPS):
            c, m = equations.swept(equations.at(c, m))
        point, _ = equations.newton(equations.at(c, m), _COARSE, min(max_steps, 10))
        if _arrived(equations, point):
            break
    return point


def _arrived(equations: Equations, point: Point) -> bool:
    """Whether a point solves the equations, and moves."""
    c = point.c
    moves = bool(np.max(c[:, 0]) > 0.0 and np.all(np.max(np.abs(c), axis=1) <= c[:, 0] * (1.0 + 1e-6)))
    if not (equations.tables.centred or equations.units.blocks.noisy):
        moves = moves and moving(c) > _MOVING
    return moves and point.residual <= 1e-6


def moving(c: FloatArray) -> float:
    """Return the largest part of a variance that is not frozen."""
    return float(np.max(1.0 - c[:, -1] / np.maximum(c[:, 0], 1e-300)))
