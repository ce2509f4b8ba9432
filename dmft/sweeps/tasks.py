"""Pieces of a sweep that travel to a worker and come back after about a second, finished or not."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dmft.blas import one_blas_thread_for_good
from dmft.sweeps.outcome import WORKER_DIED, Outcome
from dmft.sweeps.sweep import Sweep, walk

# Long enough to make the way to a worker cheap, short enough for a live progress bar and little lost on a crash.
_SECONDS = 1.0


@dataclass(frozen=True)
class Task:
    """Some points to be walked in order.

    Attributes
    ----------
    points : indices of the points.
    known : how many of the first points are finished already, and solved again only to start the others from.
    start : the pickled solution to start from; it never leaves the memory of the run's own processes.
    """

    points: tuple[int, ...]
    known: int = 0
    start: bytes | None = None


def tasks_of(sweep: Sweep, finished: Mapping[int, Outcome], *, block: int) -> list[Task]:
    """Return what is left to do: blocks of single points, or chains.

    A chain that was interrupted is walked again from its beginning, since only then does it pass through the same
    solutions; the observables of its finished points are not computed again. Points that killed their worker are
    stepped over, as they were then.
    """
    if sweep.continuation is None:
        left = [i for i in range(sweep.size) if i not in finished]
        return [Task(tuple(left[i : i + block])) for i in range(0, len(left), block)]
    tasks = []
    for chain in sweep.chains():
        alive = tuple(i for i in chain if i not in finished or finished[i].status != WORKER_DIED)
        known = next((n for n, i in enumerate(alive) if i not in finished), None)
        if known is not None:
            tasks.append(Task(alive, known))
    return tasks


def work(sweep: Sweep, task: Task, driver: int, seconds: float = _SECONDS) -> tuple[list[Outcome], Task | None]:
    """Walk a task until the time is up; return the outcomes and what is left of the task.

    Runs in the worker. `driver` is the process that runs the sweep: in any other one, BLAS gets one thread for good.
    """
    if os.getpid() != driver:
        one_blas_thread_for_good()
    begin = time.monotonic()
    outcomes: list[Outcome] = []
    start = None if task.start is None else pickle.loads(task.start)
    for n, (outcome, last) in enumerate(walk(sweep, task.points, start=start, known=task.known), start=1):
        if outcome is not None:
            outcomes.append(outcome)
        if time.monotonic() - begin >= seconds and n < len(task.points):
            rest = _rest(task, n, last)
            if rest is not None:
                return outcomes, rest
    return outcomes, None


def _rest(task: Task, done: int, last: Any) -> Task | None:
    """Return the task that remains; None if the solution to go on from cannot travel."""
    try:
        start = None if last is None else pickle.dumps(last)
    except Exception:
        return None
    return replace(task, points=task.points[done:], known=max(task.known - done, 0), start=start)
