"""The command `dmft-validate`."""

from __future__ import annotations

import os
import sys
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click

DISAGREE = 4


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dmft", prog_name="dmft-validate")
def main() -> None:
    """Finite networks beside dynamical mean-field theory.

    Exit codes: 0 done, 1 internal error, 2 usage or unwritable output, 4 theory and networks disagree.
    """


@main.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("report"), show_default=True)
@click.option("--quick", is_flag=True, help="Smaller networks and fewer realizations: minutes instead of an hour.")
@click.option("--only", multiple=True, metavar="KEY", help="Run only these sections (repeat the option for several).")
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes; default: one for each core.")
@click.option("--seed", type=click.IntRange(0), default=20260, show_default=True, help="Entropy of all networks.")
@click.option(
    "--mnist",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="npz file of images and labels, in place of the small digits that come with scikit-learn.",
)
def report(out: Path, quick: bool, only: tuple[str, ...], workers: int | None, seed: int, mnist: Path | None) -> None:
    """Simulate the canonical cases, compare them with theory, and write a page with tables and figures.

    Run again with the same --out it goes on with what is missing: sections, and in a full report single networks too.
    """
    from dmft.sweeps.log import CheckpointError
    from validation.cases import Budget, sections
    from validation.page import tally
    from validation.report import make_report

    if mnist is not None:
        _check_images(mnist)
    known = {section.key: section for section in sections()}
    for key in only:
        if key not in known:
            raise click.UsageError(f"--only must be one of {', '.join(known)}; got {key}")
    chosen = tuple(known[key] for key in (only or known))
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / ".writable").write_text("")
        (out / ".writable").unlink()
    except OSError as error:
        raise click.UsageError(f"--out {out} cannot be written: {error.strerror}") from error

    with _pool(workers or os.cpu_count() or 1) as executor:
        shown = sys.stderr.isatty()
        budget = Budget(quick, executor, seed, store=None if quick else out / "networks", progress=shown, mnist=mnist)
        try:
            entries = make_report(chosen, out, budget, progress=shown)
        except CheckpointError as error:
            raise click.UsageError(str(error)) from error
    click.echo(f"{'verdict':10} {'within':>9} {'seen from':>9}  case")
    for entry in entries:
        for title, table in entry.tables.items():
            click.echo(f"{table.verdict:10} {table.within:>9} {table.power:>9}  {entry.title}: {title}")
    click.echo(tally(entries))
    click.echo(f"written: {out / 'report.md'} and report.html with {sum(len(e.pictures) for e in entries)} figures")
    if any("disagree" in entry.verdicts for entry in entries):
        click.echo("theory and networks disagree; see the report", err=True)
        sys.exit(DISAGREE)


def _check_images(file: Path) -> None:
    """Refuse a file without images before any section is run."""
    from validation.gated.digits import digits

    try:
        digits(1, 1, 0, mnist=file)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"--mnist: {error}") from error


def _pool(workers: int) -> AbstractContextManager[Executor | None]:
    if workers == 1:
        return nullcontext()
    import multiprocessing

    # A fresh interpreter for each worker: BLAS threads and a forked process do not go together.
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
