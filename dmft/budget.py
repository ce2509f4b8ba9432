"""Work that is counted while it goes on: what cannot be known before it starts ends in time.

A verb opens a budget (`limited`), larger if what was asked for is known to take longer (`allow`); whatever takes long
inside says so before it begins (`spend`), wherever it stands. The seconds are estimates from sizes of tables, the same
on every machine: a search ends at the same place everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from dmft.errors import DMFTError

#: Estimated seconds of one search, unless what was asked for is known to take longer.
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
    token = _left.set([seconds, seconds])
    try:
        yield
    finally:
        _left.reset(token)


def allow(seconds: float) -> None:
    """Give a search longer: it was asked for work that certainly takes this, as `dmft.cost` was told."""
    budget = _left.get()
    if budget is not None:
        budget[:] = [amount + seconds for amount in budget]


def spend(seconds: float) -> None:
    """Count work that is about to be done.

    Raises
    ------
    OutOfWorkError : if it does not fit any more.
    """
    budget = _left.get()
    if budget is None:
        return
    budget[0] -= seconds
    if budget[0] < 0.0:
        raise OutOfWorkError(f"this is more work than the {budget[1]:.0f} s that a search is given")
