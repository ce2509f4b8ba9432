"""`dmft branches FILE`: every state of a network that is found, and whether a network stays in it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
import numpy as np

import dmft
from dmft.commands.drawing import write_figure
from dmft.commands.exits import EXIT_CODES, NOT_CONVERGED
from dmft.commands.stating import EXAMPLE, network_in
from dmft.models.serialization import network_to_mapping
from dmft.progress import waiting
from dmft.storage import check_writable, save


def _help() -> str:
    return f"""List the stationary states of the network that FILE states (TOML, or a stored result), and which stay.

    \b
    dmft branches chaos.nc
    dmft branches ei.toml -o states.nc --figure states.png

    \b
    A file says (or has as its table [network]):
    {EXAMPLE}
    {EXIT_CODES} Of these, 3: no state is found, or known that one is missing.
    """


@click.command(context_settings={"help_option_names": ["-h", "--help"]}, help=_help())
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="netCDF file to write.")
@click.option("--figure", type=click.Path(dir_okay=False, path_type=Path), help="Picture to draw (png, pdf, svg).")
@click.option("--json", "as_json", is_flag=True, help="Print the states as JSON.")
def branches(file: Path, output: Path | None, figure: Path | None, as_json: bool) -> None:
    """List states (the text of --help is above)."""
    for target in filter(None, (output, figure)):
        check_writable(target)
    network = network_in(file)
    with waiting("searching the states"):
        found = dmft.branches(network)
    if output is not None:
        save(found, output)
    if figure is not None and len(found):
        write_figure(found.plot(), figure)
    click.echo(json.dumps(_document(found), allow_nan=False) if as_json else str(found))
    if not len(found) or found.complete is False:
        click.echo("dmft: no state was found" if not len(found) else "dmft: a state may be missing", err=True)
        sys.exit(NOT_CONVERGED)


def _document(found: Any) -> dict[str, Any]:
    states = [
        {
            "state": branch.solution.state,
            "stable": branch.stable,
            "criterion": branch.criterion,
            "mean_x": np.asarray(branch.solution.mean_x).tolist(),
            "variance": np.asarray(branch.solution.variance).tolist(),
        }
        for branch in found
    ]
    return {"network": network_to_mapping(found.network), "complete": found.complete, "states": states}
