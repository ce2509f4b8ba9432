"""From a start to a state: plain sweeps, Newton's method, and grids refined until a finer one agrees."""

from __future__ import annotations

import dataclasses
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
_TRIED = 5  # shapes from which Newton's method begins next to an onset
_DECAYS = 24.0  # decay times of the slowest pole in the first window
_HALVED = 9  # times the logarithm of an amplitude
_LOST = 1e-11  # of the variance, at the end of a window
_CUT = 1e-7  # of the largest of a spectrum, at its end: what folds back onto low frequencies is its square
_AIMED = 1e-10  # residual on a finer grid that is looked for, where rtol asks for less
_LARGEST = 2**17  # lags

Start = Callable[[FloatArray], FloatArray]


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
    start: Start,
    others: list[Start],
    rtol: float,
    max_steps: int,
    *,
    window: float | None = None,
    near: bool = False,
    callback: Callback | None = None,
) -> State:
    """Return the state that a start comes to.

    Parameters
    ----------
    start : covariances at lags, shape (P, n).
    others : shapes to begin with, narrow ones first, where sweeps from the start do not arrive, as next to an onset.
    window : of lags; None for one that is long enough.
    near : the start is next to a state: no sweeps.
    """
    grid = _first(units, window)
    equations = Equations(units, tables, grid, FEW)
    point = _found(equations, start, max_steps, near)
    if others and not _arrived(point):
        equations, point = _beside_onset(units, tables, grid, others, max_steps)
        grid = equations.grid
    history = [point.residual]
    while True:
        size = max(float(np.max(point.c[:, 0])), 1e-300)
        finer, checking = _next(units, grid, point, window)
        check = Equations(units, tables, finer, None)
        seen = check.at(grid.on(finer, point.c, kinked=units.blocks.noisy))
        room = 4 * finer.n <= _LARGEST
        aimed = min(rtol, _AIMED) if room and not units.blocks.noisy else rtol
        if checking and equations.exact and seen.residual <= aimed:
            break
        equations = check
        point, own = equations.newton(seen, ROUNDING, max_steps)
        grid, history = finer, history + own
        if callback is not None:
            for k, residual in enumerate(own):
                callback(len(history) - len(own) + k, residual)
        if not math.isfinite(own[-1]) or own[-1] > 1e-3 or not room:
            seen, checking = equations.at(point.c), False
            break
    moved = check.step(seen) if seen.residual > 10.0 * ROUNDING else np.zeros(1)
    change = math.inf if moved is None else float(np.max(np.abs(moved))) / size + seen.residual
    around = equations.step(dataclasses.replace(point, rest=-equations.filtered(units.K @ point.q)))
    sensitivity = math.inf if around is None else float(np.max(np.abs(around))) / size
    left = float(np.max(np.abs(point.c[:, -max(grid.n // 16, 1) :]))) / size
    residual = seen.residual if checking else math.inf
    return State(equations, point, residual, change, sensitivity, tuple(history), left)


def _first(units: Units, window: float | None) -> LagGrid:
    """Return the coarse grid: some four points in the period at which the response has fallen to a tenth."""
    poles = np.concatenate([transfer.poles for transfer in units.transfers])
    omega = np.geomspace(1e-2 * float(np.min(np.abs(poles))), 1e3 * float(np.max(np.abs(poles))), 600)
    size = np.max(units.size(1j * omega), axis=0)
    fast = omega[np.flatnonzero(size >= 0.1 * np.max(size))[-1]]
    fast = min(fast, 30.0 * float(np.median(np.abs(poles))))
    length = _DECAYS / float(np.min(-poles.real)) if window is None else window
    step = math.pi / (2.0 * fast)
    n = 2 ** math.ceil(math.log2(max(length / step, 64.0)))
    return LagGrid(length / min(n, _LARGEST // 8), min(n, _LARGEST // 8))


def _next(units: Units, grid: LagGrid, point: Point, window: float | None) -> tuple[LagGrid, bool]:
    """Return the grid that the state asks for, and whether that is one that is finer than what it needs."""
    size = max(float(np.max(point.c[:, 0])), 1e-300)
    left = float(np.max(np.abs(point.c[:, -max(grid.n // 16, 1) :]))) / size
    spectrum = np.abs(grid.transform(point.q))
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


def _found(equations: Equations, start: Start, max_steps: int, near: bool) -> Point:
    """Return the state on the coarse grid."""
    c = start(equations.grid.lags)
    for _ in range(1 if near else _REPEATED):
        for _ in range(0 if near else _SWEEPS):
            c = equations.swept(equations.at(c))
        point, _ = equations.newton(equations.at(c), 1e-9, min(max_steps, 10))
        if _arrived(point):
            break
    return point


def _arrived(point: Point) -> bool:
    """Whether a point solves the equations, and moves."""
    c = point.c
    moves = np.max(c[:, 0]) > 0.0 and np.all(np.max(np.abs(c), axis=1) <= c[:, 0] * (1.0 + 1e-6))
    return bool(moves and point.residual <= 1e-6)


def _beside_onset(
    units: Units, tables: Tables, grid: LagGrid, shapes: list[Start], max_steps: int
) -> tuple[Equations, Point]:
    """Return the state that Newton's method comes to from the best of some shapes.

    Next to an onset sweeps are slow, and Newton's method goes to rest unless amplitude and width are about right: the
    amplitude of each shape is that which the equations keep at lag 0, and the shape that they change least is taken.
    """
    while True:
        equations = Equations(units, tables, grid, FEW)
        points = [_kept(equations, shape(grid.lags)) for shape in shapes]
        best = int(np.argmin([point.residual for point in points]))
        narrow = np.max(np.abs(points[best].c[:, grid.n // 2 :])) < 1e-4 * np.max(points[best].c[:, 0])
        if narrow or 4 * grid.n > _LARGEST:
            break
        grid, shapes = LagGrid(grid.step, 2 * grid.n), shapes[max(best - 1, 0) :]
    for k in sorted(range(len(points)), key=lambda k: points[k].residual)[:_TRIED]:
        point, _ = equations.newton(points[k], 1e-9, min(max_steps, 30))
        if _arrived(point):
            break
    return equations, point


def _kept(equations: Equations, shape: FloatArray) -> Point:
    """Return the multiple of a shape that the equations keep at lag 0, by bisection of its logarithm."""
    low, high = -18.0, 4.0
    for _ in range(_HALVED):
        middle = 0.5 * (low + high)
        point = equations.at(math.exp(middle) * shape)
        grows = float(np.sum(point.rest[:, 0])) < 0.0
        low, high = (middle, high) if grows else (low, middle)
    return equations.at(math.exp(0.5 * (low + high)) * shape)
