"""The grid of a march: its steps, its window, and what it would cost."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import LONGEST, check_cost
from dmft.models.checks import positive
from dmft.theories.blocks import Blocks
from dmft.theories.nonstationary.averages import Averages
from dmft.theories.nonstationary.input import N_PHASES, balance

DEFAULT_DT = 0.1  # in units of the shortest time constant
LARGEST_DT = 0.5
CELLS_PER_PERIOD = 16  # fewest that resolve a sinusoid
MOST_STEPS = 1e9
MEAN_STEPS = 4  # sub-steps of the mean in a step of the default length
_RELU, _ERF, _SERIES, _COUPLED = 4e-8, 2.5e-7, 8e-8, 2e-8  # seconds a cell; what another population adds to it
_TIME = 4e-4  # seconds a time: the coefficients of a series
_REMEDY = "shorten duration, give a window, or a larger dt (a fast drive needs a step of 1/16 of its period)"


@dataclass(frozen=True)
class Grid:
    """Steps in time: `dt`, their number, the cells of the window (its whole length if None) and of a period; and the
    phases over which a sinusoid of random phase is averaged, 1 without one, moved by a part of their distance; the
    fewest sub-steps of the mean."""

    dt: float
    n_steps: int
    width: int
    period: int
    phases: int = 1
    shift: float = 0.0
    substeps: int = MEAN_STEPS

    @property
    def times(self) -> FloatArray:
        """Times of the rows."""
        return self.dt * np.arange(self.n_steps + 1, dtype=float)


def largest_step(blocks: Blocks) -> float:
    """Return the largest step allowed: it must resolve the memory of a unit, and the drive."""
    largest = LARGEST_DT * float(np.min(blocks.tau))
    return min(largest, blocks.fastest / CELLS_PER_PERIOD) if blocks.period else largest


def make_grid(blocks: Blocks, duration: float, dt: float | None, window: float | None) -> Grid:
    """Return the grid, or refuse it.

    Raises
    ------
    ValueError : for a step too large for the drive or the memory, a window shorter than a period, or a window with a
        drive that has no period.
    TooCostlyError : for more steps than can be.
    """
    period, memory = blocks.period, float(np.max(blocks.tau))
    largest = largest_step(blocks)
    dt = positive("dt", min(DEFAULT_DT * float(np.min(blocks.tau)), largest) if dt is None else dt)
    if dt > largest * (1 + 1e-12):
        raise ValueError(
            f"dt must be at most {largest:.4g}, got {dt}: the mean of h follows the drive with a rate of up to "
            f"{1.0 + balance(blocks):.3g}/tau, and the covariance with 1/tau"
        )
    n_steps = max(duration, period or 0.0) / dt
    check_cost("the march", seconds=_RELU * n_steps, memory=200.0 * n_steps, remedy=_REMEDY)  # arrays over time alone
    if period:
        cells = 2 * math.ceil(0.5 * period / dt - 1e-9)  # even: the companion has half as many
        dt = period / cells
    else:
        cells = max(1, round(memory / dt))
    steps = max(1, math.ceil(duration / dt - 1e-9))
    width = steps + 1
    if window is not None:
        window = positive("window", window)
        if period is None:
            raise ValueError("a window needs a drive that is periodic or constant in time; solve without a window")
        width = math.ceil(min(window / dt, MOST_STEPS) - 1e-9)
        if width <= cells:
            raise ValueError(
                f"window must be longer than {period or memory:.6g} (the period of the drive), got {window}"
            )
    if not any(blocks.waves):
        return Grid(dt, steps, width, cells)
    if blocks.moved:
        return Grid(dt, steps, width, cells, N_PHASES)
    # The mean does not follow phases that are random: steps that these shorten do for it as a whole.
    part = math.ceil(MEAN_STEPS * dt / (DEFAULT_DT * float(np.min(blocks.tau))))
    return Grid(dt, steps, width, cells, N_PHASES, substeps=min(part, MEAN_STEPS))


def a_cell(kind: int | None) -> float:
    """Return the seconds of a cell of a row in closed form."""
    from dmft.numerics.gaussian.closed_pairs import RELU

    return _RELU if kind == RELU else _ERF


def check_march(blocks: Blocks, averages: Averages, grid: Grid, keep_band: bool, *, longest: float = LONGEST) -> float:
    """Return the seconds that a march takes, and refuse more than `longest`, or more memory than there is.

    Raises
    ------
    TooCostlyError : with the figures.
    """
    series, size = averages.series, len(blocks)
    width = min(grid.width, grid.n_steps)
    cells = width * (grid.n_steps - 0.5 * width)
    cell = _SERIES if series else a_cell(averages.kind)
    stepped = grid.n_steps * (_TIME if series or size > 1 else 0.0)
    seconds = 1.32 * size * (grid.phases * (cells * cell + stepped) + (size - 1) * cells * _COUPLED)
    memory = 8.0 * size * grid.n_steps * (20.0 + grid.phases * (2.0 * averages.n_terms if series else 30.0))
    kept = grid.n_steps + 1.0 if keep_band else 5.0 * grid.period  # a period of slopes, and its filters
    memory += 8.0 * size * kept * (width + 1.0)
    check_cost(
        f"a march of {grid.n_steps:.3g} steps of {grid.dt:.3g} with rows of {width:.3g} cells",
        seconds=seconds,
        memory=memory,
        remedy=_REMEDY,
        longest=longest,
    )
    return seconds
