"""Results in files: netCDF with the exact inputs, the versions and the date; nothing pickled."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import dmft
from dmft.models.network import Network
from dmft.models.serialization import network_from_mapping, network_to_mapping

if TYPE_CHECKING:
    import xarray


def save(result: Any, path: str | os.PathLike[str]) -> None:
    """Write a result to a netCDF file, whole or not at all.

    The attributes hold, besides those of the dataset: `inputs`, the network as JSON (`network_of` reads it back; absent
    if the network holds a user's own function, `network` then still shows it); the versions of dmft, numpy, scipy and
    python; and `created`, the date in UTC.

    Parameters
    ----------
    result : a solution, or anything with ``to_xarray()``, or an `xarray.Dataset`.
    path : the file; an existing one is replaced.

    Raises
    ------
    TypeError : for what is no result.
    OSError : if the file cannot be written (`check_writable` tells beforehand).
    """
    import scipy
    import xarray

    dataset = result if isinstance(result, xarray.Dataset) else _dataset_of(result)
    target = check_writable(path)
    attributes = dict(dataset.attrs) | {
        "dmft_version": dmft.__version__,
        "numpy_version": np.__version__,
        "scipy_version": scipy.__version__,
        "python_version": platform.python_version(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    network = getattr(result, "network", None)
    if isinstance(network, Network):
        try:
            attributes["inputs"] = json.dumps(network_to_mapping(network))
        except TypeError:
            attributes.pop("inputs", None)
    dataset = dataset.copy()
    dataset.attrs = {name: _attribute(value) for name, value in attributes.items()}
    for variable in dataset.variables.values():
        variable.attrs = {name: _attribute(value) for name, value in variable.attrs.items()}
    # Under another name in the same directory, then renamed: a crash leaves the old file or none, never half of one.
    handle, temporary = _temporary(target)
    os.close(handle)
    try:
        dataset.to_netcdf(temporary, engine="h5netcdf")
        os.chmod(temporary, _mode_of(target))
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load(path: str | os.PathLike[str]) -> xarray.Dataset:
    """Return the dataset that `save` wrote, read into memory, the file closed.

    Raises
    ------
    OSError : if the file does not exist (`FileNotFoundError`) or is not a netCDF file.
    """
    import xarray

    source = Path(path)
    if source.is_dir():
        raise IsADirectoryError(f"{source} is a directory; a file was expected")
    if not source.exists():
        raise FileNotFoundError(f"there is no file {source}")
    try:
        return xarray.load_dataset(source, engine="h5netcdf", decode_times=False)
    except (OSError, ValueError, KeyError) as error:
        raise OSError(f"{source} cannot be read as a netCDF file: {error}") from error


def network_of(dataset: xarray.Dataset) -> Any:
    """Return the network that a stored result belongs to.

    Raises
    ------
    ValueError : if the dataset does not say, or says what is not a network.
    """
    inputs = dataset.attrs.get("inputs")
    if inputs is None:
        raise ValueError("the dataset has no attribute 'inputs': its network held a user's own function, or none")
    return network_from_mapping(json.loads(inputs))


def check_writable(path: str | os.PathLike[str]) -> Path:
    """Return the path if a file can be written there: asked before long work starts.

    Raises
    ------
    OSError : FileNotFoundError, NotADirectoryError, IsADirectoryError or PermissionError, saying which.
    """
    target = Path(path)
    try:
        _check(target)
        handle, temporary = _temporary(target)  # what flags do not tell: a file system that is read-only or full
    except OSError as error:
        reason = error.args[0] if error.errno is None else (error.strerror or "").lower()
        raise type(error)(f"cannot write {target}: {reason}") from None
    os.close(handle)
    os.unlink(temporary)
    return target


def _check(target: Path) -> None:
    parent = target.parent
    exists = target.exists()  # raises by itself if the name is too long
    if target.is_dir():
        raise IsADirectoryError("it is a directory; give the name of a file")
    if exists and not target.is_file():
        raise OSError("it is a device or a pipe; give the name of a file")
    if not parent.exists():
        raise FileNotFoundError(f"there is no directory {parent}; make it first")
    if not parent.is_dir():
        raise NotADirectoryError(f"{parent} is not a directory")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise PermissionError(f"no permission to write in the directory {parent}")
    if exists and not os.access(target, os.W_OK):
        raise PermissionError("the file is read-only")


def _temporary(target: Path) -> tuple[int, str]:
    return tempfile.mkstemp(dir=target.parent, prefix=".dmft-", suffix=".part")


def _dataset_of(result: Any) -> xarray.Dataset:
    to_xarray = getattr(result, "to_xarray", None)
    if not callable(to_xarray):
        raise TypeError(f"save takes a solution or an xarray.Dataset, got {type(result).__name__}")
    return to_xarray()


def _attribute(value: Any) -> Any:
    """Return an attribute as netCDF can hold it: a number, numbers, or text (JSON for what has parts)."""
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


def _mode_of(target: Path) -> int:
    """Return the permissions of the file that is replaced, or of a new one (mkstemp gives the owner alone any)."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
