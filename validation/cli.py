"""The command `dmft-validate`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from dmft.commands.estimate import estimating
from dmft.commands.exits import DISAGREE, EXIT_CODES, INTERRUPTED
from dmft.commands.group import Group

_HELP = f"""Finite networks beside dynamical mean-field theory.

{EXIT_CODES}
"""


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]}, help=_HELP)
@click.version_option(package_name="dmft", prog_name="dmft-validate")
def main() -> None:
    """Commands of networks (the text of --help is above)."""


@main.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("report"), show_default=True)
@click.option("--quick", is_flag=True, help="Smaller networks and fewer realizations: minutes.")
@click.option("--only", multiple=True, metavar="KEY", help="Run only these sections (repeat the option for several).")
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes; default: one for each core.")
@click.option("--seed", type=click.IntRange(0), default=20260, show_default=True, help="Entropy of all networks.")
@click.option("--estimate", is_flag=True, help="Say what is finished, and how long the rest takes; run nothing.")
@click.option(
    "--mnist",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="npz file of images and labels, in place of the small digits that come with scikit-learn.",
)
def report(
    out: Path,
    quick: bool,
    only: tuple[str, ...],
    workers: int | None,
    seed: int,
    estimate: bool,
    mnist: Path | None,
) -> None:
    """Simulate the canonical cases, compare them with theory, and write a page with tables and figures.

    Run again with the same --out it goes on with what is missing: sections, and in a full report single networks too.
    """
    from validation.cases import sections
    from validation.page import REPORT

    if mnist is not None:
        _check_images(mnist)
    known = {section.key: section for section in sections()}
    for key in only:
        if key not in known:
            raise click.UsageError(f"--only must be one of {', '.join(known)}; got {key}")
    chosen = tuple(known[key] for key in (only or known))
    if estimate:
        _estimate(chosen, out, quick, seed, mnist)
        return
    _written(chosen, out, REPORT, quick=quick, workers=workers, seed=seed, mnist=mnist)


@main.command()
@click.argument("key", metavar="KEY")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: reproduced/KEY]")
@click.option("--quick", is_flag=True, help="Smaller networks and fewer realizations.")
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes; default: one for each core.")
@click.option("--seed", type=click.IntRange(0), default=20260, show_default=True, help="Entropy of all networks.")
@click.option("--estimate", is_flag=True, help="Say how long it takes; run nothing.")
def reproduce(key: str, out: Path | None, quick: bool, workers: int | None, seed: int, estimate: bool) -> None:
    """Make the figures and the table of the paper KEY anew, theory beside networks; `dmft papers` lists the keys.

    Every verdict is computed: nothing of an earlier run is taken over, but finished networks of a full one.
    """
    from dmft.citation import told
    from dmft.reproduced import paper
    from validation.cases import sections
    from validation.page import Head

    try:
        found = paper(key)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    chosen = tuple(section for section in sections() if section.key in found.sections)
    if estimate:
        _estimate(chosen, out or Path("reproduced") / key, quick, seed, None, afresh=True)
        return
    head = Head(told(found.key), found.claims)
    _written(chosen, out or Path("reproduced") / key, head, quick=quick, workers=workers, seed=seed, afresh=True)


def _estimate(
    chosen: tuple[Any, ...], out: Path, quick: bool, seed: int, mnist: Path | None, afresh: bool = False
) -> None:
    from dmft.commands.columns import paragraph
    from validation.cases import Budget
    from validation.report import estimated

    click.echo(paragraph(estimated(chosen, out, Budget(quick, None, seed, mnist=mnist), afresh=afresh)))


def _written(
    chosen: tuple[Any, ...],
    out: Path,
    head: Any,
    *,
    quick: bool,
    workers: int | None,
    seed: int,
    mnist: Path | None = None,
    afresh: bool = False,
) -> None:
    """Run the sections into `out`, print their verdicts, and exit with 4 where theory and networks disagree."""
    from dmft.sweeps.log import CheckpointError
    from validation.cases import Budget
    from validation.page import tally
    from validation.report import make_report

    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / ".writable").write_text("")
        (out / ".writable").unlink()
    except OSError as error:
        raise click.UsageError(f"--out {out} cannot be written: {error.strerror}") from error

    shown, store = sys.stderr.isatty(), None if quick else out / "networks"
    budget = Budget(quick, None, seed, store=store, progress=shown, mnist=mnist)
    count = workers or os.cpu_count() or 1
    try:
        entries = make_report(chosen, out, budget, workers=count, progress=True, head=head, afresh=afresh)
    except CheckpointError as error:
        raise click.UsageError(str(error)) from error
    except KeyboardInterrupt:
        kept = "sections" if quick else "sections and networks"
        click.echo(f"interrupted; finished {kept} are in {out}: the same command goes on", err=True)
        sys.exit(INTERRUPTED)
    click.echo(f"{'verdict':10} {'within':>9} {'seen from':>9}  case")
    for entry in entries:
        for title, table in entry.tables.items():
            click.echo(f"{table.verdict:10} {table.within:>9} {table.power:>9}  {entry.title}: {title}")
    click.echo(tally(entries))
    click.echo(f"written: {out / 'report.md'} and report.html with {sum(len(e.pictures) for e in entries)} figures")
    if any("disagree" in entry.verdicts for entry in entries):
        click.echo("theory and networks disagree; see the report", err=True)
        sys.exit(DISAGREE)


@main.command()
@click.argument(
    "task",
    type=click.Choice(["oscillation", "frequency-modulated", "sum-of-sines", "sawtooth", "ready-set-go", "integrator"]),
)
@click.option("--rule", type=click.Choice(["full-force", "force", "dale", "dale-spiking"]), default="full-force")
@click.option("--size", type=int, default=300, show_default=True, help="Number of units.")
@click.option("--g", type=float, default=1.5, show_default=True, help="Gain of the target generator.")
@click.option("--amplitude", type=float, default=None, help="Of the target; 1, 3 or 4 (dale, spiking).")
@click.option("--noise", type=float, default=0.0, show_default=True, help="Of each unit, in training and test.")
@click.option("--trials", type=int, default=None, help="Of training; default: that of the rule.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--checkpoint",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="File from which a stopped training goes on.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="File of the weights, .npz.")
@click.option("--estimate", is_flag=True, help="Say how long it would take, and how much memory; write nothing.")
@estimating
def train(out: Path | None, **settings: Any) -> None:
    """Train a recurrent network on TASK, and say how well it does by itself.

    full-force and force: a random network is the generator; dale: a balanced one, and every unit excites or inhibits;
    dale-spiking: the same of integrate-and-fire units.
    """
    import warnings

    from dmft.errors import AccuracyWarning, DMFTError
    from validation.training.command import trained_by, written

    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", AccuracyWarning)
            found = trained_by(**settings, progress=True)
        for warning in caught:
            click.echo(f"warning: {warning.message}", err=True)
        if out is not None:
            written(found, out)
    except (ValueError, TypeError, DMFTError, OSError) as error:
        raise click.UsageError(str(error)) from error
    click.echo("{rule} on {task}, N = {size}, seed {seed}".format(**settings))
    click.echo(f"  test error               {found.test_error:.3g}")
    click.echo(f"  phase-aligned error      {found.phase_aligned_error:.3g}")
    click.echo(f"  exponent of generator    {found.generator_exponent:.4f} +- {found.generator_exponent_error:.4f}")
    if found.certificate is not None:
        click.echo(f"  violations of Dale's law {found.violations}")
        click.echo(f"  couplings that are zero  {found.silent:.0%}")
    if found.test.spikes is not None:
        click.echo(f"  spikes of a unit per tau {found.test.spikes.rates.mean():.3g}")
    if out is not None:
        click.echo(f"  written: {out}")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def show(file: Path) -> None:
    """Show what FILE holds: a simulation, a comparison (`validation.save`), or weights (`train --out`)."""
    from dmft.errors import DMFTError
    from validation.showing import told

    try:
        click.echo(told(file))
    except (OSError, ValueError, DMFTError) as error:
        raise click.UsageError(str(error)) from error


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Picture.  [FILE.png]")
def plot(file: Path, output: Path | None) -> None:
    """Draw what FILE holds: a simulation, a comparison, or trained networks."""
    from dmft.commands.drawing import write_figure
    from dmft.errors import DMFTError
    from validation.showing import drawn

    target = output or file.with_suffix(".png")
    try:
        write_figure(drawn(file), target)
    except (OSError, ValueError, DMFTError) as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"drawn    {target}")


def _check_images(file: Path) -> None:
    """Refuse a file without images before any section is run."""
    from validation.gated.digits import digits

    try:
        digits(1, 1, 0, mnist=file)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"--mnist: {error}") from error


if __name__ == "__main__":
    main()
