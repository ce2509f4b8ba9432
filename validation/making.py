"""Making the sections of a report: one after the other, or several at once in processes of their own."""

from __future__ import annotations

import hashlib
import inspect
import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from heapq import heapreplace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

import dmft
from dmft.blas import one_blas_thread
from dmft.sweeps.workers import prepare_worker
from validation.cases import Budget, Content, Section
from validation.page import Entry, Table
from validation.typical import MINUTES

# Minutes of CPU where none were measured, to put the long sections first.
_USUAL = 1.5


def made(chosen: list[Section], figures: Path, budget: Budget, workers: int) -> Iterator[Entry]:
    """Make sections, and yield the entry of each as it is finished.

    Theories are solved in the process of their section: a report by processes that have sections of their own keeps
    all cores busy, where one that only shares out networks waits for the theories.
    """
    at_once = min(workers, len(chosen))
    if at_once <= 1:
        for section in chosen:
            yield _made(section, figures, budget, workers)
        return
    which = 0 if budget.quick else 1
    first = in_order(chosen, [MINUTES[section.key][which] or _USUAL for section in chosen], at_once)
    quiet = replace(budget, progress=False)
    with _pool(at_once) as pool:
        pending = [pool.submit(_made, section, figures, quiet, workers // at_once) for section in first]
        for done in as_completed(pending):
            yield done.result()


def in_order(chosen: list[Section], minutes: list[float], workers: int) -> list[Section]:
    """Return the order in which all workers finish about at once: the longest first, then swaps that gain time."""
    order = sorted(range(len(chosen)), key=lambda i: -minutes[i])
    best, pairs = _finished(order, minutes, workers), list(combinations(range(len(chosen)), 2))
    swapped = True
    while swapped:
        swapped = False
        for i, j in pairs:
            order[i], order[j] = order[j], order[i]
            if (now := _finished(order, minutes, workers)) < best - 1e-9:
                best, swapped = now, True
            else:
                order[i], order[j] = order[j], order[i]
    return [chosen[i] for i in order]


def _finished(order: list[int], minutes: list[float], workers: int) -> float:
    """Return when the last worker is done, if each takes the next section as soon as it is free."""
    free = [0.0] * workers
    for i in order:
        heapreplace(free, free[0] + minutes[i])
    return max(free)


def _made(section: Section, figures: Path, budget: Budget, workers: int) -> Entry:
    """Make one section; its networks are run here, or by several workers."""
    begin, spent = time.perf_counter(), sum(os.times()[:4])
    with one_blas_thread(), nullcontext() if workers == 1 else _pool(workers) as executor:
        content = section.run(replace(budget, executor=executor))
    entry = _entry(section, content, figures, budget)
    return replace(entry, seconds=time.perf_counter() - begin, cpu=sum(os.times()[:4]) - spent)


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that are gone when the work is, done or interrupted: it takes minutes, and is not waited for."""
    # A fresh interpreter for each worker: BLAS threads and a forked process do not go together.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=prepare_worker)
    try:
        yield pool
    except BaseException:
        for process in list(pool._processes.values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _entry(section: Section, content: Content, figures: Path, budget: Budget) -> Entry:
    pictures = []
    for picture in content.pictures:
        file = f"{picture.name}.png"
        picture.figure.savefig(figures / file, dpi=200)
        pictures.append((file, picture.caption))
    return Entry(
        key=section.key,
        title=section.title,
        text=section.text,
        tables={title: Table.of(comparison) for title, comparison in content.comparisons.items()},
        pictures=pictures,
        remarks=list(content.remarks),
        seconds=0.0,
        fingerprint=fingerprint(section, budget),
    )


def fingerprint(section: Section, budget: Budget) -> str:
    """Return a hash of what a section's result depends on: its code, the two packages' code, and the budget."""
    images = b"" if budget.mnist is None else budget.mnist.read_bytes()
    parts: list[Any] = [budget.quick, budget.seed, hashlib.sha256(images).hexdigest(), np.__version__]
    parts.append(inspect.getsource(inspect.getmodule(section.run)))  # type: ignore[arg-type]
    for package in (Path(dmft.__file__).parent, Path(__file__).parent):
        parts += [file.read_text() for file in sorted(package.rglob("*.py"))]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
