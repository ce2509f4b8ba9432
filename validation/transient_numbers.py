"""The numbers of a transient, at a few of the times that a simulation of it has sampled from its start."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from dmft.numerics.value import Value
from validation.simulators.question import question_of
from validation.stationary_numbers import check_same

_SMALL = 0.05  # of the deviation, below which a mean is not compared
_TIMES = 6  # about, at which a transient is compared
_SAME = 0.01  # of the deviation, by which a beginning may differ, beside the error


def transient_numbers(solution: Any, simulation: Any) -> dict[str, float]:
    """Read mean and variance of x, each with its error, and the mean of what units send, of a solution that begins
    where simulations do: at normal numbers of mean 0 and variance 1, species at abundances of the size that they take.

    Raises
    ------
    ValueError : for another network, or a solution that begins elsewhere.
    """
    check_same(solution, simulation)
    _check_begins(solution, simulation.network)
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


def _check_begins(solution: Any, network: Any) -> None:
    """Refuse a solution that does not begin where the simulators of `validation.simulators` do."""
    question = question_of(network)
    if any(units.transfer is not None and len(units.transfer.poles) > 1 for units in question.populations):
        raise ValueError(
            "simulations of linear units of several variables begin at another state of theirs than the theory: "
            "transients of these are not compared"
        )
    mean, variance, remedy = 0.0, 1.0, ""
    if question.mean is not None and question.mean < 0.0:  # of the scale that balance gives it
        variance = (2.0 * max(-question.constant / question.mean, 0.1)) ** 2
    if question.populations[0].immigration is not None:  # |x| of normal x of a size
        strength = 0.0 if question.means is None else float(question.means[0, 0])
        size = (1.0 + question.constant) / (1.0 + max(0.0, -strength))
        remedy = "leave init out"
        mean, variance = size * math.sqrt(2.0 / math.pi), size**2 * (1.0 - 2.0 / math.pi)
    populated, spread = solution.axis.populated, math.sqrt(variance)
    for name, values, errors, expected, unit in (
        ("mean", solution.mean_x, solution.mean_x_error, mean, spread),
        ("variance", solution.variance, solution.variance_error, variance, variance),
    ):
        own = 0.0 if errors is None else 5.0 * populated(errors)[:, 0]
        begins = populated(values)[:, 0]
        if np.any(np.abs(begins - expected) > _SAME * unit + own):
            raise ValueError(
                f"simulations begin at normal numbers whose {name} is {expected:.4g}, the solution at "
                f"{', '.join(f'{value:.4g}' for value in begins)}: {remedy or f'give init=(0, {variance:.4g})'}"
            )
