"""What a command says of a solution: its numbers, a file, an exit code."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import click

from dmft.commands.exits import NOT_CONVERGED
from dmft.commands.numbers import numbers_of
from dmft.models.serialization import network_to_mapping
from dmft.storage import save

_SEEN = 1e-10  # relative error above which a number is printed with it: the digits shown are ten


def deliver(solution: Any, output: Path | None, as_json: bool, *, exponent: bool = True) -> None:
    """Write the file of a solution, print its numbers, and exit with 3 if it or one of them has not converged.

    The file is written first; a number that cannot be had is named with the reason, and the others are printed.

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
    numbers, failures = numbers_of(solution, exponent)
    if as_json:
        click.echo(json.dumps(_document(solution, numbers, failures), allow_nan=False))
    else:
        click.echo(f"{solution.network!r}")
        click.echo(f"  {'state':<24} {_state(solution)}")
        click.echo(f"  {'residual':<24} {float(outcome.residual):.3g}")
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
