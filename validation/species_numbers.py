"""The numbers of a fixed point of species that a simulation measures too, each with the bound on its error."""

from __future__ import annotations

from typing import Any

from dmft.numerics.value import Value
from validation.stationary_numbers import check_same


def species_numbers(solution: Any, simulation: Any) -> dict[str, float]:
    """Read mean and mean square of abundances, how much of their variance is frozen, and the fraction that survives."""
    check_same(solution, simulation)
    numbers: dict[str, float] = {}
    if "corr_x" in simulation.variables:
        numbers = {"mean_x": solution.mean_x, "static_variance": solution.static_variance}
        numbers["corr_x[0]"] = float(solution.corr_x[0])
    if "survival" in simulation.variables:
        numbers["survival"] = solution.survival
    error = solution.convergence.error
    size = {"survival": 1.0, "static_variance": float(solution.corr_x[0])}
    return {
        name: Value(number, 0.0, "solved", numerical_error=error * size.get(name, abs(number)))
        for name, number in numbers.items()
    }
