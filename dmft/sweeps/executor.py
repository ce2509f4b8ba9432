"""Running the tasks of a sweep: here, in processes or threads, or wherever an executor with `submit` leads."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from typing import Any

from dmft.blas import one_blas_thread
from dmft.errors import DMFTError
from dmft.sweeps.arrival import check_that_it_arrives, check_that_it_travels
from dmft.sweeps.outcome import WORKER_DIED, Outcome, status_sentence
from dmft.sweeps.sweep import Sweep, walk
from dmft.sweeps.tasks import Task, tasks_of, work
from dmft.sweeps.workers import check_executor, n_workers, prepare_worker, worker_processes

Record = Callable[[Outcome], None]


def run(sweep: Sweep, finished: Mapping[int, Outcome], executor: Any, record: Record) -> None:
    """Compute the points that are not finished; `record` gets each outcome as it comes in.

    Raises
    ------
    TypeError, ValueError : as `check_executor`, or for a sweep that cannot travel to worker processes.
    DMFTError : if the processes do not start, or the executor breaks and cannot be replaced.
    """
    check_executor(executor)
    if executor is None:
        with one_blas_thread():
            _run_here(sweep, finished, record)
        return
    if isinstance(executor, int) and not isinstance(executor, bool):
        with worker_processes(min(executor, sweep.size)) as pool:
            run(sweep, finished, pool, record)
        return
    if isinstance(executor, ProcessPoolExecutor):
        check_that_it_travels(sweep)
    check_that_it_arrives(sweep, executor)
    with one_blas_thread():
        _Crew(sweep, executor, record).work_off(tasks_of(sweep, finished, block=_block(sweep, executor)))


def _run_here(sweep: Sweep, finished: Mapping[int, Outcome], record: Record) -> None:
    for task in tasks_of(sweep, finished, block=1):
        for outcome, _ in walk(sweep, task.points, known=task.known):
            if outcome is not None:
                record(outcome)


class _Crew:
    """Keeps an executor busy, and deals with workers that die."""

    def __init__(self, sweep: Sweep, executor: Any, record: Record) -> None:
        self.sweep = sweep
        self.executor = executor
        self.record = record
        self.replacement: ProcessPoolExecutor | None = None
        self.n_workers = n_workers(executor)
        self.running: dict[Future[Any], tuple[Task, Any]] = {}
        self.queue: deque[Task] = deque()
        self.suspects: deque[Task] = deque()

    def work_off(self, tasks: list[Task]) -> None:
        """Run the tasks; after a death, the tasks that were under way go on alone, one point at a time."""
        self.queue.extend(tasks)
        try:
            while self.queue or self.running or self.suspects:
                if self.suspects and not self.running:
                    # Alone, so that a second death is certain to be its own.
                    self._submit(self.suspects.popleft(), seconds=0.0)
                    self._collect(next(iter(self.running)), alone=True)
                    continue
                while self.queue and not self.suspects and len(self.running) < 2 * self.n_workers:
                    self._submit(self.queue.popleft())
                for future in wait(self.running, return_when=FIRST_COMPLETED).done:
                    self._collect(future)
        except KeyboardInterrupt:
            self._keep_what_is_under_way()
            raise
        except BaseException:
            for future in self.running:
                future.cancel()
            raise
        finally:
            if self.replacement is not None:
                self.replacement.shutdown(wait=False, cancel_futures=True)

    def _keep_what_is_under_way(self) -> None:
        """Let the tasks that have begun come to their end, which takes about a second: their points are paid for."""
        begun = [future for future in self.running if not future.cancel()]
        for future in begun:
            try:
                outcomes, _ = future.result()
            except BaseException:  # the worker was interrupted too, or has died: its points are computed again
                continue
            for outcome in outcomes:
                self.record(outcome)

    def _submit(self, task: Task, **settings: float) -> None:
        try:
            future = self.executor.submit(work, self.sweep, task, os.getpid(), **settings)
        except BrokenExecutor:
            self._replace_executor()
            future = self.executor.submit(work, self.sweep, task, os.getpid(), **settings)
        self.running[future] = (task, self.executor)

    def _collect(self, future: Future[Any], alone: bool = False) -> None:
        try:
            outcomes, rest = future.result()
        except Exception as error:
            # `work` raises nothing of its own: what comes here is the worker's death, or the way to it.
            task, executor = self.running.pop(future)
            if isinstance(error, BrokenExecutor) and executor is self.executor:
                self._replace_executor()
            if alone:
                self._give_up_first(task, error)
            else:
                self.suspects.append(task)
            return
        del self.running[future]
        for outcome in outcomes:
            self.record(outcome)
        if rest is not None:
            (self.suspects if alone else self.queue).appendleft(rest)

    def _give_up_first(self, task: Task, error: Exception) -> None:
        """Record the point that a worker died on twice; what was under suspicion beside it is cleared."""
        if task.known == 0:
            nothing = (math.nan,) * len(self.sweep.observed)
            message = f"{status_sentence(WORKER_DIED)} ({type(error).__name__})"
            self.record(Outcome(task.points[0], WORKER_DIED, math.nan, nothing, nothing, message))
        if len(task.points) > 1:
            self.queue.appendleft(Task(task.points[1:], max(task.known - 1, 0), task.start))
        self.queue.extendleft(self.suspects)
        self.suspects.clear()

    def _replace_executor(self) -> None:
        """Put a pool of our own in the place of a broken process pool, which takes no more work."""
        if not isinstance(self.executor, ProcessPoolExecutor):
            raise DMFTError(
                f"the executor {type(self.executor).__name__} broke and takes no more work; "
                "run again with a new one (with checkpoint= nothing that was finished is lost)"
            )
        if self.replacement is not None:
            self.replacement.shutdown(wait=False, cancel_futures=True)
        context = getattr(self.executor, "_mp_context", None)
        self.replacement = ProcessPoolExecutor(self.n_workers, mp_context=context, initializer=prepare_worker)
        self.executor = self.replacement


def _block(sweep: Sweep, executor: Any) -> int:
    return max(1, min(64, sweep.size // (8 * n_workers(executor))))
