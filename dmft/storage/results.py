"""`save` and `load`: solutions, sweeps and other datasets in netCDF files."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

import dmft
from dmft.cost import TooCostlyError, check_cost
from dmft.models.serialization import network_from_mapping, network_to_mapping
from dmft.models.statement import Statement
from dmft.phases.shown import let_diagrams_show_themselves
from dmft.storage.files import check_writable, opened, path_of, sealed, write_whole

if TYPE_CHECKING:
    import xarray


def save(result: Any, path: str | os.PathLike[str]) -> None:
    """Write a result to a netCDF file, whole or not at all.

    The attributes hold, besides those of the dataset: `inputs`, the network as JSON (`network_of` reads it back; absent
    if the network holds a user's own function, `network` then still shows it); the versions of dmft, numpy, scipy and
    python; and `created`, the date in UTC. A solution also leaves what `load` makes it from again, in a group of the
    file. A checksum stands behind the end of the file, where other programs do not look.

    Parameters
    ----------
    result : a solution, or anything with ``to_xarray()``, or an `xarray.Dataset`.
    path : the file; an existing one is replaced.

    Raises
    ------
    TypeError : for what is no result, or no name of a file.
    OSError : if the file cannot be written (`check_writable` tells beforehand), or the disk is full; an old file of
        that name is then as it was.
    """
    import scipy
    import xarray

    from dmft.storage.netcdf import plain_attributes, to_bytes
    from dmft.storage.writing import state_of
    from dmft.theories.shown import Shown

    content = result if isinstance(result, xarray.Dataset) else _dataset_of(result)
    target = check_writable(path)
    attributes = dict(content.attrs) | {
        "dmft_version": dmft.__version__,
        "numpy_version": np.__version__,
        "scipy_version": scipy.__version__,
        "python_version": platform.python_version(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    network = getattr(result, "network", None)
    if isinstance(network, Statement):
        try:
            attributes["inputs"] = json.dumps(network_to_mapping(network))
        except TypeError:
            attributes.pop("inputs", None)
    content = content.copy()
    content.attrs = plain_attributes(attributes)
    for variable in content.variables.values():
        variable.attrs = plain_attributes(variable.attrs)
    state = state_of(result) if isinstance(result, Shown) else None
    write_whole(target, sealed(to_bytes(content, state)))


def load(path: str | os.PathLike[str]) -> Any:
    """Return the result that `save` wrote: a solution as a solution, a sweep or another dataset as a dataset.

    All observables work on a solution that was read, and give the same numbers to the last bit. What needs more than a
    file holds (a `NonstationarySolution` that is to be continued) refuses and says so; the exponent of a chaotic one
    comes from a march of its own, and agrees within the errors.

    Returns
    -------
    a solution; or an `xarray.Dataset`, of a sweep, of a file of another program, and of a solution whose network holds
    a user's own function, which is code and not stored. `dmft.storage.dataset` returns the arrays of a solution as a
    dataset.

    Raises
    ------
    OSError : if the file does not exist (`FileNotFoundError`), is not a netCDF file, is damaged, or holds a solution
        that this version cannot make again.

    Notes
    -----
    Exact: `tests/unit/test_stored_solutions.py`. Cost: 20 ms; 1 s where the file's checksum is missing, since it is
    then read in a process of its own first.
    """
    content, solution = _read(path)
    return content if solution is None else solution


def dataset(path: str | os.PathLike[str]) -> xarray.Dataset:
    """Return what a file holds as a dataset, a solution too: its arrays and scalars, with units and attributes.

    Raises
    ------
    OSError : as `load`.
    """
    return _read(path)[0]


def network_of(dataset: xarray.Dataset) -> Any:
    """Return the network that a stored result belongs to.

    Raises
    ------
    ValueError : if the dataset does not say, or says what is not a network.
    """
    inputs = dataset.attrs.get("inputs")
    if inputs is None:
        raise ValueError("the dataset has no attribute 'inputs': its network held a user's own function, or none")
    try:
        return network_from_mapping(json.loads(inputs))
    except (RecursionError, TypeError) as error:
        raise ValueError(f"the attribute 'inputs' states no network: {error}") from None


def parsed(content: bytes) -> tuple[xarray.Dataset, Any]:
    """Return the dataset and the solution (or None) that the bytes of a netCDF file hold.

    Raises
    ------
    OSError, TooCostlyError : if they are damaged, or of no such file.
    """
    from dmft.storage.netcdf import from_bytes
    from dmft.storage.remaking import solution_of

    held, state = from_bytes(content)
    if state is None:
        let_diagrams_show_themselves()
        return held, None
    try:
        return held, solution_of(state, held)
    except ValueError as error:
        version = held.attrs.get("dmft_version", "unknown")
        raise OSError(
            f"its solution (written by version {version}, this is {dmft.__version__}) cannot be made again: {error}; "
            "dmft.storage.network_of(xarray.load_dataset(path)) gives the network, to solve it again"
        ) from error


def _read(path: str | os.PathLike[str]) -> tuple[xarray.Dataset, Any]:
    from dmft.storage.probe import check_readable

    source = path_of(path)
    try:
        if source.is_dir():
            raise IsADirectoryError(f"{source} is a directory; a file was expected")
        if not source.exists():
            raise FileNotFoundError(f"there is no file {source}")
        if not source.is_file():
            raise OSError(f"{source} is a device or a pipe; a file was expected")
        size = source.stat().st_size
        check_cost(f"reading {source}", memory=3.0 * size, remedy="read it with xarray or h5py, part by part")
        whole = source.read_bytes()
    except TooCostlyError:
        raise
    except ValueError as error:  # a name with a null character
        raise FileNotFoundError(f"there is no file {str(source)!r}: {error}") from None
    try:
        content, vouched = opened(whole)
        if not vouched:
            _check_kind(content)
            check_readable(content)
        return parsed(content)
    except (OSError, TooCostlyError) as error:
        raise OSError(f"{source} cannot be read as a netCDF file: {error}") from error


def _check_kind(content: bytes) -> None:
    """Refuse at once what has not even the beginning of an HDF5 file."""
    if not any(content[at : at + 8] == b"\x89HDF\r\n\x1a\n" for at in (0, 512, 1024, 2048)):
        hint = ""
        if content[:2] == b"PK":
            hint = "; simulations and comparisons are read by validation.load"
        elif content[:3] == b"CDF":
            raise OSError("it is one of the classic format, and results are stored as netCDF 4 (by dmft.save)")
        raise OSError(f"it does not begin like one{hint}" if content else "it is empty")


def _dataset_of(result: Any) -> xarray.Dataset:
    to_xarray = getattr(result, "to_xarray", None)
    if not callable(to_xarray):
        raise TypeError(f"save takes a result or an xarray.Dataset, got {type(result).__name__}")
    content: xarray.Dataset = to_xarray()
    return content
