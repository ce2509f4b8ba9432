"""The numbers of stationary theories that a simulation measures too, each with what is known of its error."""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any

import numpy as np

import dmft
from dmft.errors import DMFTError
from dmft.numerics.value import Value
from dmft.theories.stated_units import stated_units_of
from dmft.theories.stationary.stated_units.process import UnitProcess
from validation.notation import split_name
from validation.simulators.question import question_of

LAGS = (0.0, 2.0, 5.0)


def stationary_numbers(solution: Any, simulation: Any) -> dict[str, float]:
    """Read a state that is not sampled: of zero mean, or around a mean (then within the window of its lags)."""
    check_same(solution, simulation)
    numbers: dict[str, float] = {}
    centred = solution.reduction.centred
    if "corr_x" in simulation.variables:
        if not centred:
            numbers = {"mean_x": solution.mean_x, "mean_phi": solution.mean_phi}
        for lag in measured_lags(simulation):
            if centred or lag <= solution.lags[-1]:
                numbers[f"corr_x[{lag:g}]"] = float(solution.corr_x_at(lag))
                numbers[f"corr_phi[{lag:g}]"] = float(solution.corr_phi_at(lag))
        if centred:
            numbers["mean_slope"] = solution.mean_slope
            numbers["mean_square_slope"] = (dmft.jacobian_spectrum(solution).radius / solution.reduction.g) ** 2
    return with_errors(solution, simulation, numbers)


def with_errors(solution: Any, simulation: Any, numbers: dict[str, float]) -> dict[str, float]:
    """Return the numbers with the bound on their error that follows from the solution's, and the exponent.

    `Convergence.error` is of the correlations at lag 0; other averages of the same process are taken to be as good,
    relative to the largest size of each quantity.
    """
    largest: dict[str, float] = {}
    for name, number in numbers.items():
        word = split_name(name)[0]
        largest[word] = max(largest.get(word, 0.0), abs(float(number)))
    error = solution.convergence.error
    bounded: dict[str, float] = {
        name: Value(float(number), 0.0, "solved", numerical_error=largest[split_name(name)[0]] * error)
        for name, number in numbers.items()
    }
    if "lyapunov_exponent" in simulation.variables:
        bounded["lyapunov_exponent"] = dmft.lyapunov_exponent(solution)
    return bounded


def measured_lags(simulation: Any) -> list[float]:
    """Return the lags to compare at: those of the simulation that are next to 0, 2 and 5, whatever its interval."""
    grid = simulation.lags
    return sorted({round(float(grid[abs(grid - lag).argmin()]), 6) for lag in LAGS})


def sampled_numbers(solution: Any, simulation: Any) -> dict[str, float]:
    """Read a state of plastic or partially symmetric couplings, or of stated units, which is sampled, in its window."""
    check_same(solution, simulation)
    numbers: dict[str, float] = {}
    for k, end in enumerate([f".{name}" for name in solution.network.compose().named if name] or [""]):
        if "corr_x" not in simulation.variables:
            continue
        for lag in measured_lags(simulation):
            if lag <= solution.lags[-1]:
                for name in ("corr_x", "corr_phi"):
                    numbers[f"{name}{end}[{lag:g}]"] = sampled(solution, name, lag, k)
        numbers |= sampled_means(solution.process, solution, k, end)
    if "lyapunov_exponent" in simulation.variables and question_of(simulation.network).stated:
        numbers["lyapunov_exponent"] = dmft.lyapunov_exponent(solution)
    return numbers


def sampled(solution: Any, name: str, lag: float, population: int = 0) -> Value:
    """Return a sampled correlation function at a lag with its standard error, and a bound on the rest.

    `Convergence.error` bounds all of the deviation at lag 0, sampling included: what it has beyond the standard error
    there is not sampling (steps, window, iteration), and taken for every lag.
    """
    values, errors = (np.atleast_2d(getattr(solution, part))[population] for part in (name, f"{name}_error"))
    beyond = abs(float(values[0])) * solution.convergence.error - float(errors[0])
    rest = max(0.0, beyond) if math.isfinite(beyond) else math.nan
    value = np.atleast_1d(getattr(solution, f"{name}_at")(lag))[population]
    error = float(np.interp(lag, solution.lags, errors))
    return Value(float(value), error, "sampling", numerical_error=rest)


@singledispatch
def sampled_means(process: Any, solution: Any, population: int, end: str) -> dict[str, float]:
    """Return the means of a population, named with this end; none where the theory is one of zero means."""
    return {}


@sampled_means.register
def _(process: UnitProcess, solution: Any, population: int, end: str) -> dict[str, float]:
    units = stated_units_of(solution.network)
    if units.centred:
        return {}
    at = units.first[population]
    found = {
        "mean_x": (np.atleast_1d(solution.mean_x)[population], process.mean_x_errors[population]),
        "mean_phi": (process.means[at], process.mean_errors[at]),
    }
    return {f"{name}{end}": Value(float(value), float(error), "sampling") for name, (value, error) in found.items()}


def check_same(solution: Any, simulation: Any) -> None:
    """Refuse a theory of another network, or one that has not converged."""
    if solution.network != simulation.network:
        raise ValueError(f"theory is of {solution.network!r}, the simulation of {simulation.network!r}")
    if not solution.convergence.converged:
        raise DMFTError(f"theory has not converged: {solution.convergence.message}")
