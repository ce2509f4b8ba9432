"""`dmft show FILE`: what a file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from dmft.commands.columns import entry
from dmft.commands.reading import reading
from dmft.storage import dataset

_FIRST = ("theory", "network", "state", "status", "message", "residual", "error")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def show(file: Path) -> None:
    """Show what FILE holds: inputs, outcome, numbers, versions."""
    with reading(file):
        data = dataset(file)
        attributes = dict(data.attrs)
        for name in [*(n for n in _FIRST if n in attributes), *(n for n in attributes if n not in _FIRST)]:
            click.echo(entry(name, str(attributes[name])))
        click.echo("")
        for name, variable in data.variables.items():
            click.echo(_line(str(name), variable))


def _line(name: str, variable: Any) -> str:
    unit = variable.attrs.get("units", "")
    shown = unit if unit != "1" else ""
    shape = " x ".join(f"{dim} {size}" for dim, size in variable.sizes.items())
    real = np.issubdtype(variable.dtype, np.floating) or np.issubdtype(variable.dtype, np.integer)
    if variable.ndim == 0:
        value = f"{float(variable.values):.10g}" if real else str(variable.values)
        return f"{name:<18} {value} {shown}".rstrip()
    if not real:
        return f"{name:<18} ({shape})  {variable.dtype}"
    values = np.asarray(variable.values, dtype=float)
    finite = values[np.isfinite(values)]
    span = f"{finite.min():.6g} ... {finite.max():.6g}" if finite.size else "no finite value"
    return f"{name:<18} ({shape})  {span} {shown}".rstrip()
