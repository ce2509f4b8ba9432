"""Realizations of problems without time, at several sizes, finished ones kept."""

from __future__ import annotations

import os
from concurrent.futures import Executor
from typing import Any, Required, TypedDict

from dmft.blas import one_blas_thread
from dmft.cost import check_cost
from validation.ensemble import RealizationSeed, checked_count, root_seed
from validation.runs import Run, all_runs, checked_executor
from validation.simulation import Simulation
from validation.static_plan import StaticPlan

_BYTES_A_REALIZATION = 1000.0


class Repeated(TypedDict, total=False):
    """Which realizations `simulate` makes, and how: the same words for every statement."""

    n_realizations: int
    seed: Required[Any]
    executor: Executor | None
    checkpoint: str | os.PathLike[str] | None
    progress: bool


def realized(plan: StaticPlan, size: int, seed: RealizationSeed) -> dict[str, float]:
    """Return name -> number of one realization; every measure sees the same problem, that of the seed."""
    found: dict[str, float] = {}
    with one_blas_thread():
        for measure in plan.measures:
            found |= measure.of(plan, size, seed.generators(1)[0])
    return found


def simulated(
    plan: Any,
    sizes: tuple[int, ...],
    *,
    remedy: str,
    run: Run = realized,
    doing: str = "simulate",
    n_realizations: int = 8,
    seed: Any,
    executor: Executor | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> Simulation:
    """Return the realizations of a plan at checked sizes.

    Parameters
    ----------
    plan : with `check_size` and `seconds`, as a `StaticPlan`.
    sizes : which ones.
    remedy : what to change where they cost too much.
    run : makes one realization of the plan.
    doing : word beside the bar.
    n_realizations, seed, executor, checkpoint, progress : of `simulate`.

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
    return all_runs(
        plan, run, sizes, count, root, executor=executor, checkpoint=checkpoint, progress=progress, doing=doing
    )
