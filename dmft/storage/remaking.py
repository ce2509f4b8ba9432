"""A solution from plain data again (`dmft.storage.state`), which nobody vouches for."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev

from dmft.models.serialization import network_from_mapping
from dmft.numerics.convergence import Status
from dmft.numerics.gaussian import averages
from dmft.numerics.spectral_elements import HalfLine
from dmft.numerics.value import Value
from dmft.storage.held import class_of
from dmft.storage.state import PARTS, NotStored, State
from dmft.theories.reduction import reduced_or_none

_LARGEST_DEGREE = 64
_LARGEST_TABLE = 100_000


def solution_of(state: State, dataset: Any) -> Any:
    """Return the solution that was written.

    Raises
    ------
    ValueError : for what `state_of` has not written, or not this version of it.
    """
    try:
        return _Reader(state.arrays, dataset).read(state.tree)
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


class _Reader:
    def __init__(self, arrays: Mapping[str, Any], dataset: Any) -> None:
        self._arrays, self._dataset = arrays, dataset
        self._objects: list[Any] = []
        self._network: Any = None

    def read(self, tree: Any) -> Any:
        if not isinstance(tree, dict):
            if tree is None or isinstance(tree, str | int | float):
                return tree
            raise ValueError(f"a solution is not made of {type(tree).__name__}")
        if "type" in tree:
            return self._kept(self._dataclass(tree))
        if "made" in tree:
            return self._kept(self._constructed(tree))
        ((kind, content),) = tree.items()
        if kind in ("averages", "half line", "chebyshev"):
            return self._kept(self._remade(kind, content))
        read: dict[str, Callable[[Any], Any]] = {
            "value": lambda parts: Value(*(self.read(part) for part in parts)),
            "status": lambda name: Status[name],
            "tuple": lambda items: tuple(self.read(item) for item in items),
            "list": lambda items: [self.read(item) for item in items],
            "mapping": lambda items: {key: self.read(item) for key, item in items.items()},
            "network": self._read_network,
            "same as": lambda number: self._objects[number],
            "variable": self._variable,
            "left out": NotStored,
            "of the network": lambda name: getattr(self._network, name if name in PARTS else ""),
            "empty": lambda shape: np.zeros(_no_size(shape[0]), dtype=np.dtype(str(shape[1]))),
            "array": lambda name: np.array(self._arrays[name]),
            "flags": lambda name: np.array(self._arrays[name]) != 0,
            "complex": lambda name: np.asarray(self._arrays[name][..., 0] + 1j * self._arrays[name][..., 1]),
        }
        if kind not in read:
            raise ValueError(f"a solution has no part {kind!r}")
        return read[kind](content)

    def _kept(self, value: Any) -> Any:
        self._objects.append(value)
        return value

    def _read_network(self, mapping: Any) -> Any:
        statement = network_from_mapping(mapping)
        self._network = reduced_or_none(statement) if callable(getattr(statement, "compose", None)) else None
        return statement

    def _variable(self, name: str) -> Any:
        values = np.asarray(self._dataset[name].values)
        return values.item() if values.ndim == 0 else values

    def _remade(self, kind: str, content: Any) -> Any:
        if kind == "averages":
            return averages(self._network.nonlinearity, _positive(content))
        parts = [self.read(part) for part in content]
        if kind == "chebyshev":
            series: Any = Chebyshev  # its constructor has no types
            return series(parts[0], domain=parts[1], window=parts[2])
        edges, degree = parts
        if not isinstance(degree, int) or not 1 <= degree <= _LARGEST_DEGREE:
            raise ValueError(f"the degree of a mesh must be 1 to {_LARGEST_DEGREE}, got {degree}")
        if np.ndim(edges) != 1 or len(edges) < 2 or not np.all(np.diff(edges) > 0):
            raise ValueError("the edges of a mesh must increase")
        return HalfLine(edges, degree)

    def _constructed(self, tree: dict[str, Any]) -> Any:
        kind = class_of(tree["made"])
        if dataclasses.is_dataclass(kind):
            raise ValueError(f"{tree['made']!r} goes by its fields")
        _check_sizes(tree["of"])
        return kind(**{name: self.read(argument) for name, argument in tree["of"].items()})

    def _dataclass(self, tree: dict[str, Any]) -> Any:
        kind = class_of(tree["type"])
        if not dataclasses.is_dataclass(kind):
            raise ValueError(f"{tree['type']!r} is no class that a file can hold")
        known = {item.name: item for item in dataclasses.fields(kind) if item.init}
        given = tree["fields"]
        # The network first: what is made anew from it may stand anywhere.
        order = sorted((name for name in given if name in known), key=lambda name: name != "network")
        if order != [name for name in given if name in known]:
            raise ValueError(f"the network of a {kind.__name__} does not stand first")
        return kind(**{name: self.read(given[name]) for name in order})


def _check_sizes(tree: Any) -> None:
    """Refuse integers for which a constructor would make tables without end."""
    if isinstance(tree, int) and abs(tree) > _LARGEST_TABLE:
        raise ValueError(f"sizes of a table must be at most {_LARGEST_TABLE}, got {tree}")
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        _check_sizes(part)


def _positive(number: Any) -> float:
    if not isinstance(number, float | int) or not (math.isfinite(number) and number > 0):
        raise ValueError(f"a variance must be finite and positive, got {number!r}")
    return float(number)


def _no_size(shape: Any) -> tuple[int, ...]:
    sizes = tuple(int(n) for n in shape)
    if 0 not in sizes:
        raise ValueError(f"an empty array cannot be of shape {sizes}")
    return sizes
