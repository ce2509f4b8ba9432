"""The numbers of a transient, at a few of the times that a simulation of it has sampled from its start."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from dmft.numerics.value import Value
from validation.stationary_numbers import check_same

_SMALL = 0.05  # of the deviation, below which a mean is not compared
_TIMES = 6  # about, at which a transient is compared


def transient_numbers(solution: Any, simulation: Any) -> dict[str, float]:
    """Read mean and variance of x, each with its error, and the mean of what units send, of a solution that begins
    where simulations do: at normal numbers of mean 0 and variance 1, species at abundances of the size that they take.

    Raises
    ------
    ValueError : for another network, or a solution that begins elsewhere.
    """
    check_same(solution, simulation)
    times = simulation.coordinates["time"]
    times = times[times <= solution.times[-1] * (1.0 + 1e-9)]
    names = tuple(name for name in simulation.network.compose().named if name) or ("",)
    spread = solution.axis.populated(solution.variance)
    numbers: dict[str, float] = {}
    for name, values, errors in (
        ("mean", solution.mean_x, solution.mean_x_error),
        ("variance", solution.variance, solution.variance_error),
    ):
        rows = solution.axis.populated(values)
        if errors is None:
            size = spread if name == "variance" else np.sqrt(spread)
            of = solution.convergence.error * np.maximum.accumulate(size, axis=1)
        else:
            of = solution.axis.populated(errors)
        for population, row, error in zip(names, rows, of, strict=True):
            end = f".{population}" if population else ""
            if name == "mean" and np.max(np.abs(row)) < _SMALL * math.sqrt(np.max(spread)):
                continue  # nothing that a deviation could be a part of
            for time in times[:: max(1, len(times) // _TIMES)]:
                number, own = (float(CubicSpline(solution.times, line)(time)) for line in (row, error))
                sampled, bound = (0.0, own) if errors is None else (own, 0.0)
                kind = "solved" if errors is None else "sampling"
                numbers[f"transient_{name}{end}[{time:g}]"] = Value(number, sampled, kind, numerical_error=bound)
    return numbers
