"""A result as `print` shows it: how it ended, of what it is, its numbers, its arrays."""

from __future__ import annotations

import math
import textwrap
from typing import Any

from dmft.arrays import FloatArray
from dmft.models.brief import brief
from dmft.plotting.numbers import numbers

WIDTH = 80
_CELL = 39  # two numbers a line


def text(result: Any, state: str = "") -> str:
    """Return a result as lines of at most 80 columns.

    Parameters
    ----------
    result : a solution of any theory, or another result that shows itself.
    state : the word for what was found.

    Returns
    -------
    str : the status, the statement, the numbers with their errors (one for each population that has a name), and which
        arrays there are along what.
    """
    outcome = getattr(result, "convergence", None)
    network = getattr(result, "network", None)
    lines = []
    if outcome is not None:
        told = state if outcome.converged else outcome.message
        lines += _filled(f"{outcome.status.name}{': ' if told else ''}{told}{_figures(outcome)}")
    kind = type(result).__name__
    lines += _filled(kind if network is None else f"{kind} of {brief(network)}")
    dataset = result.to_xarray()
    names, rows = numbers(dataset)
    lines += _table(names, rows)
    lines += _arrays(dataset, {name for name, _ in rows})
    return "\n".join(lines)


def _filled(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _figures(outcome: Any) -> str:
    found = {"residual": outcome.residual, "error": outcome.error}
    known = [f"{name} {value:.2g}" for name, value in found.items() if math.isfinite(value)]
    return f" ({', '.join(known)})" if known else ""


def _table(names: list[str], rows: list[tuple[str, FloatArray]]) -> list[str]:
    """Return the numbers, an error behind what it is of: cells two a line, but for what has a value a population."""
    errors = {name.removesuffix("_error"): values for name, values in rows if name.endswith("_error")}
    told = {name for name, _ in rows}
    lines, cells = [], []
    for name, values in rows:
        if name.endswith("_error") and name.removesuffix("_error") in told:
            continue
        error = errors.get(name)
        shown = [_number(value, math.nan if error is None else error[at]) for at, value in enumerate(values)]
        if len(shown) > 1:
            of_each = "  ".join(f"{population} {value}" for population, value in zip(names, shown, strict=True))
            lines += textwrap.wrap(f"  {name:<18} {of_each}", WIDTH, subsequent_indent=" " * 21)
        else:
            cells.append(f"{name:<18} {shown[0]}")
    while cells:
        cell = cells.pop(0)
        if len(cell) < _CELL and cells and len(cells[0]) <= WIDTH - 2 - _CELL:
            cell = f"{cell:<{_CELL}}{cells.pop(0)}"
        lines.append(f"  {cell}")
    return lines


def _number(value: float, error: float) -> str:
    return f"{value:.6g} ± {error:.1e}" if math.isfinite(error) and error > 0.0 else f"{value:.6g}"


def _arrays(dataset: Any, shown: set[str]) -> list[str]:
    """Return what is longer than a line: the names of the arrays along each set of dimensions."""
    along: dict[tuple[str, ...], list[str]] = {}
    for name, variable in dataset.data_vars.items():
        dims = tuple(str(dim) for dim in variable.dims if dim not in ("population", "kind"))
        if dims and name not in shown:
            along.setdefault(dims, []).append(str(name))
    lines = []
    for dims, names in along.items():
        sizes = " x ".join(f"{dim} ({dataset.sizes[dim]})" for dim in dims)
        lines += textwrap.wrap(f"  along {sizes}: {', '.join(names)}", WIDTH, subsequent_indent="    ")
    return lines
