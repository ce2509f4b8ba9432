"""The numbers of a solution in time, by population, that a command shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import dmft
from dmft.errors import DMFTError

_AVERAGES = ("mean_x", "variance", "static_variance", "mean_phi")


def numbers_by_population(solution: Any, exponent: bool) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield names like "variance.E at the end" with what reads them."""
    for name in _AVERAGES:
        values = getattr(solution, name, None)
        if values is None or name not in solution.variables:
            continue
        for population, of_one in zip(solution.blocks.names, np.asarray(values), strict=True):
            last = float(np.ravel(of_one)[-1])
            if np.isfinite(last):
                yield f"{name}.{population} at the end", partial(float, last)
    if not solution.convergence.converged:
        return
    if exponent:
        yield "lyapunov_exponent", partial(_known, partial(dmft.lyapunov_exponent, solution))


def _known(number: Callable[[], Any]) -> Any:
    """Return a number, None where there is no theory of it."""
    try:
        return number()
    except (ValueError, TypeError) as error:
        if isinstance(error, DMFTError):
            raise
        return None
