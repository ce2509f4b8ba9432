"""What a march takes in time and memory, known before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dmft.cost import LONGEST, check_cost
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs
from dmft.theories.nonstationary.forcing import N_PHASES, Forcing

MOST_STEPS = 1e9
_RELU, _ERF, _SERIES = 4e-8, 2.5e-7, 8e-8  # seconds a cell
_TIME = 4e-4  # seconds a time: the coefficients of a series
_REMEDY = "shorten duration, give a window, or a larger dt (a fast drive needs a step of 1/16 of its period)"


@dataclass(frozen=True)
class Plan:
    """A grid that may be too large to be one."""

    dt: float
    n_steps: float
    width: float


def check_steps(n_steps: float) -> None:
    """Refuse a number of steps whose arrays over time alone are too large.

    Raises
    ------
    TooCostlyError : with the figures.
    """
    check_cost("the march", seconds=_RELU * n_steps, memory=200.0 * n_steps, remedy=_REMEDY)


def check_march(force: Forcing, averages: Any, grid: Any, keep_band: bool, *, longest: float = LONGEST) -> None:
    """Refuse a march that takes more than `longest` seconds or more memory than there is.

    Raises
    ------
    TooCostlyError : with the figures.
    """
    from dmft.numerics.gaussian.closed_pairs import RELU

    series = isinstance(averages, MehlerPairs)
    phases = N_PHASES if force.phased else 1
    width = min(grid.width, grid.n_steps)
    cells = width * (grid.n_steps - 0.5 * width)
    cell = _SERIES if series else _RELU if averages.kind == RELU else _ERF
    seconds = 1.25 * phases * (cells * cell + (grid.n_steps * _TIME if series else 0.0))
    memory = 8.0 * grid.n_steps * (20.0 + phases * (2.0 * averages.n_terms if series else 30.0))
    kept = grid.n_steps + 1.0 if keep_band else 5.0 * getattr(grid, "period", 1)  # a period of slopes, and its filters
    memory += 8.0 * kept * (width + 1.0)
    check_cost(
        f"a march of {grid.n_steps:.3g} steps of {grid.dt:.3g} with rows of {width:.3g} cells",
        seconds=seconds,
        memory=memory,
        remedy=_REMEDY,
        longest=longest,
    )
