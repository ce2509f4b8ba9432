"""A solution as plain data, exact to the last bit, and back: JSON types and arrays, nothing pickled or evaluated.

Dataclasses of this package go by their name and their fields, whatever fields they have; other classes by the arguments
of their constructor, where they keep them (under the same name, or with an underscore before it). Averages over phi are
not written but made anew from the network. What can be neither written nor made anew (a march that could go on) is left
out, and says so when it is asked for.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev

import dmft
from dmft.errors import DMFTError
from dmft.models.serialization import network_from_mapping, network_to_mapping
from dmft.models.statement import Statement
from dmft.numerics.convergence import Status
from dmft.numerics.gaussian import Averages, averages
from dmft.numerics.spectral_elements import HalfLine
from dmft.observables.value import Value

# Where the classes are that a file may name.
_ROOMS = ("dmft.numerics.", "dmft.theories.", "dmft.observables.", "dmft.phases.")
_PARTS = ("nonlinearity", "drive")
_LARGEST_DEGREE = 64
_LARGEST_TABLE = 100_000


@dataclass(frozen=True)
class State:
    """What a file holds of a solution beside its dataset.

    Attributes
    ----------
    tree : JSON types; arrays by name.
    arrays : name -> array of integers or floats.
    """

    tree: Any
    arrays: Mapping[str, Any] = field(default_factory=dict)


class NotStored:
    """Stands for a part of a solution that a file does not hold; whatever is asked of it is refused."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __repr__(self) -> str:
        return f"<{self._what}: not in the file>"

    def _refuse(self) -> Any:
        raise DMFTError(f"a file does not hold the {self._what} of a solution; solve the network again for it")

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Refuse."""
        self._refuse()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        self._refuse()


class _NotPlainError(TypeError):
    """Has no form as plain data."""


def state_of(solution: Any) -> State | None:
    """Return what `solution_of` makes the solution from again; None if its network holds a user's own code."""
    writer = _Writer(stored={*solution.variables, *solution.coordinates})
    try:
        return State(writer.written(solution, top=True), writer.arrays)
    except _NotPlainError:
        return None


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


class _Writer:
    def __init__(self, stored: set[str]) -> None:
        self.arrays: dict[str, Any] = {}
        self._stored = stored
        self._network: Any = None
        self._seen: dict[int, tuple[int, Any]] = {}  # the object too: its identity is taken as long as it lives

    def written(self, value: Any, *, top: bool = False) -> Any:
        if isinstance(value, Value):
            parts = (float(value), value.standard_error, value.method, value.history, value.numerical_error)
            return {"value": [self.written(part) for part in parts]}
        if isinstance(value, bool | np.bool_):
            return bool(value)
        if isinstance(value, Status):
            return {"status": value.name}
        if value is None or isinstance(value, str):
            return None if value is None else str(value)
        if isinstance(value, int | np.integer):
            return int(value)
        if isinstance(value, float | np.floating):
            return float(value)
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, list | tuple):
            return {"tuple" if isinstance(value, tuple) else "list": [self.written(item) for item in value]}
        if isinstance(value, Mapping):
            return {"mapping": {str(key): self._setting(item) for key, item in value.items()}}
        if isinstance(value, Statement):
            self._network = value
            try:
                return {"network": network_to_mapping(value)}
            except TypeError as error:
                raise _NotPlainError(str(error)) from None
        return self._object(value, top)

    def _object(self, value: Any, top: bool) -> Any:
        if id(value) in self._seen:
            return {"same as": self._seen[id(value)][0]}
        if isinstance(value, Averages):
            made: dict[str, Any] = {"averages": self.written(float(value.variance))}
        elif isinstance(value, HalfLine):
            made = {"half line": [self.written(np.asarray(value.edges)), int(value.degree)]}
        elif isinstance(value, Chebyshev):
            made = {"chebyshev": [self.written(np.asarray(part)) for part in (value.coef, value.domain, value.window)]}
        elif self._part(value) is not None:
            return {"of the network": self._part(value)}
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            made = self._dataclass(value, top)
        else:
            made = self._constructed(value)
        self._seen[id(value)] = (len(self._seen), value)
        return made

    def _dataclass(self, value: Any, top: bool) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for item in dataclasses.fields(value):
            if not item.init:
                continue
            if top and item.name in self._stored:
                fields[item.name] = {"variable": item.name}
                continue
            try:
                fields[item.name] = self.written(getattr(value, item.name))
            except _NotPlainError:
                if item.name == "network" or not top:
                    raise
                fields[item.name] = {"left out": item.name}
        return {"type": _address(type(value)), "fields": fields}

    def _part(self, value: Any) -> str | None:
        """Return "nonlinearity" or "drive", if the value is that of the network."""
        for name in _PARTS:
            its = getattr(self._network, name, None)
            if its is not None and (value is its or (type(value) is type(its) and value == its)):
                return name
        return None

    def _constructed(self, value: Any) -> dict[str, Any]:
        kind = type(value)
        address = _address(kind)
        arguments = {}
        for name, parameter in list(inspect.signature(kind.__init__).parameters.items())[1:]:
            state = getattr(value, "__dict__", {})
            kept = next((own for own in (name, f"_{name}") if own in state), None)
            if kept is None or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise _NotPlainError(f"a {kind.__name__} does not keep its {name}")
            arguments[name] = self.written(state[kept])
        return {"made": address, "of": arguments}

    def _setting(self, value: Any) -> Any:
        try:
            return self.written(value)
        except _NotPlainError:
            return repr(value)

    def _array(self, value: Any) -> Any:
        if value.dtype.kind not in "biufc":
            raise _NotPlainError(f"an array of {value.dtype} cannot be written")
        if value.size == 0:
            return {"empty": [list(value.shape), value.dtype.str]}
        name = f"array_{len(self.arrays)}"
        if value.dtype.kind == "c":  # the classic types of netCDF have no complex numbers
            self.arrays[name] = np.stack([value.real, value.imag], axis=-1)
            return {"complex": name}
        if value.dtype.kind == "b":
            self.arrays[name] = value.astype(np.int8)
            return {"flags": name}
        self.arrays[name] = value
        return {"array": name}


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
        read = {
            "value": lambda parts: Value(*(self.read(part) for part in parts)),
            "status": lambda name: Status[name],
            "tuple": lambda items: tuple(self.read(item) for item in items),
            "list": lambda items: [self.read(item) for item in items],
            "mapping": lambda items: {key: self.read(item) for key, item in items.items()},
            "network": self._read_network,
            "same as": lambda number: self._objects[number],
            "variable": self._variable,
            "left out": NotStored,
            "of the network": lambda name: getattr(self._network, name if name in _PARTS else ""),
            "empty": lambda shape: np.zeros(_no_size(shape[0]), dtype=np.dtype(str(shape[1]))),
            "array": lambda name: np.array(self._arrays[name]),
            "flags": lambda name: np.array(self._arrays[name]) != 0,
            "complex": lambda name: self._arrays[name][..., 0] + 1j * self._arrays[name][..., 1],
        }
        if kind not in read:
            raise ValueError(f"a solution has no part {kind!r}")
        return read[kind](content)

    def _kept(self, value: Any) -> Any:
        self._objects.append(value)
        return value

    def _read_network(self, mapping: Any) -> Any:
        self._network = network_from_mapping(mapping)
        return self._network

    def _variable(self, name: str) -> Any:
        values = np.asarray(self._dataset[name].values)
        return values.item() if values.ndim == 0 else values

    def _remade(self, kind: str, content: Any) -> Any:
        if kind == "averages":
            return averages(self._network.nonlinearity, _positive(content))
        parts = [self.read(part) for part in content]
        if kind == "chebyshev":
            return Chebyshev(parts[0], domain=parts[1], window=parts[2])
        edges, degree = parts
        if not isinstance(degree, int) or not 1 <= degree <= _LARGEST_DEGREE:
            raise ValueError(f"the degree of a mesh must be 1 to {_LARGEST_DEGREE}, got {degree}")
        if np.ndim(edges) != 1 or len(edges) < 2 or not np.all(np.diff(edges) > 0):
            raise ValueError("the edges of a mesh must increase")
        return HalfLine(edges, degree)

    def _constructed(self, tree: dict[str, Any]) -> Any:
        kind = _class(tree["made"])
        if _has_fields(kind):
            raise ValueError(f"{tree['made']!r} goes by its fields")
        _check_sizes(tree["of"])
        return kind(**{name: self.read(argument) for name, argument in tree["of"].items()})

    def _dataclass(self, tree: dict[str, Any]) -> Any:
        kind = _class(tree["type"])
        if not _has_fields(kind):
            raise ValueError(f"{tree['type']!r} is no class that a file can hold")
        known = {item.name: item for item in dataclasses.fields(kind) if item.init}
        given = tree["fields"]
        # The network first: what is made anew from it may stand anywhere.
        order = sorted((name for name in given if name in known), key=lambda name: name != "network")
        if order != [name for name in given if name in known]:
            raise ValueError(f"the network of a {kind.__name__} does not stand first")
        return kind(**{name: self.read(given[name]) for name in order})


def _address(kind: type) -> str:
    """Return the public name of a class, which outlives a move, or its module and name."""
    name = kind.__name__
    if name in dmft.__all__ and getattr(dmft, name) is kind:
        return name
    if not f"{kind.__module__}.".startswith(_ROOMS):
        raise _NotPlainError(f"{kind.__qualname__} is no class of this package")
    return f"{kind.__module__}:{name}"


def _class(address: Any) -> Any:
    module, _, name = str(address).rpartition(":")
    if (
        not name.isidentifier()
        or (module and not f"{module}.".startswith(_ROOMS))
        or (not module and name not in dmft.__all__)
    ):
        raise ValueError(f"{address!r} is no class of this package")
    kind = getattr(dmft if not module else importlib.import_module(module), name)
    if not isinstance(kind, type):
        raise ValueError(f"{address!r} is no class that a file can hold")
    return kind


def _has_fields(kind: Any) -> bool:
    return dataclasses.is_dataclass(kind)


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
