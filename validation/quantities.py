"""The numbers of a theory that a simulation measures too, by name, and how fast each of them reaches large N."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

from dmft.errors import DMFTError
from dmft.models.balanced import BalancedNetwork

# Type name of the solution -> module and function that reads it. An addition is one function and one line.
_READERS: dict[str, tuple[str, str]] = {
    "StationarySolution": ("validation.quantities", "stationary_numbers"),
    "PlasticSolution": ("validation.quantities", "plastic_numbers"),
    "BalancedStationarySolution": ("validation.period_numbers", "balanced_numbers"),
    "NonstationarySolution": ("validation.period_numbers", "nonstationary_numbers"),
    "PeriodicSolution": ("validation.period_numbers", "periodic_numbers"),
}

# Bounds on |a| in value_N = value (1 + a/N + ...), by the beginning of the name. Measured in random networks: |a| <= 5
# for single-neuron averages; a = -66 (g = 3), -112 (g = 2) for the exponent, of which a second order term of about a^2.
_STRENGTHS: tuple[tuple[str, float], ...] = (("lyapunov", 150.0), ("", 6.0))

# Exponents of balanced networks, which may be zero, relative to 0.1/tau: at g = 2, K = 4000, chaotic, networks
# of N = 1000, 2000, 4000 lie lower by 37(8), 26(9), 20(9) over N, in 1/tau.
_BALANCED_EXPONENT = (400.0, 0.1)

_NAME = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\[(?P<at>[0-9.]+(?:[eE][+-]?\d+)?)\])?")
LAGS = (0.0, 2.0, 5.0)


def split_name(quantity: str) -> tuple[str, float | None]:
    """Return ("corr_phi", 5.0) for "corr_phi[5]", ("lyapunov_exponent", None) for a plain name.

    Raises
    ------
    ValueError : for anything else.
    """
    match = _NAME.fullmatch(quantity)
    if match is None:
        raise ValueError(f"a quantity is named like 'lyapunov_exponent' or 'corr_phi[5]', got {quantity!r}")
    at = match["at"]
    return match["name"], None if at is None else float(at)


def strength(quantity: str, network: Any = None) -> tuple[float, float | None]:
    """Return the bound on |a| that is taken for a quantity, and what it is relative to; None: the quantity's size."""
    if quantity.startswith("lyapunov") and isinstance(network, BalancedNetwork):
        return _BALANCED_EXPONENT
    return next(bound for start, bound in _STRENGTHS if quantity.startswith(start)), None


def theory_numbers(theory: Any, simulation: Any) -> dict[str, float]:
    """Return name -> number for a solution, or for a mapping of names to numbers.

    A theory that is sampled gives numbers with a `standard_error` (`dmft.Value`), which the comparison takes in.

    Raises
    ------
    TypeError : for a kind of solution that is not known here, or a number that is not one.
    ValueError : if nothing is left that the simulation measured.
    """
    if isinstance(theory, Mapping):
        for name, number in theory.items():
            split_name(name)
            if isinstance(number, bool) or not isinstance(number, Real):
                raise TypeError(f"theory must map names to real numbers, got {name!r}: {number!r}")
        numbers = {name: number if isinstance(number, float) else float(number) for name, number in theory.items()}
    else:
        numbers = _reader(theory)(theory, simulation)
    if not numbers:
        raise ValueError(
            f"theory and simulation have no quantity in common; measured: {', '.join(simulation.variables)}"
        )
    return numbers


def _reader(theory: Any) -> Callable[[Any, Any], dict[str, float]]:
    for kind in type(theory).__mro__:
        if kind.__name__ in _READERS:
            module, name = _READERS[kind.__name__]
            return getattr(importlib.import_module(module), name)
    raise TypeError(f"theory must be a mapping of names to numbers, or one of {', '.join(_READERS)}; got {theory!r}")


def stationary_numbers(solution: Any, simulation: Any) -> dict[str, float]:
    """Read a `dmft.StationarySolution`."""
    import dmft

    check_same(solution, simulation)
    numbers: dict[str, float] = {}
    if "corr_x" in simulation.variables:
        grid = simulation.lags
        for lag in LAGS:
            if abs(grid - lag).min() < 1e-6:
                numbers[f"corr_x[{lag:g}]"] = float(solution.corr_x_at(lag))
                numbers[f"corr_phi[{lag:g}]"] = float(solution.corr_phi_at(lag))
        numbers["mean_slope"] = float(solution.mean_slope)
    if "lyapunov_exponent" in simulation.variables:
        numbers["lyapunov_exponent"] = float(dmft.lyapunov_exponent(solution))
    return numbers


def plastic_numbers(solution: Any, simulation: Any) -> dict[str, float]:
    """Read a `dmft.PlasticSolution`: sampled, so that each number has a standard error; lags on its own grid only."""
    from dmft.observables.value import Value

    check_same(solution, simulation)
    numbers: dict[str, float] = {}
    if "corr_x" in simulation.variables:
        for lag in LAGS:
            here = abs(solution.lags - lag).argmin()
            if abs(solution.lags[here] - lag) > 1e-6 or abs(simulation.lags - lag).min() > 1e-6:
                continue
            for name in ("corr_x", "corr_phi"):
                error = float(getattr(solution, f"{name}_error")[here])
                numbers[f"{name}[{lag:g}]"] = Value(float(getattr(solution, name)[here]), error, "sampling")
    return numbers


def check_same(solution: Any, simulation: Any) -> None:
    """Refuse a theory of another network, or one that has not converged."""
    if solution.network != simulation.network:
        raise ValueError(f"theory is of {solution.network!r}, the simulation of {simulation.network!r}")
    if not solution.convergence.converged:
        raise DMFTError(f"theory has not converged: {solution.convergence.message}")
