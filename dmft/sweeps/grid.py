"""The axes of a map: paths to numeric fields of a network, and the numbers they run through."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.cost import check_cost

FloatArray = NDArray[np.float64]

_SECONDS_A_VALUE = 2e-3  # what any solver takes for a point, at least


@dataclass(frozen=True, eq=False)
class Axis:
    """One axis of a map.

    Attributes
    ----------
    path : dotted name of the field.
    grid : its values, shape (n,), strictly monotonic.
    unit, meaning : of the field.
    """

    path: str
    grid: FloatArray
    unit: str
    meaning: str


def axes_of(network: Any, over: Mapping[str, ArrayLike], *, argument: str = "over") -> tuple[Axis, ...]:
    """Return the axes, refusing fields that the network has not and grids that do not run one way.

    Raises
    ------
    TypeError, ValueError : saying which field or grid, what was given, and what is allowed.
    """
    if not isinstance(over, Mapping):
        raise TypeError(f"{argument} must map names of fields to grids, got {over!r}")
    if not over:
        raise ValueError(f"{argument} must name at least one field, got none")
    return tuple(_axis(network, path, grid, argument) for path, grid in over.items())


def field_of(network: Any, path: str) -> dataclasses.Field[Any]:
    """Return the dataclass field that a dotted path leads to, refusing a path that leads to no number.

    Raises
    ------
    TypeError, ValueError : for an unknown field, a path through None, or a field that is not a number.
    """
    if not isinstance(path, str):
        raise TypeError(f"a field is named by a dotted path, got {path!r}")
    value = network
    for word in path.split("."):
        fields = {f.name: f for f in dataclasses.fields(value)} if dataclasses.is_dataclass(value) else {}
        if word not in fields:
            network.replace(**{path: 0.0})  # knows best what to say
            raise ValueError(f"{type(network).__name__} has no field {path!r}")
        field, value = fields[word], getattr(value, word)
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{path} is {value!r}, which is not a number and cannot run along a grid")
    return field


def _axis(network: Any, path: str, grid: ArrayLike, argument: str) -> Axis:
    metadata = field_of(network, path).metadata
    return Axis(path, _checked(path, grid, argument), metadata.get("unit", ""), metadata.get("meaning", ""))


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
