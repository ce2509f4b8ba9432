"""The numbers of the theory of target generators."""

from __future__ import annotations

from typing import Any

from validation.stationary_numbers import check_same


def target_numbers(solution: Any, simulation: Any) -> dict[str, float]:
    """Read a `dmft.TargetSolution`: what its state has, and the exponent that decides whether it can be taught.

    Raises
    ------
    ValueError, DMFTError : for a theory of another network, or one that has not converged.
    """
    from validation.quantities import numbers_of

    check_same(solution, simulation)
    numbers = numbers_of(solution.state, simulation) if solution.state.network == simulation.network else {}
    if "lyapunov_exponent" in simulation.variables:
        numbers["lyapunov_exponent"] = solution.exponent
    return numbers
