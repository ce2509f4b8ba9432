"""The axes of a map: numeric fields of a statement or keywords of its solver, and the numbers they run through."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.cost import check_cost

_SECONDS_A_VALUE = 2e-3  # what any solver takes for a point, at least


@dataclass(frozen=True, eq=False)
class Axis:
    """One axis of a map.

    Attributes
    ----------
    path : dotted name of the field.
    grid : its values, shape (n,), strictly monotonic.
    unit, meaning : of the field.
    keyword : None; of a keyword of the solver, the type in which it gets its values.
    """

    path: str
    grid: FloatArray
    unit: str
    meaning: str
    keyword: type[float] | None = None


def axes_of(
    statement: Any, over: Mapping[str, ArrayLike], *, argument: str = "over", keywords: Collection[str] = ()
) -> tuple[Axis, ...]:
    """Return the axes, refusing fields that the statement has not and grids that do not run one way.

    What is no field of the statement may be one of the solver's `keywords`.

    Raises
    ------
    TypeError, ValueError : saying which field or grid, what was given, and what is allowed.
    """
    if not isinstance(over, Mapping):
        raise TypeError(f"{argument} must map names of fields to grids, got {over!r}")
    if not over:
        raise ValueError(f"{argument} must name at least one field, got none")
    return tuple(_axis(statement, path, grid, argument, keywords) for path, grid in over.items())


def _axis(statement: Any, path: str, grid: ArrayLike, argument: str, keywords: Collection[str]) -> Axis:
    try:
        _, unit, meaning = statement.number(path)
    except ValueError:
        if path not in keywords:
            raise
        values = _checked(path, grid, argument)
        return Axis(path, values, "", f"{path} of the solver", int if np.asarray(grid).dtype.kind in "iu" else float)
    return Axis(path, _checked(path, grid, argument), unit, meaning)


def _checked(path: str, grid: ArrayLike, argument: str) -> FloatArray:
    n = np.size(grid)
    check_cost(f"a grid of {n:.3g} values of {path}", seconds=_SECONDS_A_VALUE * n, remedy="take fewer")
    try:
        values = np.array(grid, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{argument}[{path!r}] must be a grid of numbers, got {grid!r}") from None
    name = f"{argument}[{path!r}]"
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"{name} must be a one-dimensional grid with at least one value, got shape {values.shape}")
    if not np.all(np.isfinite(values)):
        raise ValueError(f"{name} must be finite, got {values[~np.isfinite(values)][0]}")
    steps = np.diff(values)
    if not (np.all(steps > 0) or np.all(steps < 0)):
        at = int(np.flatnonzero(np.sign(steps) * np.sign(steps[0]) <= 0)[0]) if steps[0] != 0 else 0
        raise ValueError(
            f"{name} must strictly increase or strictly decrease, got {values[at]:.6g} and then {values[at + 1]:.6g}"
        )
    values.flags.writeable = False
    return values
