"""A solution as plain data (`dmft.storage.state`)."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev

from dmft.models.serialization import network_to_mapping
from dmft.models.statement import Statement
from dmft.numerics.convergence import Status
from dmft.numerics.gaussian import Averages
from dmft.numerics.spectral_elements import HalfLine
from dmft.numerics.value import Value
from dmft.storage.held import address_of
from dmft.storage.state import PARTS, State
from dmft.theories.reduction import reduced_or_none

# What is a number or a text, in numpy's types too, and as what it is written; bool is an int too.
_PLAIN: tuple[tuple[Any, type], ...] = (
    (bool | np.bool_, bool),
    (str, str),
    (int | np.integer, int),
    (float | np.floating, float),
)


class NotPlainError(TypeError):
    """Has no form as plain data."""


def state_of(solution: Any) -> State | None:
    """Return what `solution_of` makes the solution from again; None if its network holds a user's own code."""
    held = {name for name in getattr(solution, "variables", ()) if getattr(solution, name) is not None}
    writer = _Writer(stored=held | {*getattr(solution, "coordinates", ())})
    try:
        return State(writer.written(solution, top=True), writer.arrays)
    except NotPlainError:
        return None


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
        if isinstance(value, Status):
            return {"status": value.name}
        if value is None:
            return None
        for kinds, plain in _PLAIN:
            if isinstance(value, kinds):
                return plain(value)
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, list | tuple):
            return {"tuple" if isinstance(value, tuple) else "list": [self.written(item) for item in value]}
        if isinstance(value, Mapping):
            return {"mapping": {str(key): self._setting(item) for key, item in value.items()}}
        if isinstance(value, Statement):
            self._network = reduced_or_none(value) if callable(getattr(value, "compose", None)) else None
            try:
                return {"network": network_to_mapping(value)}
            except TypeError as error:
                raise NotPlainError(str(error)) from None
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
            except NotPlainError:
                if item.name == "network" or not top:
                    raise
                fields[item.name] = {"left out": item.name}
        return {"type": self._address(type(value)), "fields": fields}

    def _part(self, value: Any) -> str | None:
        """Return "nonlinearity" or "drive", if the value is that of the network."""
        for name in PARTS:
            its = None if self._network is None else getattr(self._network, name)
            if its is not None and (value is its or (type(value) is type(its) and value == its)):
                return name
        return None

    def _constructed(self, value: Any) -> dict[str, Any]:
        kind = type(value)
        address = self._address(kind)
        arguments = {}
        for name, parameter in list(inspect.signature(kind.__init__).parameters.items())[1:]:
            state = getattr(value, "__dict__", {})
            kept = next((own for own in (name, f"_{name}") if own in state), None)
            if kept is None or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise NotPlainError(f"a {kind.__name__} does not keep its {name}")
            arguments[name] = self.written(state[kept])
        return {"made": address, "of": arguments}

    def _setting(self, value: Any) -> Any:
        try:
            return self.written(value)
        except NotPlainError:
            return repr(value)

    def _array(self, value: Any) -> Any:
        if value.dtype.kind not in "biufc":
            raise NotPlainError(f"an array of {value.dtype} cannot be written")
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

    def _address(self, kind: type) -> str:
        address = address_of(kind)
        if address is None:
            raise NotPlainError(f"{kind.__qualname__} is no class that a file can hold")
        return address
