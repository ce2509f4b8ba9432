"""Executors, and processes that end with the one that started them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from dmft.cost import check_cost

_BYTES_A_WORKER = 1.2e8  # an interpreter with numpy and scipy


def check_executor(executor: Any) -> None:
    """Refuse what cannot run a sweep; asked before anything is begun.

    Raises
    ------
    TypeError, ValueError, TooCostlyError : for an executor without `submit`, no process at all, or too many.
    """
    if isinstance(executor, int) and not isinstance(executor, bool):
        if executor < 1:
            raise ValueError(f"executor must be a number of processes >= 1, or an executor; got {executor}")
        number = float(min(executor, 10**30))  # an integer can be larger than any float
        check_cost(
            f"a pool of {number:.6g} worker processes",
            memory=_BYTES_A_WORKER * number,
            remedy="one for each core is enough",
        )
    elif executor is not None and not callable(getattr(executor, "submit", None)):
        raise TypeError(
            f"executor must be None, a number of processes, or anything with `submit` (concurrent.futures, "
            f"dask's Client.get_executor(), an MPI pool); got {executor!r}"
        )


@contextmanager
def worker_processes(number: int) -> Iterator[ProcessPoolExecutor]:
    """Processes for a sweep: started afresh (no state is inherited), gone when the parent is.

    As with all of multiprocessing, a script that uses them keeps its own work under ``if __name__ == "__main__":``.
    """
    import multiprocessing

    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    pool = ProcessPoolExecutor(number, mp_context=context, initializer=prepare_worker)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def prepare_worker() -> None:
    """Leave Ctrl-C to the parent, and end when the parent is gone: workers of a killed run would wait for ever."""
    import multiprocessing
    import signal
    import threading
    from multiprocessing.connection import wait as wait_for

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait_for([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def n_workers(executor: Any) -> int:
    """Return how many tasks an executor runs at once, as far as it says so."""
    number = getattr(executor, "_max_workers", None)
    if isinstance(number, int) and number > 0:
        return number
    client = getattr(executor, "_client", None)  # dask
    if client is not None and hasattr(client, "ncores"):
        return max(1, int(sum(client.ncores().values())))
    return os.cpu_count() or 1
