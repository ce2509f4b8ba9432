"""How long a diagram would take, from a few of its points."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

import dmft
from dmft.phases.specification import read_specification

_BYTES_A_POINT = 400  # of a file, for each observable


def estimated(file: Path, workers: int) -> str:
    """Return a sentence on the time and the size of the diagram that a file states.

    Points at both ends and in the middle of each grid are solved, the first of them twice: machine code is made once.

    Raises
    ------
    ValueError : as `read_specification`, and for fields that the network does not have.
    """
    asked = read_specification(file)
    total = int(np.prod([len(grid) for grid in asked.over.values()]))
    chosen = {path: np.asarray(grid)[sorted({0, len(grid) // 2, len(grid) - 1})] for path, grid in asked.over.items()}
    dmft.phase_diagram(asked.network, {path: grid[:1] for path, grid in chosen.items()}, observe=asked.observe)
    begin = time.perf_counter()
    found = dmft.phase_diagram(asked.network, chosen, observe=asked.observe)
    taken = time.perf_counter() - begin
    tried = found["status"].size
    ways = 2 if asked.continuation == "both" else 1
    seconds = ways * total * taken / tried / min(workers, total)
    told = f"{total} points, about {_readable(seconds)} on {workers} processes: {tried} of them took {taken:.2g} s here"
    failed = int((found["status"] != 0).sum())
    told += f", and {failed} failed" if failed else ""
    kilobytes = ways * total * _BYTES_A_POINT * (1 + len(asked.observe)) / 1e3
    lines = f"; {len(asked.lines)} critical lines come on top" if asked.lines else ""
    return f"{told}; the file is of about {max(kilobytes, 20):.0f} kB{lines}"


def _readable(seconds: float) -> str:
    for unit, length in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.2g} {unit}"
    return f"{seconds:.2g} s"
