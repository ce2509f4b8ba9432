"""Work of a search that is counted while it goes on: what cannot be known before it starts ends it in time.

Seconds are estimates from sizes of tables, the same on every machine: a search ends at the same place everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from dmft.errors import DMFTError

#: Estimated seconds of one search.
MOST = 14.0
_left: ContextVar[list[float] | None] = ContextVar("left", default=None)


class OutOfWorkError(DMFTError):
    """A search took more than it was given."""


@contextmanager
def limited(seconds: float = MOST) -> Iterator[None]:
    """Let everything inside take this long together; within another limit that one counts."""
    if _left.get() is not None:
        yield
        return
    token = _left.set([seconds])
    try:
        yield
    finally:
        _left.reset(token)


def spend(seconds: float) -> None:
    """Count work that is about to be done.

    Raises
    ------
    OutOfWorkError : if it does not fit any more.
    """
    left = _left.get()
    if left is None:
        return
    left[0] -= seconds
    if left[0] < 0.0:
        raise OutOfWorkError(f"this is more work than the {MOST:.0f} s that a search is given")
