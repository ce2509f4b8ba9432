"""What a command says of a solution: its numbers, a file, an exit code."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import click

import dmft
from dmft.commands.exits import NOT_CONVERGED
from dmft.models.serialization import network_to_mapping
from dmft.storage import save


def deliver(solution: Any, output: Path | None, as_json: bool, *, exponent: bool = True) -> None:
    """Print the numbers of a solution, write its file, and exit with 3 if it has not converged.

    Parameters
    ----------
    solution : of any theory.
    output : netCDF file, or None.
    as_json : one JSON object instead of lines.
    exponent : compute the Lyapunov exponent.
    """
    if output is not None:
        save(solution, output)
    outcome = solution.convergence
    state = getattr(solution, "phase", None) or getattr(solution, "branch", None)
    numbers = _numbers(solution, exponent)
    if as_json:
        document: dict[str, Any] = {"network": network_to_mapping(solution.network), "status": outcome.status.name}
        document["phase"] = state
        for name, value in numbers.items():
            document[name] = float(value) if math.isfinite(value) else None
            if _error(value) > 0:
                document[f"{name}_error"] = _error(value)
        click.echo(json.dumps(document, allow_nan=False))
    else:
        click.echo(f"{solution.network!r}")
        click.echo(f"  {'state':<24} {state}")
        for name, value in numbers.items():
            error = _error(value)
            click.echo(f"  {name:<24} {value:.6g} +- {error:.1g}" if error > 0 else f"  {name:<24} {value:.10g}")
        if output is not None:
            click.echo(f"  {'written':<24} {output}")
    if not outcome.converged:
        click.echo(f"dmft: {outcome.message}", err=True)
        sys.exit(NOT_CONVERGED)


def _error(value: Any) -> float:
    """Return the standard error of a number, 0 of what is not sampled."""
    error = float(getattr(value, "standard_error", 0.0))
    return error if math.isfinite(error) else 0.0


def _numbers(solution: Any, exponent: bool) -> dict[str, Any]:
    kind = type(solution).__name__
    numbers: dict[str, Any] = {"residual": float(solution.convergence.residual)}
    if kind != "PlasticSolution" and not solution.convergence.converged:
        return numbers
    if hasattr(solution, "corr_x"):
        for name in ("corr_x", "corr_phi"):
            value: Any = float(getattr(solution, name)[0])
            error = getattr(solution, f"{name}_error", None)
            numbers[f"{name}[0]"] = value if error is None else dmft.Value(value, standard_error=float(error[0]))
    if hasattr(solution, "rate"):
        last = {name: getattr(solution, name) for name in ("mean", "variance", "rate")}
        place = "" if kind == "BalancedStationarySolution" else " at the end"
        numbers |= {f"{name}{place}": float(value if place == "" else value[-1]) for name, value in last.items()}
    if kind in ("StationarySolution", "SymmetricSolution"):
        numbers["mean_slope"] = float(solution.mean_slope)
        numbers["jacobian_abscissa"] = float(dmft.jacobian_spectrum(solution).abscissa)
        numbers |= _dimensions(solution)
    if exponent and kind != "SymmetricSolution":
        numbers["lyapunov_exponent"] = dmft.lyapunov_exponent(solution)
    return numbers


def _dimensions(solution: Any) -> dict[str, Any]:
    try:
        two_site = dmft.solve_two_site(solution)
    except ValueError:  # a state at rest, a sinusoid, phi that is not odd: there is no two-site theory of it
        return {}
    return {f"dimension_{name}": dmft.effective_dimension(two_site, of=name) for name in ("phi", "x")}
