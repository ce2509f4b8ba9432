"""All realizations of a plan, at several sizes: checked, run, kept and gathered."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dmft.blas import one_blas_thread
from dmft.cost import check_cost
from dmft.sweeps.log import Log, damaged
from validation.ensemble import RealizationSeed, checked_count, realization_seed, root_seed
from validation.packing import packed, unpacked
from validation.simulation import Simulation, SizeResult

_BYTES_A_REALIZATION = 1000.0  # seeds, and the numbers that are kept of it
Realize: TypeAlias = Callable[[Any, int, RealizationSeed], dict[str, Any]]


@dataclass(frozen=True)
class Runs:
    """How many realizations there are, of which seeds, and where they run; fields as of `validation.simulate`."""

    n_realizations: Any
    seed: Any
    executor: Executor | None
    checkpoint: str | os.PathLike[str] | None
    progress: bool

    def of(self, plan: Any, sizes: tuple[int, ...], realize: Realize, *, less: str) -> Simulation:
        """Return the results of all realizations that a plan asks for.

        Parameters
        ----------
        plan : with `check_size`, `seconds`, `extent`, `measures` and `to_mapping`.
        sizes : checked numbers of units.
        realize : (plan, size, seed) -> name -> number or array; a function of a module, that an executor can send.
        less : what else makes it cheaper, in the words of a refusal.

        Raises
        ------
        ValueError, TypeError, TooCostlyError, SimulationError, CheckpointError, OSError : as of `validation.simulate`.
        """
        from tqdm import tqdm

        executor = self.executor
        count = checked_count("n_realizations", self.n_realizations)
        root = root_seed(self.seed)
        if executor is not None and not callable(getattr(executor, "submit", None)):
            raise TypeError(f"executor must have the method submit of concurrent.futures, got {executor!r}")
        workers = int(getattr(executor, "_max_workers", 1) or 1) if executor is not None else 1
        for size in sizes:
            plan.check_size(size, workers)
        runs = float(min(count, 10**30))  # an integer can be larger than any float
        check_cost(
            f"{runs:.6g} runs of N = {', '.join(map(str, sizes))} ({plan.extent} each)",
            seconds=runs * sum(plan.seconds(size) for size in sizes) / workers,
            memory=runs * len(sizes) * _BYTES_A_REALIZATION,
            remedy=f"take fewer realizations, {less}, or smaller sizes",
        )
        # The largest networks first, so that none of them is left for the end.
        jobs = [(size, realization_seed(root, size, i)) for size in reversed(sizes) for i in range(count)]
        log = Log(self.checkpoint, "simulation", None if self.checkpoint is None else plan.to_mapping())
        # One thread for BLAS here too, for all of the run: in a pool of threads the limit of one realization would end
        # with it, in the middle of another, whose products would then be rounded differently.
        with log, one_blas_thread():
            found = _finished(log, plan, [own for _, own in jobs])
            jobs = [(size, own) for size, own in jobs if own not in found]
            # leave=None: inside another bar it goes away when it is done.
            settings = {"total": len(jobs), "unit": "run", "desc": "simulate", "leave": None}
            for own, result in tqdm(_run(plan, realize, jobs, executor), **settings, disable=not self.progress):
                found[own] = result
                log.add(own.key, packed({}, result))
        results = []
        for size in sizes:
            seeds = tuple(realization_seed(root, size, i) for i in range(count))
            results.append(SizeResult(size, seeds, _stacked([found[s] for s in seeds])))
        return Simulation(plan, tuple(results))


def _run(
    plan: Any, realize: Realize, jobs: list[tuple[int, RealizationSeed]], executor: Executor | None
) -> Iterator[tuple[RealizationSeed, dict[str, Any]]]:
    if executor is None:
        for size, seed in jobs:
            yield seed, realize(plan, size, seed)
        return
    futures = {executor.submit(realize, plan, size, seed): seed for size, seed in jobs}
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        # An interruption or a failed realization must not leave the rest of the queue running.
        for future in futures:
            future.cancel()


def _finished(log: Log, plan: Any, seeds: Iterable[RealizationSeed]) -> dict[RealizationSeed, dict[str, Any]]:
    """Return those of the realizations that the log of an experiment holds: name -> number or array.

    Raises
    ------
    CheckpointError, SimulationError : if the log is damaged, or a realization in it is not what the experiment has.
    """
    names = {name for measure in plan.measures for name in measure.variables}
    stored, found = dict(log), {}
    for seed in seeds:
        if seed.key in stored:
            _, arrays = unpacked(stored[seed.key], f"realization {seed.key} of {log.path}")
            if not names <= arrays.keys():
                raise damaged(log.path, f"realization {seed.key} holds no {', '.join(sorted(names - arrays.keys()))}")
            found[seed] = {name: array[()] for name, array in arrays.items()}
    return found


def _stacked(rows: list[dict[str, Any]]) -> dict[str, NDArray[Any]]:
    """Return name -> array with the realizations first, read-only."""
    arrays = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    for array in arrays.values():
        array.flags.writeable = False
    return arrays
