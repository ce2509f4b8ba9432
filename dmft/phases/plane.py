"""An observable less a level over the scaled plane of two fields: the surface whose zeros are a critical line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.phases.observe import Observable
from dmft.sweeps.grid import Axis
from dmft.sweeps.sweep import AT_ANY_POINT, Solver, call_solver, sentence

_HUGE = 1e30
_DECADES = 20.0  # a range that spans more than this factor is searched in the logarithm


class Plane:
    """The observable minus the level; nan where it cannot be had.

    Parameters
    ----------
    statement, solve : what is solved, and by which solver.
    axis, over : the field with a grid, and the one with a range.
    observed, level : the observable, and what it crosses.
    bar : a progress bar.

    Attributes
    ----------
    grid : of the axis, in scaled units.
    solves, succeeded : number of trials, and whether one gave a number.
    trouble, hopeless : what the last trial that failed said, and whether it would fail at any point.
    """

    def __init__(
        self, statement: Any, axis: Axis, over: Axis, observed: Observable, level: float, solve: Solver, bar: Any
    ) -> None:
        self.statement, self.axis, self.over = statement, axis, over
        self.observed, self.level, self.solve, self._bar = observed, level, solve, bar
        self._low, self._high = (float(end) for end in over.grid)
        self._logarithmic = self._low > 0 and self._high / self._low > _DECADES
        self._first, self._span = float(axis.grid.min()), float(np.ptp(axis.grid)) or 1.0
        self.grid = [float(value) for value in (np.sort(axis.grid) - self._first) / self._span]
        self.solves, self.succeeded, self.trouble, self.hopeless = 0, False, "", False
        self._values: dict[tuple[float, float], float] = {}
        self._errors: dict[tuple[float, float], float] = {}

    @property
    def scale(self) -> float:
        """Size in scaled units of a relative change of 1 (in the logarithm), or of the larger end of the range."""
        if self._logarithmic:
            return 1.0 / math.log(self._high / self._low)
        return max(abs(self._low), abs(self._high)) / (self._high - self._low)

    def abscissa(self, a: float) -> float:
        """Return the value of the field with the grid for its scaled coordinate."""
        return self._first + a * self._span

    def ordinate(self, u: float) -> float:
        """Return the value of the field with the range for its scaled coordinate."""
        if self._logarithmic:
            return float(self._low * (self._high / self._low) ** u)
        return self._low + u * (self._high - self._low)

    def width(self, u: float, error: float) -> float:
        """Return an error of the ordinate for one of the scaled coordinate."""
        return error * (
            math.log(self._high / self._low) * self.ordinate(u) if self._logarithmic else self._high - self._low
        )

    def __call__(self, a: float, u: float) -> float:
        """Return the value at a scaled point, solving where it is not known."""
        if (a, u) not in self._values:
            self._values[a, u] = self._solved(a, u)
        return self._values[a, u]

    def _solved(self, a: float, u: float) -> float:
        self.solves += 1
        self._bar.update()
        try:
            values = {self.axis.path: self.abscissa(a), self.over.path: self.ordinate(u)}
            solution = call_solver(self.solve, self.statement.replace(**values))
            convergence = getattr(solution, "convergence", None)
            if convergence is not None and not convergence.converged:
                self.trouble = convergence.message
                return math.nan
            reading, error = self.observed.read(solution)
        except Exception as failure:
            # A trial point that fails is one that the search avoids; what it said is kept for the message.
            self.trouble = sentence(failure)
            self.hopeless = isinstance(failure, AT_ANY_POINT)
            return math.nan
        if isinstance(reading, str):
            raise TypeError(f"observable must give a number to cross a level, got the word {reading!r}")
        self.succeeded = True
        self._errors[a, u] = error if math.isfinite(error) else 0.0
        if math.isinf(reading):  # such as the complexity where there is nothing to count: a sign, and no slope
            return math.copysign(_HUGE, reading)
        return reading - self.level

    def standard_error_near(self, a: float, u: float) -> float:
        """Return the observable's standard error at the solved point of this a that is nearest to u."""
        here = [point for point in self._errors if point[0] == a]
        return self._errors[min(here, key=lambda point: abs(point[1] - u))] if here else 0.0
