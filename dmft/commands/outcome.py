"""What a command says of a solution: its numbers, a file, an exit code."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial, singledispatch
from pathlib import Path
from typing import Any

import click
import numpy as np

import dmft
from dmft.commands.columns import paragraph
from dmft.commands.exits import NOT_CONVERGED
from dmft.commands.populations import numbers_by_population
from dmft.models.serialization import network_to_mapping
from dmft.progress import waiting
from dmft.storage import save
from dmft.theories.alignment import AlignmentSolution
from dmft.theories.capacity import CapacitySolution, RegressionSolution, RobustnessSolution
from dmft.theories.composed import composed
from dmft.theories.implicit_bias import ImplicitBiasSolution
from dmft.theories.manifolds import ManifoldSolution
from dmft.theories.online_learning import OnlineSolution
from dmft.theories.reduction import reduced_or_none

_SEEN = 1e-10  # relative error above which a number is printed with it: the digits shown are ten
_ORDER = ("kappa", "frequency", "survival", "response")  # of low-rank couplings, and of species
_NOTHING = ("NO_SOLUTION", "NON_FINITE")  # states without a number to show


def deliver(
    solution: Any,
    output: Path | None,
    as_json: bool,
    *,
    exponent: bool = True,
    further: Mapping[str, Callable[[], Any]] | None = None,
) -> None:
    """Write the file of a solution, print its numbers, and exit with 3 if it or one of them has not converged.

    The file is written first; a number that cannot be had is named with the reason, and the others are printed.

    Parameters
    ----------
    solution : of any theory.
    output : netCDF file, or None.
    as_json : one JSON object instead of lines.
    exponent : compute the Lyapunov exponent.
    further : name -> number, beside those of the solution.
    """
    if output is not None:
        save(solution, output)
    outcome = solution.convergence
    with waiting("reading off exponents and dimensions"):
        numbers, failures = _read([*_wanted(solution, exponent), *(further or {}).items()])
    if as_json:
        click.echo(json.dumps(_document(solution, numbers, failures), allow_nan=False))
    else:
        click.echo(paragraph(f"{solution.network!r}"))
        click.echo(f"  {'state':<24} {_state(solution)}")
        click.echo(f"  {'residual':<24} {float(outcome.residual):.3g}")
        if math.isfinite(outcome.error):
            click.echo(f"  {'error':<24} {float(outcome.error):.1g}")
        for name, (value, error) in numbers.items():
            click.echo(f"  {name:<24} {shown(value, error)}")
        if output is not None:
            click.echo(f"  {'written':<24} {output}")
    troubles = [] if outcome.converged else [outcome.message]
    for reason in dict.fromkeys(failures.values()):
        names = ", ".join(name for name, its in failures.items() if its == reason)
        troubles.append(f"no {names}: {reason}")
    if troubles:
        click.echo(f"dmft: {'; '.join(troubles)}", err=True)
        sys.exit(NOT_CONVERGED)


def shown(value: float, error: float) -> str:
    """Return a number with its error, to the digits that mean something; without, where the error shows in none."""
    if not (math.isfinite(error) and math.isfinite(value) and error > _SEEN * abs(value)):
        return f"{value:.10g}"
    digits = 2 if value == 0 else math.ceil(math.log10(max(abs(value) / error, 1.0))) + 2
    return f"{value:.{min(max(digits, 3), 10)}g} +- {error:.1g}"


def _document(solution: Any, numbers: dict[str, tuple[float, float]], failures: dict[str, str]) -> dict[str, Any]:
    outcome = solution.convergence
    document: dict[str, Any] = {
        "network": network_to_mapping(solution.network),
        "status": outcome.status.name,
        "message": outcome.message,
        "residual": _or_none(outcome.residual),
        "error": _or_none(outcome.error),
        "state": _state(solution),
    }
    for name, (value, error) in numbers.items():
        document[name], document[f"{name}_error"] = _or_none(value), _or_none(error)
    for name in failures:
        document[name] = document[f"{name}_error"] = None
    if failures:
        document["failures"] = failures
    return document


def _or_none(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None


def _state(solution: Any) -> Any:
    return getattr(solution, "state", None)


def _read(
    wanted: Iterable[tuple[str, Callable[[], Any]]],
) -> tuple[dict[str, tuple[float, float]], dict[str, str]]:
    """Return name -> (number, error, nan where it is not known), and name -> why there is none."""
    numbers: dict[str, tuple[float, float]] = {}
    failures: dict[str, str] = {}
    for name, read in wanted:
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
    if in_time and "" not in composed(solution.network).named:
        yield from numbers_by_population(solution, exponent)
        return
    for name in ("corr_x", "corr_phi"):
        if name in solution.variables and not in_time:
            for of, at in _populations(solution, getattr(solution, name)[..., 0]):
                yield f"{name}[0]{of}", partial(_at_zero, solution, name, at)
    place = " at the end" if in_time else ""
    for name in ("mean_x", "variance", "static_variance", "mean_phi"):
        value: Any = getattr(solution, name, math.nan)
        if name not in solution.variables or not np.all(np.isfinite(np.ravel(value)[-1:])):
            continue
        for of, at in [("", ...)] if in_time else _populations(solution, value):
            read = _last if in_time or name != "variance" else partial(_bounded, solution)
            yield f"{name}{place}{of}", partial(read, np.asarray(value)[at])
    for name in _ORDER:
        if getattr(solution, name, None) is not None and name in solution.variables:
            yield name, partial(getattr, solution, name)
    if not outcome.converged and not _plastic(solution):
        return
    if "lags" in solution.coordinates and not in_time:
        for of, at in _populations(solution, solution.mean_slope):
            if math.isfinite(np.asarray(solution.mean_slope)[at]):
                yield f"mean_slope{of}", partial(_last, np.asarray(solution.mean_slope)[at])
        yield "jacobian_abscissa", partial(_known, lambda: dmft.jacobian_spectrum(solution).abscissa)
        for name in ("phi", "x"):
            yield f"dimension_{name}", partial(_known, partial(dmft.effective_dimension, solution, of=name))
    if exponent:
        yield "lyapunov_exponent", partial(_known, partial(dmft.lyapunov_exponent, solution), TypeError)


@_wanted.register(CapacitySolution)
@_wanted.register(RobustnessSolution)
@_wanted.register(RegressionSolution)
@_wanted.register(ManifoldSolution)
def _(solution: Any, _exponent: bool) -> Iterator[tuple[str, Callable[[], Any]]]:
    if solution.convergence.status.name in _NOTHING:
        return
    for name, (dimensions, _) in solution.variables.items():
        value = getattr(solution, name)
        if not dimensions and math.isfinite(value) and not name.endswith("_error"):
            error = getattr(solution, f"{name}_error", math.nan)
            yield name, partial(dmft.Value, value, numerical_error=error)
    for kind, part in zip("EI", getattr(solution, "silent", ()), strict=False):
        if math.isfinite(part):
            yield f"silent_{kind}", partial(float, part)


@_wanted.register(ImplicitBiasSolution)
def _(solution: Any, _exponent: bool) -> Iterator[tuple[str, Callable[[], Any]]]:
    if not math.isfinite(solution.norm):
        return
    yield "norm", partial(dmft.Value, solution.norm, numerical_error=solution.norm_error)
    for name in ("gap", "certificate", "margin"):
        if math.isfinite(getattr(solution, name)):
            yield name, partial(float, getattr(solution, name))
    yield "active_units", partial(float, solution.n_active)
    yield "support", partial(float, np.sum(solution.support))


@_wanted.register(AlignmentSolution)
def _(solution: Any, _exponent: bool) -> Iterator[tuple[str, Callable[[], Any]]]:
    for name, values in (("angle", solution.angles), ("scale", solution.scale)):
        for layer, value in enumerate(values.tolist(), 1):
            if math.isfinite(value):
                yield f"{name}_{layer}", partial(float, value)


@_wanted.register(OnlineSolution)
def _(solution: Any, _exponent: bool) -> Iterator[tuple[str, Callable[[], Any]]]:
    if solution.convergence.status.name in _NOTHING:
        return
    yield "first_error", partial(float, solution.error[0])
    yield "last_error", partial(dmft.Value, solution.last_error, numerical_error=solution.error_bound)
    yield "last_alignment", partial(float, solution.last_alignment)
    yield "specialisation", partial(float, solution.specialisation)


def _populations(solution: Any, values: Any) -> list[tuple[str, Any]]:
    """Return the ending of a name, and the place, of each population in an array over them; one without in a number."""
    if np.ndim(values) == 0:
        return [("", ...)]
    return [(f".{name}", a) for a, name in enumerate(solution.blocks.names)]


def _plastic(solution: Any) -> bool:
    """Whether synapses move: numbers that were sampled are shown though their errors are too large."""
    one = reduced_or_none(solution.network)
    return one is not None and bool(one.plastic)


def _last(values: Any) -> float:
    """Return a number, or the last of several."""
    return float(np.ravel(values)[-1])


def _bounded(solution: Any, value: Any) -> Any:
    """Return a variance with the bound that holds at lag 0."""
    number = float(value)
    return dmft.Value(number, numerical_error=abs(number) * float(solution.convergence.error))


def _at_zero(solution: Any, name: str, population: Any) -> Any:
    """Return a correlation at lag 0: its error is the larger of that of the sampling and the bound on all of it."""
    value = float(getattr(solution, name)[..., 0][population])
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
