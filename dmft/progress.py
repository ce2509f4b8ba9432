"""How far a piece of work is: a bar in a terminal, sparse lines in a file or a pipe."""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from dmft.cost import readable

# Seconds between two lines; work that takes less says nothing.
_SPARSE = 10.0
# Seconds that a reader at a terminal waits before he wonders, and columns that are his.
_PATIENCE = 3.0
_WIDTH = 79


def progress_bar(over: Iterable[Any] | None = None, *, shown: bool = True, **settings: Any) -> Any:
    """Return a `tqdm` over some work.

    Parameters
    ----------
    over : what is gone through; None where `update` is called.
    shown : whether anything is shown: a bar in a terminal or a notebook, else a line in ten seconds at most.
    settings : of `tqdm`.
    """
    from tqdm import tqdm

    if not shown or _live():
        return tqdm(over, disable=not shown, **settings)

    class Lines(tqdm):  # type: ignore[misc]
        """A bar whose every state is a line of its own."""

        said = time.monotonic()

        def display(self, msg: str | None = None, pos: int | None = None) -> None:
            """Write how far it is, unless that was done less than ten seconds ago."""
            now = time.monotonic()
            if self.n and now - self.said >= _SPARSE:
                self.said = now
                sys.stderr.write(f"{self}\n")
                sys.stderr.flush()

    # What a bar writes of itself, an end of line when it is closed, goes nowhere.
    return Lines(over, file=io.StringIO(), ncols=_WIDTH, mininterval=_SPARSE, miniters=1, **settings)


def _live() -> bool:
    """Whether a line can be written over: in a terminal, or under a cell of a notebook."""
    if "ipykernel" in sys.modules:
        return True
    if not sys.stderr.isatty():
        return False
    try:  # a terminal that says it has no columns, as of a recorded session, gets lines
        return os.get_terminal_size(sys.stderr.fileno()).columns > 0
    except (OSError, ValueError):
        return True


@contextmanager
def waiting(doing: str) -> Iterator[None]:
    """Say on standard error how long a piece of work has taken that no one can count: nothing in its first seconds.

    Parameters
    ----------
    doing : what is done, like "searching the states".
    """
    live, begin, done = _live(), time.monotonic(), threading.Event()

    def told() -> None:
        until = _PATIENCE if live else _SPARSE
        while not done.wait(until):
            line = f"{doing}: {readable(time.monotonic() - begin)} so far"
            sys.stderr.write(f"\r{line} " if live else f"{line}\n")
            sys.stderr.flush()
            until = 1.0 if live else _SPARSE
        if live and time.monotonic() - begin > _PATIENCE:
            sys.stderr.write("\r" + " " * _WIDTH + "\r")

    teller = threading.Thread(target=told, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
