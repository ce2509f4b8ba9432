"""The numbers of stationary theories that a simulation measures too, each with what is known of its error."""

from __future__ import annotations

import math
from typing import Any

import dmft
from dmft.errors import DMFTError
from dmft.numerics.value import Value

LAGS = (0.0, 2.0, 5.0)


def stationary_numbers(solution: Any, simulation: Any) -> dict[str, float]:
    """Read a state of zero mean."""
    check_same(solution, simulation)
    numbers: dict[str, float] = {}
    if "corr_x" in simulation.variables:
        grid = simulation.lags
        for lag in LAGS:
            if abs(grid - lag).min() < 1e-6:
                numbers[f"corr_x[{lag:g}]"] = bounded(solution, solution.corr_x_at(lag), solution.corr_x_at(0.0))
                numbers[f"corr_phi[{lag:g}]"] = bounded(solution, solution.corr_phi_at(lag), solution.corr_phi_at(0.0))
        numbers["mean_slope"] = bounded(solution, solution.mean_slope, solution.mean_slope)
        square = (dmft.jacobian_spectrum(solution).radius / solution.reduction.g) ** 2
        numbers["mean_square_slope"] = bounded(solution, square, square)
    if "lyapunov_exponent" in simulation.variables:
        numbers["lyapunov_exponent"] = dmft.lyapunov_exponent(solution)
    return numbers


def bounded(solution: Any, number: Any, scale: Any) -> Value:
    """Return a number with the bound on its error that follows from the solution's, relative to the scale.

    `Convergence.error` is of the correlations at lag 0; other averages of the same process are taken to be as good.
    """
    error = solution.convergence.error
    return Value(float(number), 0.0, "solved", numerical_error=abs(float(scale)) * error)


def sampled_numbers(solution: Any, simulation: Any) -> dict[str, float]:
    """Read a state of plastic or of partially symmetric couplings, at lags on its own grid only: it is sampled."""
    check_same(solution, simulation)
    numbers: dict[str, float] = {}
    if "corr_x" in simulation.variables:
        for lag in LAGS:
            here = abs(solution.lags - lag).argmin()
            if abs(solution.lags[here] - lag) > 1e-6 or abs(simulation.lags - lag).min() > 1e-6:
                continue
            for name in ("corr_x", "corr_phi"):
                numbers[f"{name}[{lag:g}]"] = sampled(solution, name, int(here))
    return numbers


def sampled(solution: Any, name: str, index: int) -> Value:
    """Return an entry of a sampled correlation function with its standard error, and a bound on the rest.

    `Convergence.error` bounds all of the deviation at lag 0, sampling included: what it has beyond the standard error
    there is not sampling (steps, window, iteration), and taken for every lag.
    """
    values, errors = getattr(solution, name), getattr(solution, f"{name}_error")
    beyond = abs(float(values[0])) * solution.convergence.error - float(errors[0])
    rest = max(0.0, beyond) if math.isfinite(beyond) else math.nan
    return Value(float(values[index]), float(errors[index]), "sampling", numerical_error=rest)


def check_same(solution: Any, simulation: Any) -> None:
    """Refuse a theory of another network, or one that has not converged."""
    if solution.network != simulation.network:
        raise ValueError(f"theory is of {solution.network!r}, the simulation of {simulation.network!r}")
    if not solution.convergence.converged:
        raise DMFTError(f"theory has not converged: {solution.convergence.message}")
