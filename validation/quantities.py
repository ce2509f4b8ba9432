"""The numbers of a theory that a simulation measures too, by name, each with what is known of its error."""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

from dmft.errors import DMFTError
from dmft.observables.value import Value

# Type name of the solution -> module and function that reads it. An addition is one function and one line.
_READERS: dict[str, tuple[str, str]] = {
    "StationarySolution": ("validation.quantities", "stationary_numbers"),
    "NonstationarySolution": ("validation.period_numbers", "nonstationary_numbers"),
    "PeriodicSolution": ("validation.period_numbers", "periodic_numbers"),
}

_NAME = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\[(?P<at>[0-9.]+(?:[eE][+-]?\d+)?)\])?")
LAGS = (0.0, 2.0, 5.0)


def split_name(quantity: str) -> tuple[str, float | None]:
    """Return ("corr_phi", 5.0) for "corr_phi[5]", ("lyapunov_exponent", None) for a plain name.

    Raises
    ------
    ValueError, TypeError : for anything else.
    """
    if not isinstance(quantity, str):
        raise TypeError(f"a quantity is named like 'lyapunov_exponent' or 'corr_phi[5]', got {quantity!r}")
    match = _NAME.fullmatch(quantity)
    if match is None:
        raise ValueError(f"a quantity is named like 'lyapunov_exponent' or 'corr_phi[5]', got {quantity!r}")
    at = match["at"]
    return match["name"], None if at is None else float(at)


def theory_numbers(theory: Any, simulation: Any) -> dict[str, float]:
    """Return name -> number for a solution, or for a mapping of names to numbers.

    What is known of the error of a number goes with it (`dmft.Value`): a standard error of what is sampled, which the
    comparison adds to that of the networks, and a bound on the rest, which it adds to the bias.

    Parameters
    ----------
    theory : a solution, or a mapping from names to numbers, to `dmft.Value`, or to pairs (number, standard error).
    simulation : a `Simulation`.

    Raises
    ------
    TypeError : for a kind of solution that is not known here, or an entry that is not a number.
    ValueError : if nothing is left that the simulation measured; for a number that is not finite.
    """
    if isinstance(theory, Mapping):
        numbers = {}
        for name, entry in theory.items():
            split_name(name)
            numbers[name] = _own_number(name, entry)
    else:
        numbers = _reader(theory)(theory, simulation)
    if not numbers:
        raise ValueError(
            f"theory and simulation have no quantity in common; measured: {', '.join(simulation.variables)}"
        )
    return numbers


def _own_number(name: str, entry: Any) -> float:
    """Return a number of the user's own, with its error if it has one."""
    if isinstance(entry, (tuple, list)):
        if len(entry) != 2:
            raise TypeError(f"theory must map names to real numbers or pairs (number, error), got {name!r}: {entry!r}")
        number, error = (_real(name, part, entry) for part in entry)
        if error < 0.0:
            raise ValueError(f"theory must have errors that are not negative, got {name!r}: {entry!r}")
        return Value(number, error, "given")
    _real(name, entry, entry)
    return entry if isinstance(entry, float) else float(entry)


def _real(name: str, part: Any, entry: Any) -> float:
    if isinstance(part, bool) or not isinstance(part, Real):
        raise TypeError(f"theory must map names to real numbers or pairs (number, error), got {name!r}: {entry!r}")
    try:
        number = float(part)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"theory must map names to finite numbers, got {name!r}: {entry!r}")
    return number


def _reader(theory: Any) -> Callable[[Any, Any], dict[str, float]]:
    for kind in type(theory).__mro__:
        if kind.__name__ in _READERS:
            module, name = _READERS[kind.__name__]
            return getattr(importlib.import_module(module), name)
    raise TypeError(f"theory must be a mapping of names to numbers, or one of {', '.join(_READERS)}; got {theory!r}")


def stationary_numbers(solution: Any, simulation: Any) -> dict[str, float]:
    """Read a `dmft.StationarySolution`."""
    import dmft

    if solution.sampled:
        return sampled_numbers(solution, simulation)
    if solution.mean_x != 0.0:
        from validation.period_numbers import balanced_numbers

        return balanced_numbers(solution, simulation)
    check_same(solution, simulation)
    numbers: dict[str, float] = {}
    if "corr_x" in simulation.variables:
        grid = simulation.lags
        for lag in LAGS:
            if abs(grid - lag).min() < 1e-6:
                numbers[f"corr_x[{lag:g}]"] = bounded(solution, solution.corr_x_at(lag), solution.corr_x_at(0.0))
                numbers[f"corr_phi[{lag:g}]"] = bounded(solution, solution.corr_phi_at(lag), solution.corr_phi_at(0.0))
        numbers["mean_slope"] = bounded(solution, solution.mean_slope, solution.mean_slope)
        square = (dmft.jacobian_spectrum(solution).radius / solution.network.g) ** 2
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
    """Read a `dmft.PlasticSolution` or the solution of a network with partial symmetry.

    Sampled, so that each number has a standard error; at lags on its own grid only.
    """
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
