"""Realizations of problems without time, at several sizes, finished ones kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, as_completed
from typing import Any

from dmft.blas import one_blas_thread
from dmft.cost import check_cost
from dmft.sweeps.log import Log
from validation.ensemble import RealizationSeed, checked_count, realization_seed, root_seed
from validation.packing import packed
from validation.realization import finished_realizations, stacked
from validation.simulation import Simulation, SizeResult
from validation.static_plan import StaticPlan

_BYTES_A_REALIZATION = 1000.0


def simulated(
    plan: StaticPlan,
    sizes: tuple[int, ...],
    *,
    n_realizations: int,
    seed: Any,
    executor: Executor | None,
    checkpoint: str | os.PathLike[str] | None,
    progress: bool,
    remedy: str,
) -> Simulation:
    """Return the realizations of a plan at checked sizes.

    Raises
    ------
    ValueError, TypeError : for a number of realizations, a seed or an executor that is none.
    TooCostlyError : a ValueError, for what does not fit in memory or would take weeks, with the remedy.
    SimulationError : if a solver fails.
    CheckpointError, OSError : as for networks.
    """
    from tqdm import tqdm

    count = checked_count("n_realizations", n_realizations)
    root = root_seed(seed)
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise TypeError(f"executor must have the method submit of concurrent.futures, got {executor!r}")
    workers = int(getattr(executor, "_max_workers", 1) or 1) if executor is not None else 1
    for size in sizes:
        plan.check_size(size, workers)
    runs = float(min(count, 10**30))
    check_cost(
        f"{runs:.6g} realizations of N = {', '.join(map(str, sizes))}",
        seconds=runs * sum(plan.seconds(size) for size in sizes) / workers,
        memory=_BYTES_A_REALIZATION * runs * len(sizes),
        remedy=remedy,
    )
    jobs = [(size, realization_seed(root, size, i)) for size in reversed(sizes) for i in range(count)]
    log = Log(checkpoint, "simulation", None if checkpoint is None else plan.to_mapping())
    with log, one_blas_thread():
        found: dict[RealizationSeed, dict[str, Any]] = finished_realizations(log, plan, [own for _, own in jobs])
        left = [(size, own) for size, own in jobs if own not in found]
        settings = {"total": len(left), "unit": "run", "desc": "simulate", "leave": None}
        for own, result in tqdm(_run(plan, left, executor), **settings, disable=not progress):
            found[own] = result
            log.add(own.key, packed({}, result))
    results = []
    for size in sizes:
        seeds = tuple(realization_seed(root, size, i) for i in range(count))
        results.append(SizeResult(size, seeds, stacked([found[s] for s in seeds])))
    return Simulation(plan, tuple(results))


def realized(plan: StaticPlan, size: int, seed: RealizationSeed) -> dict[str, float]:
    """Return name -> number of one realization; every measure sees the same problem, that of the seed."""
    found: dict[str, float] = {}
    with one_blas_thread():
        for measure in plan.measures:
            found |= measure.of(plan, size, seed.generators(1)[0])
    return found


def _run(
    plan: StaticPlan, jobs: list[tuple[int, RealizationSeed]], executor: Executor | None
) -> Iterator[tuple[RealizationSeed, dict[str, float]]]:
    if executor is None:
        for size, seed in jobs:
            yield seed, realized(plan, size, seed)
        return
    futures = {executor.submit(realized, plan, size, seed): seed for size, seed in jobs}
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        for future in futures:
            future.cancel()
