"""`dmft show FILE`: what a file holds."""

from __future__ import annotations

import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

import click
import numpy as np

from dmft.commands.columns import WIDTH, entry
from dmft.commands.networks import shown_by_validation
from dmft.commands.reading import reading
from dmft.storage import dataset

_FIRST = ("theory", "network", "state", "status", "message", "residual", "error")
_LONGEST = 400  # characters of an attribute that are shown unless all are asked for
_MOST_WORDS = 8
_FOR_MACHINES = ("inputs", "question")  # what `network` and the coordinates say, as it is read back


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--all", "whole", is_flag=True, help="Long inputs too, and what a machine reads of them.")
def show(file: Path, whole: bool) -> None:
    """Show what FILE holds: inputs, outcome, numbers, versions; also of simulated and trained networks."""
    shown_by_validation("show", file)
    with reading(file):
        data = dataset(file)
        attributes = dict(data.attrs)
        for name in [*(n for n in _FIRST if n in attributes), *(n for n in attributes if n not in _FIRST)]:
            if name in _FOR_MACHINES and "network" in attributes and not whole:
                continue
            text = str(attributes[name])
            cut = len(text) > _LONGEST and not whole
            click.echo(entry(name, f"{text[:_LONGEST]} ... ({len(text):,} characters, --all)" if cut else text))
        click.echo("")
        for name, variable in data.variables.items():
            click.echo(_fitted(_line(str(name), variable)))


def _fitted(line: str) -> str:
    """Return a line that fits the terminal: what comes after the shape goes below it where it does not."""
    head, shape, rest = line.partition(")  ")
    if len(line) <= WIDTH or not shape:
        return line
    return "\n".join([f"{head})", *textwrap.wrap(rest, WIDTH, initial_indent=" " * 19, subsequent_indent=" " * 19)])


def _line(name: str, variable: Any) -> str:
    unit = variable.attrs.get("units", "")
    shown = unit if unit != "1" else ""
    shape = " x ".join(f"{dim} {size}" for dim, size in variable.sizes.items())
    codes = _codes(variable)
    if codes:
        return f"{name:<18} ({shape})  {codes}"
    real = np.issubdtype(variable.dtype, np.floating) or np.issubdtype(variable.dtype, np.integer)
    if variable.ndim == 0:
        value = f"{float(variable.values):.10g}" if real else str(variable.values)
        return f"{name:<18} {value} {shown}".rstrip()
    if not real:
        return f"{name:<18} ({shape})  {_words(variable)}"
    values = np.asarray(variable.values, dtype=float)
    finite = values[np.isfinite(values)]
    span = f"{finite.min():.6g} ... {finite.max():.6g}" if finite.size else "no finite value"
    return f"{name:<18} ({shape})  {span} {shown}".rstrip()


def _codes(variable: Any) -> str:
    """Return which codes there are and how often, by the names that the variable gives them: "8 CONVERGED"."""
    meanings = str(variable.attrs.get("flag_meanings", "")).split()
    codes = np.atleast_1d(variable.attrs.get("flag_values", [])).tolist()
    if variable.ndim == 0 or not meanings or len(codes) != len(meanings):
        return ""
    words = dict(zip(codes, meanings, strict=True))
    counts = Counter(np.asarray(variable.values).ravel().tolist())
    return ", ".join(f"{number} {words.get(code, code)}" for code, number in counts.most_common())


def _words(variable: Any) -> str:
    """Return which words there are, and how often: "4 x quiescent; 8 x chaotic"."""
    if variable.dtype.kind not in "UO":
        return str(variable.dtype)
    counts = Counter(str(word) for word in variable.values.flat)
    if len(counts) > _MOST_WORDS:
        return f"{len(counts)} different texts"
    return "; ".join(f"{number} x {word}" for word, number in counts.items() if word) or "none"
