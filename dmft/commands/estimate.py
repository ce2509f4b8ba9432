"""How long a command would take: a diagram, from a few of its points; a solution, by what its solver foresees."""

from __future__ import annotations

import contextlib
import functools
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

import dmft
from dmft.commands.columns import paragraph
from dmft.commands.presets import on_processes
from dmft.cost import Foreseen, foreseen, readable
from dmft.phases.specification import read_specification
from dmft.phases.theory import theory_of
from dmft.sweeps.grid import axes_of
from dmft.sweeps.sweep import keywords_of

_TRIED = 5.0  # seconds of work that are done to learn what it takes
_BYTES_A_POINT = 400  # of a file, for each observable


class Estimating(click.Group):
    """A group whose commands say by --estimate what they would take, in time and memory, and write nothing."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command, with the option."""
        text = "Say how long it would take, and how much memory; write nothing."
        cmd.params.append(click.Option(["--estimate"], is_flag=True, help=text))
        assert cmd.callback is not None
        cmd.callback = estimating(cmd.callback)
        super().add_command(cmd, name)


def estimating(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return the command with an argument `estimate`: True has it say what it would take, and do no more."""

    @functools.wraps(command)
    def either(*arguments: Any, estimate: bool, **settings: Any) -> Any:
        if not estimate:
            return command(*arguments, **settings)
        kept = {name: None if name in ("output", "out") else value for name, value in settings.items()}
        unseen = io.StringIO()
        out, err = contextlib.redirect_stdout(unseen), contextlib.redirect_stderr(unseen)
        with foreseen(_TRIED) as found, out, err, contextlib.suppress(SystemExit):
            command(*arguments, **kept)
        click.echo(paragraph(_sentence(found)))

    return either


def _sentence(found: Foreseen) -> str:
    memory = f", and {found.memory / 1e9:.2g} GB of memory" if found.memory > 1e7 else ""
    if not found.stopped:
        return f"it took {readable(found.taken)} here, all of it{memory}; leave out --estimate to see the numbers"
    if found.seconds > found.limit:
        return f"{found.what} would take about {readable(found.seconds)} on one core, or more{memory}"
    return f"more than {readable(found.taken)}: it was stopped before {found.what}{memory}"


def estimated(file: Path, workers: int, cores: int) -> str:
    """Return a sentence on the time and the size of the diagram that a file states.

    More processes than cores do no more than these.

    Points at both ends and in the middle of each grid are solved, the first of them twice: machine code is made once.

    Raises
    ------
    ValueError : as `read_specification`, and for fields that the network does not have.
    """
    asked = read_specification(file)
    axes_of(asked.network, asked.over, keywords=keywords_of(theory_of(asked.network)))  # whole, as the work will be
    total = int(np.prod([len(grid) for grid in asked.over.values()]))
    chosen = {path: np.asarray(grid)[sorted({0, len(grid) // 2, len(grid) - 1})] for path, grid in asked.over.items()}
    dmft.phase_diagram(asked.network, {path: grid[:1] for path, grid in chosen.items()}, observe=asked.observe)
    begin = time.perf_counter()
    found = dmft.phase_diagram(asked.network, chosen, observe=asked.observe)
    taken = time.perf_counter() - begin
    tried = found["status"].size
    ways = 2 if asked.continuation == "both" else 1
    seconds = ways * total * taken / tried / min(workers, total, cores)
    told = f"{total} points, about {readable(seconds)} on {on_processes(workers, cores)}"
    told += f": {tried} of them took {taken:.2g} s here"
    failed = int((found["status"] != 0).sum())
    told += f", and {failed} failed" if failed else ""
    kilobytes = ways * total * _BYTES_A_POINT * (1 + len(asked.observe)) / 1e3
    lines = f"; {len(asked.lines)} critical lines come on top" if asked.lines else ""
    return f"{told}; the file is of about {max(kilobytes, 20):.0f} kB{lines}"
