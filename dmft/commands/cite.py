"""`dmft cite FILE`: the references of a result."""

from __future__ import annotations

from pathlib import Path

import click

from dmft.citation import cite as bibtex_of
from dmft.commands.reading import reading
from dmft.storage import dataset


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def cite(file: Path) -> None:
    """Print the BibTeX entries of the papers whose equations FILE was made with."""
    with reading(file):
        held = dataset(file)
        if "references" not in held.attrs:
            what = held.attrs.get("theory", "dataset")
            raise ValueError(f"{file} holds a {what}, which names no papers; cite the solution that it was computed of")
        click.echo(bibtex_of(held).rstrip())
