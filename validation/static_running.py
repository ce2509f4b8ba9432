"""Realizations of problems without time, at several sizes, finished ones kept."""

from __future__ import annotations

import os
from concurrent.futures import Executor
from typing import Any

from dmft.blas import one_blas_thread
from dmft.cost import check_cost
from validation.ensemble import RealizationSeed, checked_count, root_seed
from validation.runs import all_runs, checked_executor
from validation.simulation import Simulation
from validation.static_plan import StaticPlan

_BYTES_A_REALIZATION = 1000.0


def simulated(
    plan: StaticPlan,
    sizes: tuple[int, ...],
    *,
    remedy: str,
    seed: Any,
    n_realizations: int = 8,
    executor: Executor | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> Simulation:
    """Return the realizations of a plan at checked sizes.

    Raises
    ------
    ValueError, TypeError : for a number of realizations, a seed or an executor that is none.
    TooCostlyError : a ValueError, for what does not fit in memory or would take weeks, with the remedy.
    SimulationError : if a solver fails.
    CheckpointError, OSError : as for networks.
    """
    count = checked_count("n_realizations", n_realizations)
    root = root_seed(seed)
    workers = checked_executor(executor)
    for size in sizes:
        plan.check_size(size, workers)
    runs = float(min(count, 10**30))
    check_cost(
        f"{runs:.6g} realizations of N = {', '.join(map(str, sizes))}",
        seconds=runs * sum(plan.seconds(size) for size in sizes) / workers,
        memory=_BYTES_A_REALIZATION * runs * len(sizes),
        remedy=remedy,
    )
    return all_runs(plan, realized, sizes, count, root, executor=executor, checkpoint=checkpoint, progress=progress)


def realized(plan: StaticPlan, size: int, seed: RealizationSeed) -> dict[str, float]:
    """Return name -> number of one realization; every measure sees the same problem, that of the seed."""
    found: dict[str, float] = {}
    with one_blas_thread():
        for measure in plan.measures:
            found |= measure.of(plan, size, seed.generators(1)[0])
    return found
