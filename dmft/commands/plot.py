"""`dmft plot FILE`: the picture of a result."""

from __future__ import annotations

from pathlib import Path

import click

from dmft.commands.drawing import write_figure
from dmft.commands.networks import shown_by_validation
from dmft.commands.reading import reading
from dmft.storage import check_writable, dataset, load


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Picture (png, pdf, svg).  [FILE.png]"
)
@click.option("--of", metavar="NAME", help="Of a sweep: the observable to show.")
def plot(file: Path, output: Path | None, of: str | None) -> None:
    """Draw what FILE holds: a solution, a sweep, a phase diagram, a comparison, simulated or trained networks.

    \b
    dmft solve stationary --g 2 -o chaos.nc && dmft plot chaos.nc
    dmft plot phase-noise.nc --of lyapunov_exponent -o noise.pdf
    """
    from dmft import plotting

    target = check_writable(output if output is not None else file.with_suffix(".png"))
    if of is None:
        shown_by_validation("plot", file, "-o", str(target))
    with reading(file):
        data = dataset(file)
        if "status" not in data.data_vars:  # every sweep has it, point by point
            if of is not None:
                raise ValueError(f"--of belongs to a phase diagram; {file} holds a {data.attrs.get('theory')}")
            result = load(file)  # one that holds a user's own code comes back as its dataset
            write_figure(plotting.solution(data) if result is data else plotting.figure(result), target)
        else:
            write_figure(plotting.phase_diagram(data, of=of).figure, target)
    click.echo(f"drawn    {target}")
