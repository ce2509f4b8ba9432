"""What a piece of work would take, and its refusal: asked before any loop or allocation."""

from __future__ import annotations

import os

from dmft.errors import DMFTError

LONGEST = 7 * 86400.0  # seconds of one piece of work above which it is refused
_PART_OF_MEMORY = 0.8


class TooCostlyError(DMFTError, ValueError):
    """The work asked for does not fit: the text says what it would take, what there is, and the remedy."""


def memory_limit() -> float:
    """Return the bytes that one piece of work may take: four fifths of the machine's memory."""
    try:
        return _PART_OF_MEMORY * float(os.sysconf("SC_PAGE_SIZE")) * float(os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):  # not a POSIX system
        return 8e9


def check_cost(what: str, *, seconds: float = 0.0, memory: float = 0.0, remedy: str, longest: float = LONGEST) -> None:
    """Refuse work that takes more than `longest` seconds, or more bytes than there are.

    Parameters
    ----------
    what : the work, as the subject of the refusal.
    seconds, memory : estimates of its time in seconds and its memory in bytes; nan and inf are refused.
    remedy : what to change.

    Raises
    ------
    TooCostlyError : with the estimate, the limit and the remedy.
    """
    if not seconds <= longest:
        raise TooCostlyError(f"{what} would take about {_time(seconds)}; at most {_time(longest)} is tried; {remedy}")
    limit = memory_limit()
    if not memory <= limit:
        raise TooCostlyError(
            f"{what} would take about {memory / 1e9:.3g} GB of memory; there are {limit / 1e9:.3g} GB; {remedy}"
        )


def _time(seconds: float) -> str:
    for unit, size in (("years", 3.15e7), ("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} seconds"
