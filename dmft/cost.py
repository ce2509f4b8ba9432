"""What a piece of work would take, and its refusal: asked before any loop or allocation.

Whoever is about to do something whose size an argument sets estimates its time and memory, from below where it is not
sure, and calls `check_cost`: what is refused is what certainly does not fit, with the figures and the remedy.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

from dmft.errors import DMFTError

LONGEST = 7 * 86400.0  # seconds of one piece of work above which it is refused
_PART_OF_MEMORY = 0.8


class TooCostlyError(DMFTError, ValueError):
    """The work asked for does not fit: the text says what it would take, what there is, and the remedy."""


def memory_limit() -> float:
    """Return the bytes that one piece of work may take: four fifths of what the machine, or its container, has."""
    try:
        total = float(os.sysconf("SC_PAGE_SIZE")) * float(os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):  # not a POSIX system
        total = 1e10
    return _PART_OF_MEMORY * min([total, *_container_limits()])


def available_bytes() -> int | None:
    """Return the memory that is free for new arrays, or None where the system does not say."""
    free: float | None = None
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            free = next(1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        pass
    if free is None:
        try:
            free = float(os.sysconf("SC_PHYS_PAGES")) * float(os.sysconf("SC_PAGE_SIZE"))
        except (AttributeError, ValueError, OSError):
            return None
    return int(min([free, *_container_limits()]))


@cache
def _container_limits() -> tuple[float, ...]:
    """Return the limits that a control group sets, in its second and its first version; none where there are none.

    Read once: a small solve asks several times, and each time would cost it a tenth of its own.
    """
    found = []
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            with open(path, encoding="ascii") as file:
                found.append(float(file.read()))
        except (OSError, ValueError):  # no such group, or "max"
            continue
    return tuple(found)


@dataclass
class Foreseen:
    """What was foreseen of a piece of work, by its own estimates: the longest, and the one that takes most memory.

    Attributes
    ----------
    what, seconds, memory : of the longest part; bytes of the part that takes most.
    stopped : whether the work was stopped there, as it would have taken longer than it was given.
    taken : seconds that passed.
    """

    limit: float
    what: str = ""
    seconds: float = 0.0
    memory: float = 0.0
    stopped: bool = False
    taken: float = 0.0
    begin: float = 0.0


class _StoppedWork(BaseException):
    """Work that was begun to learn what it would take; nothing on the way may take it for a failure."""


_foreseen: ContextVar[Foreseen | None] = ContextVar("foreseen", default=None)


@contextmanager
def foreseen(limit: float) -> Iterator[Foreseen]:
    """Do what is inside as long as it takes less than `limit` seconds; what says that it takes longer is stopped.

    Work that asks `check_cost` says what it would take before it begins: there it is stopped. Work that never asks is
    done, and has taken `taken` seconds.
    """
    found = Foreseen(limit, begin=time.perf_counter())
    token = _foreseen.set(found)
    try:
        yield found
    except _StoppedWork:
        found.stopped = True
    finally:
        found.taken = time.perf_counter() - found.begin
        _foreseen.reset(token)


def _foresee(what: str, seconds: float, memory: float) -> None:
    found = _foreseen.get()
    if found is None:
        return
    found.memory = max(found.memory, memory)
    if seconds >= found.seconds:
        found.what, found.seconds = what, seconds
    if max(seconds, time.perf_counter() - found.begin) > found.limit:
        raise _StoppedWork


def check_cost(what: str, *, seconds: float = 0.0, memory: float = 0.0, remedy: str, longest: float = LONGEST) -> None:
    """Refuse work that takes more than `longest` seconds, or more bytes than there are.

    Parameters
    ----------
    what : the work, as the subject of the refusal.
    seconds, memory : estimates of its time in seconds of one core, and of its memory in bytes; integers of any size;
        nan and inf are refused.
    remedy : what to change.
    longest : seconds that are allowed.

    Raises
    ------
    TooCostlyError : with the estimate, the limit and the remedy.
    """
    seconds, memory = _as_float(seconds), _as_float(memory)
    if not seconds <= longest:
        raise TooCostlyError(
            f"{what} would take about {readable(seconds)}; at most {readable(longest)} is tried; {remedy}"
        )
    _foresee(what, seconds, memory)
    limit = memory_limit()
    if not memory <= limit:
        raise TooCostlyError(
            f"{what} would take about {memory / 1e9:.3g} GB of memory; there are {limit / 1e9:.3g} GB; {remedy}"
        )


def _as_float(amount: float) -> float:
    try:
        return float(amount)
    except OverflowError:  # an integer beyond all floats
        return math.inf


def readable(seconds: float) -> str:
    """Return a time in the largest of its units."""
    for unit, size in (("years", 3.15e7), ("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= size:
            count = f"{seconds / size:.3g}"
            return f"{count} {unit[:-1] if count == '1' else unit}"
    return f"{seconds:.3g} seconds"
