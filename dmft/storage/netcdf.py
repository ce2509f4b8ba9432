"""A dataset, and the state of a solution beside it, as the bytes of a netCDF file, and back.

The file never touches a disk on the way: HDF5 that runs into a full one takes the process with it.
"""

from __future__ import annotations

import io
import json
import re
import warnings
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

from dmft.cost import TooCostlyError, check_cost
from dmft.storage.state import State

if TYPE_CHECKING:
    import xarray

_GROUP = "solution"
_TREE = "tree"
_ARRAY = re.compile(r"array_\d+")  # names that `state` gives
# What these hold is read as text, or as numbers, wherever it is used.
_TEXTS = ("theory", "network", "status", "message", "state", "references", "inputs", "settings", "question")
_TEXTS_OF_VARIABLES = ("units", "long_name", "role", "label", "field", "flag_meanings", "meaning")
_NUMBERS = ("residual", "error", "steps", "level", "solves")


def to_bytes(dataset: xarray.Dataset, state: State | None) -> bytes:
    """Return the content of a netCDF file."""
    import h5netcdf
    import h5py
    from xarray.backends import H5NetCDFStore

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file, h5netcdf.File(file, "w") as netcdf:
        dataset.dump_to_store(H5NetCDFStore(netcdf))
        if state is not None:
            group = netcdf.create_group(_GROUP)
            tree = np.frombuffer(json.dumps(state.tree).encode(), dtype=np.uint8)
            for name, array in {_TREE: tree, **state.arrays}.items():
                dims = tuple(f"{name}_{axis}" for axis in range(array.ndim))
                for dim, length in zip(dims, array.shape, strict=True):
                    group.dimensions[dim] = length
                group.create_variable(name, dims, data=array)
    return buffer.getvalue()


def from_bytes(content: bytes) -> tuple[xarray.Dataset, State | None]:
    """Return what the bytes of a netCDF file hold, all of it in memory.

    Raises
    ------
    OSError : whatever is wrong with them; where they are not those of `to_bytes`, the libraries that read them raise
        nearly anything, and may not come back (`dmft.storage.probe` sees to that).
    TooCostlyError : if the file says of itself that it does not fit in memory.
    """
    import h5py
    import xarray

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with h5py.File(io.BytesIO(content), "r") as file:
                check_cost("reading the file", memory=2.0 * _size(file), remedy="read it with h5py, part by part")
                state = _state(file[_GROUP]) if _GROUP in file and _TREE in file[_GROUP] else None
            dataset = xarray.load_dataset(io.BytesIO(content), engine="h5netcdf", decode_times=False)
        _check_attributes(dataset)
    except (OSError, TooCostlyError):
        raise
    except Exception as error:
        raise OSError(_one_line(error)) from error
    return dataset, state


def plain_attributes(attributes: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return attributes as netCDF can hold them: numbers, or text (JSON for what has parts)."""
    return {name: _attribute(value) for name, value in attributes.items()}


def _attribute(value: Any) -> Any:
    if isinstance(value, bool | np.bool_):
        return int(value)
    if value is None:
        return "none"
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, str | int | float | np.integer | np.floating):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and value.ndim == 1:
        return value
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, default=repr)
    return repr(value)


def _size(file: Any) -> float:
    """Return the bytes that the arrays of a file take in memory, as it says itself."""
    import h5py

    total = 0.0

    def add(_: str, item: Any) -> None:
        nonlocal total
        if isinstance(item, h5py.Dataset) and item.shape is not None:
            total += float(np.prod(np.asarray(item.shape, dtype=float))) * item.dtype.itemsize

    file.visititems(add)
    return total


def _state(group: Any) -> State:
    # Beside the arrays stand their dimensions, as arrays of the same name and a number.
    arrays = {name: np.asarray(group[name][...]) for name in group if _ARRAY.fullmatch(name)}
    tree = json.loads(np.asarray(group[_TREE][...]).astype(np.uint8).tobytes().decode())
    return State(tree, arrays)


def _check_attributes(dataset: xarray.Dataset) -> None:
    for name, value in dataset.attrs.items():
        wrong = (name in _TEXTS and not isinstance(value, str)) or (name in _NUMBERS and not _is_number(value))
        if wrong:
            expected = "text" if name in _TEXTS else "a number"
            raise OSError(f"its attribute {name!r} must be {expected}, got {_short(value)}")
    for key, variable in dataset.variables.items():
        for name in _TEXTS_OF_VARIABLES:
            if name in variable.attrs and not isinstance(variable.attrs[name], str):
                raise OSError(f"the attribute {name!r} of {key!r} must be text, got {_short(variable.attrs[name])}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def _short(value: Any) -> str:
    return f"{type(value).__name__} {repr(value)[:40]}".replace("\n", " ")


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__
