"""All realizations of an experiment, each once: finished ones from a log, the others here or by an executor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, as_completed
from typing import Any

from dmft.blas import one_blas_thread
from dmft.progress import progress_bar
from dmft.sweeps.log import Log
from validation.ensemble import RealizationSeed, realization_seed
from validation.packing import packed
from validation.realization import finished_realizations, stacked
from validation.simulation import Simulation, SizeResult

# plan, size, seed -> name -> number or array; a function of a module, so that it reaches other processes.
Run = Callable[[Any, int, RealizationSeed], dict[str, Any]]


def checked_executor(executor: Any) -> int:
    """Return the number of workers, or refuse what cannot run realizations."""
    if executor is None:
        return 1
    if not callable(getattr(executor, "submit", None)):
        raise TypeError(f"executor must have the method submit of concurrent.futures, got {executor!r}")
    return int(getattr(executor, "_max_workers", 1) or 1)


def all_runs(
    plan: Any,
    run: Run,
    sizes: tuple[int, ...],
    count: int,
    root: RealizationSeed,
    *,
    executor: Executor | None,
    checkpoint: str | os.PathLike[str] | None,
    progress: bool,
    doing: str = "simulate",
) -> Simulation:
    """Return the simulation of `count` realizations of each size.

    Parameters
    ----------
    plan : the experiment.
    run : makes one realization of it.
    sizes, count, root : which ones.
    executor, checkpoint, progress : of `simulate`.
    doing : word beside the bar.

    Raises
    ------
    CheckpointError, OSError, SimulationError : of the log, and of what `run` raises.
    """
    # The largest first, so that none of them is left for the end.
    jobs = [(size, realization_seed(root, size, i)) for size in reversed(sizes) for i in range(count)]
    log = Log(checkpoint, "simulation", None if checkpoint is None else plan.to_mapping())
    # One thread for BLAS here too, for all of the run: in a pool of threads the limit of one realization would end
    # with it, in the middle of another, whose products would then be rounded differently.
    with log, one_blas_thread():
        found: dict[RealizationSeed, dict[str, Any]] = finished_realizations(log, plan, [own for _, own in jobs])
        left = [(size, own) for size, own in jobs if own not in found]
        # leave=None: inside another bar it goes away when it is done.
        settings = {"total": len(left), "unit": "run", "desc": doing, "leave": None}
        for own, result in progress_bar(_performed(plan, run, left, executor), **settings, shown=progress):
            found[own] = result
            log.add(own.key, packed({}, result))
    results = []
    for size in sizes:
        seeds = tuple(realization_seed(root, size, i) for i in range(count))
        results.append(SizeResult(size, seeds, stacked([found[s] for s in seeds])))
    return Simulation(plan, tuple(results))


def _performed(
    plan: Any, run: Run, jobs: list[tuple[int, RealizationSeed]], executor: Executor | None
) -> Iterator[tuple[RealizationSeed, dict[str, Any]]]:
    if executor is None:
        for size, seed in jobs:
            yield seed, run(plan, size, seed)
        return
    futures = {executor.submit(run, plan, size, seed): seed for size, seed in jobs}
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        # An interruption or a failed realization must not leave the rest of the queue running.
        for future in futures:
            future.cancel()
