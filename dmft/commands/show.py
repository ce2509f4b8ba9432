"""`dmft show FILE`: what a file holds."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from dmft.storage import load

_FIRST = ("theory", "network", "phase", "status", "message", "residual")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def show(file: Path) -> None:
    """Show what FILE holds: inputs, outcome, numbers, versions."""
    data = load(file)
    attributes = dict(data.attrs)
    for name in [*(n for n in _FIRST if n in attributes), *(n for n in attributes if n not in _FIRST)]:
        click.echo(f"{name:<18} {attributes[name]}")
    click.echo("")
    for name, variable in data.variables.items():
        unit = variable.attrs.get("units", "")
        shape = " x ".join(f"{dim} {size}" for dim, size in variable.sizes.items())
        if variable.ndim == 0:
            click.echo(f"{name!s:<18} {float(variable.values):.10g} {unit if unit != '1' else ''}".rstrip())
        elif np.issubdtype(variable.dtype, np.number):
            values = np.asarray(variable.values, dtype=float)
            finite = values[np.isfinite(values)]
            span = f"{finite.min():.6g} ... {finite.max():.6g}" if finite.size else "no finite value"
            click.echo(f"{name!s:<18} ({shape})  {span} {unit if unit != '1' else ''}".rstrip())
        else:
            click.echo(f"{name!s:<18} ({shape})  {variable.dtype}")
