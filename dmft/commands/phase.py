"""`dmft phase`: compute a phase diagram from a TOML file or a preset, and draw it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

import dmft
from dmft.commands.columns import paragraph
from dmft.commands.drawing import write_figure
from dmft.commands.estimate import estimated
from dmft.commands.exits import EXIT_CODES, INTERRUPTED, NOT_CONVERGED, USAGE
from dmft.commands.presets import PRESETS, typical
from dmft.storage import check_writable, save
from dmft.sweeps.log import CheckpointError
from dmft.sweeps.outcome import status_words


def _help() -> str:
    presets = "\n".join(f"    {name:<18} {preset.what}" for name, preset in PRESETS.items())
    return f"""Compute a phase diagram, from FILE (TOML) or a preset, write it, and draw it.

    \b
    dmft phase --preset noise               phase-noise.nc and phase-noise.png
    dmft phase mine.toml -o mine.nc --workers 8
    dmft phase mine.toml -o mine.nc --resume   go on with an interrupted run
    dmft phase mine.toml --estimate            how long it would take
    dmft phase --preset noise --estimate       the same

    \b
    Presets:
{presets}

    \b
    A file says:
    observe = ["lyapunov_exponent", "state"]
    [network]
    type = "RandomNetwork"
    g = 1.5
    drive = {{ type = "WhiteNoise", intensity = 0.1 }}
    [over]
    g = {{ from = 0.5, to = 3.0, points = 51 }}
    "drive.intensity" = [0.01, 0.1, 1.0]
    [[line]]
    name = "chaos"
    observable = "lyapunov_exponent"
    along = "g"
    over = {{ "drive.intensity" = [1e-3, 10.0] }}

    {EXIT_CODES}
    """


@click.command(context_settings={"help_option_names": ["-h", "--help"]}, help=_help())
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option(
    "--preset", type=click.Choice(list(PRESETS)), metavar="NAME", help="One of the diagrams above, instead of FILE."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="netCDF file to write.  [phase-NAME.nc]")
@click.option("--figure", type=click.Path(path_type=Path), help="Picture to draw (png, pdf, svg).  [beside the output]")
@click.option("--no-figure", is_flag=True, help="Draw nothing.")
@click.option("--workers", type=click.IntRange(min=1), help="Worker processes.  [one for each core]")
@click.option("--resume", is_flag=True, help="Go on with an interrupted run of the same diagram.")
@click.option("--quiet", is_flag=True, help="No progress: a bar in a terminal, else sparse lines.")
@click.option(
    "--estimate", is_flag=True, help="Say how long it would take, of a FILE from a few points; write nothing."
)
def phase(
    file: Path | None,
    preset: str | None,
    output: Path | None,
    figure: Path | None,
    no_figure: bool,
    workers: int | None,
    resume: bool,
    quiet: bool,
    estimate: bool,
) -> None:
    """Compute a phase diagram (the text of --help is above)."""
    compute, name = _what(file, preset)
    if estimate:
        count = workers or _cores()
        cores = _cores()
        told = estimated(file, count, cores) if file is not None else typical(name, count, cores)
        click.echo(paragraph(told))
        return
    output = output or Path(f"phase-{name}.nc")
    check_writable(output)
    if not no_figure:
        figure = figure or output.with_suffix(".png")
        check_writable(figure)
    log = output.with_name(output.name + ".checkpoint")
    if resume and not log.exists() and output.exists():
        click.echo(f"nothing to go on with: {output} is finished; leave out --resume to compute it anew")
        return
    if log.exists() and not resume:
        raise click.UsageError(f"an interrupted run left {log}: add --resume to go on with it, or delete it")
    count = workers or _cores()
    try:
        diagram = compute(executor=None if count == 1 else count, checkpoint=log, progress=not quiet)
    except CheckpointError as error:
        click.echo(f"dmft: {error}", err=True)
        sys.exit(USAGE)
    except KeyboardInterrupt:
        click.echo(f"dmft: interrupted; what was finished is in {log}: add --resume to go on", err=True)
        sys.exit(INTERRUPTED)
    save(diagram, output)
    log.unlink(missing_ok=True)
    click.echo(f"written  {output}")
    if not no_figure and figure is not None:
        _draw(diagram, figure)
    _report_failures(diagram)


def _what(file: Path | None, preset: str | None) -> tuple[Callable[..., Any], str]:
    if (file is None) == (preset is None):
        raise click.UsageError("give a FILE or a --preset, one of the two")
    if preset is not None:
        stated = PRESETS[preset]
        return partial(getattr(dmft, stated.function), *stated.arguments), preset
    from dmft.phases.specification import read_specification

    assert file is not None
    return read_specification(file).diagram, file.stem


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _draw(diagram: Any, figure: Path) -> None:
    if len([dim for dim in diagram["status"].dims if dim != "direction"]) > 2:
        click.echo("no figure: the diagram has more than two dimensions", err=True)
        return
    import matplotlib as mpl

    mpl.use("Agg")
    axes = dmft.plotting.phase_diagram(diagram)
    write_figure(axes.figure, figure)
    click.echo(f"drawn    {figure}")


def _report_failures(diagram: Any) -> None:
    codes, counts = np.unique(diagram["status"].values, return_counts=True)
    words = status_words()
    failed = {int(code): int(count) for code, count in zip(codes, counts, strict=True) if code != 0}
    if not failed:
        return
    told = ", ".join(f"{count} {words.get(code, code)}" for code, count in failed.items())
    messages = diagram["message"].values[diagram["status"].values != 0]
    click.echo(
        f"dmft: {sum(failed.values())} of {counts.sum()} points failed ({told}); for example: {messages[0]}", err=True
    )
    sys.exit(NOT_CONVERGED)
