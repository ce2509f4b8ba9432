"""Whether a sweep gets to its workers, asked before the first point: what goes wrong there would fail every point."""

from __future__ import annotations

import dataclasses
import os
import pickle
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from typing import Any

from dmft.errors import DMFTError
from dmft.sweeps.sweep import Sweep


def check_that_it_travels(sweep: Sweep) -> None:
    """Refuse a part of the sweep that cannot be pickled.

    Raises
    ------
    TypeError : naming the part.
    """
    for name, part in _parts(sweep):
        try:
            pickle.dumps(part)
        except Exception as error:
            raise TypeError(
                f"{name} cannot be sent to worker processes ({error}); define it at the top level of a module, "
                "or use threads or dask"
            ) from None


def check_that_it_arrives(sweep: Sweep, executor: Any) -> None:
    """Send the sweep to a worker and back; a process that does not start, or does not know a class, shows here.

    Raises
    ------
    DMFTError : if no worker process starts.
    TypeError : if the sweep cannot be unpacked in a worker, naming what of it is of `__main__`.
    """
    if isinstance(executor, ProcessPoolExecutor):
        try:
            executor.submit(os.getpid).result()
        except BrokenExecutor as error:
            raise DMFTError(
                f"the worker processes do not start ({error}). A script that uses them is imported again in each of "
                'them, and must keep its own work under `if __name__ == "__main__":`; or run without (executor=None)'
            ) from error
    try:
        executor.submit(bool, sweep).result()
    except Exception as error:
        if isinstance(error, BrokenExecutor) and not isinstance(executor, ProcessPoolExecutor):
            return  # broken for good: said when the first point is sent
        homes = {name: getattr(part, "__module__", "") or type(part).__module__ for name, part in _parts(sweep)}
        own = [name for name, home in homes.items() if home == "__main__"]
        named = f"{', '.join(own)} is defined in `__main__`, which they do not see; " if own else ""
        raise TypeError(
            f"the sweep does not arrive in the worker processes ({type(error).__name__}: {error}): {named}define what "
            "it holds in a module that they can import, or run without them (executor=None)"
        ) from error


def _parts(sweep: Sweep) -> list[tuple[str, Any]]:
    observed = [(f"observe[{observable.name!r}]", observable.function) for observable in sweep.observed]
    return [("network", sweep.statement), ("solve", sweep.solve), *observed, *_inside(sweep.statement)]


def _inside(part: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(part) if dataclasses.is_dataclass(part) else ():
        inner = getattr(part, field.name)
        yield path + field.name, inner
        yield from _inside(inner, f"{path}{field.name}.")
