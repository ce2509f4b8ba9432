"""The numbers of a solution that a command shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial, singledispatch
from typing import Any

import numpy as np

import dmft
from dmft.theories.capacity import CapacitySolution, RegressionSolution, RobustnessSolution

_NOTHING = ("NO_SOLUTION", "NON_FINITE")  # states without a number to show


def numbers_of(solution: Any, exponent: bool) -> tuple[dict[str, tuple[float, float]], dict[str, str]]:
    """Return name -> (number, error, nan where it is not known), and name -> why there is none."""
    numbers: dict[str, tuple[float, float]] = {}
    failures: dict[str, str] = {}
    for name, read in _wanted(solution, exponent):
        try:
            value = read()
        except Exception as error:  # whatever it is, it must not take the solution with it
            failures[name] = f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")
            continue
        if value is not None:
            numbers[name] = (float(value), float(getattr(value, "error", math.nan)))
    return numbers, failures


@singledispatch
def _wanted(solution: Any, exponent: bool) -> Iterator[tuple[str, Callable[[], Any]]]:
    outcome = solution.convergence
    if outcome.status.name in _NOTHING:
        return
    in_time = "times" in solution.coordinates
    for name in ("corr_x", "corr_phi"):
        if name in solution.variables and not in_time:
            yield f"{name}[0]", partial(_at_zero, solution, name)
    place = " at the end" if in_time else ""
    for name in ("mean_x", "variance", "mean_phi"):
        value: Any = getattr(solution, name, math.nan)
        if name in solution.variables and np.all(np.isfinite(np.ravel(value)[-1:])):
            yield f"{name}{place}", partial(_last, value)
    if not outcome.converged and not solution.reduction.plastic:
        return
    if "lags" in solution.coordinates and not in_time:
        if math.isfinite(solution.mean_slope):
            yield "mean_slope", lambda: solution.mean_slope
        yield "jacobian_abscissa", partial(_known, lambda: dmft.jacobian_spectrum(solution).abscissa)
        for name in ("phi", "x"):
            yield f"dimension_{name}", partial(_known, partial(dmft.effective_dimension, solution, of=name))
    if exponent:
        yield "lyapunov_exponent", partial(_known, partial(dmft.lyapunov_exponent, solution), TypeError)


@_wanted.register(CapacitySolution)
@_wanted.register(RobustnessSolution)
@_wanted.register(RegressionSolution)
def _(solution: Any, _exponent: bool) -> Iterator[tuple[str, Callable[[], Any]]]:
    if solution.convergence.status.name in _NOTHING:
        return
    for name, (dimensions, _) in solution.variables.items():
        value = getattr(solution, name)
        if not dimensions and math.isfinite(value):
            error = getattr(solution, f"{name}_error", math.nan)
            yield name, partial(dmft.Value, value, numerical_error=error)
    for kind, part in zip("EI", getattr(solution, "silent", ()), strict=False):
        if math.isfinite(part):
            yield f"silent_{kind}", partial(float, part)


def _last(values: Any) -> float:
    """Return a number, or the last of several."""
    return float(np.ravel(values)[-1])


def _at_zero(solution: Any, name: str) -> Any:
    """Return a correlation at lag 0: its error is the larger of that of the sampling and the bound on all of it."""
    value = float(getattr(solution, name)[0])
    sampled = getattr(solution, f"{name}_error", None)
    bound = abs(value) * float(solution.convergence.error)
    standard = math.nan if sampled is None else float(sampled[0])
    if not bound > standard:  # also where one of them is not known
        return dmft.Value(value, standard_error=standard, numerical_error=bound if sampled is None else math.nan)
    return dmft.Value(value, numerical_error=bound)


def _known(number: Callable[[], Any], *unknown: type[Exception]) -> Any:
    """Return a number; None where there is no theory of it (dimensions of a state at rest, of a balanced network)."""
    try:
        return number()
    except Exception as error:
        if isinstance(error, unknown or (ValueError, TypeError)):
            return None
        raise
