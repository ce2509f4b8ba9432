"""Results as bytes: a header in JSON and plain arrays. Nothing is pickled, nothing that is read is executed."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.cost import check_cost
from validation.errors import SimulationError

FORMAT = 1
_HDF5, _ZIP = b"\x89HDF\r\n\x1a\n", b"PK"  # how files of dmft, and archives of arrays, begin
_MOST_NAMES = 6
_OF_ARCHIVES = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, struct.error, UnicodeDecodeError)


def packed(header: Mapping[str, Any], arrays: Mapping[str, Any]) -> bytes:
    """Return a header and named arrays (or numbers) as bytes."""
    buffer = io.BytesIO()
    text = json.dumps({"format": FORMAT, **header})
    np.savez_compressed(buffer, allow_pickle=False, header=np.array(text), **arrays)
    return buffer.getvalue()


def unpacked(content: bytes, whose: Any) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the header and the arrays of `packed`.

    Raises
    ------
    SimulationError : if it is not that, naming `whose` it is.
    TooCostlyError : if it would not fit in memory.
    """
    check_kind(content, whose)
    with damage_named(whose), zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    check_cost(f"reading {whose}", memory=2 * size, remedy="it is not one that this package wrote")
    with damage_named(whose), np.load(io.BytesIO(content), allow_pickle=False) as stored:
        header = _header(stored, whose)
        if header["format"] != FORMAT:
            raise ValueError(f"format {header['format']}, this version reads {FORMAT}")
        return header, {name: stored[name] for name in stored.files if name != "header"}


def check_kind(content: bytes, whose: Any) -> None:
    """Refuse what does not begin as an archive of arrays does.

    Raises
    ------
    SimulationError : naming what reads it, where that is known.
    """
    if content.startswith(_HDF5):
        raise SimulationError(
            f"{whose} is not a stored simulation, but a netCDF file such as dmft.save writes: read it by dmft.load, "
            "`dmft show` or `dmft plot`"
        )
    if not content.startswith(_ZIP):
        begins = "does not begin as an archive of arrays (.npz) does" if content else "is empty"
        raise SimulationError(f"{whose} is not a stored simulation: it {begins}")


def _header(stored: Any, whose: Any) -> dict[str, Any]:
    """Return the header of an archive, or refuse one that has none, which another program wrote."""
    if "header" in stored.files:
        with contextlib.suppress(ValueError):  # of objects, or no JSON
            header = json.loads(str(stored["header"]))
            if isinstance(header, dict) and "format" in header:
                return header
    stored.zip.testzip()  # unless the name is there no longer, for damage
    held = ", ".join(repr(name)[1:-1] for name in stored.files[:_MOST_NAMES]) or "nothing"
    more = ", ..." if len(stored.files) > _MOST_NAMES else ""
    raise SimulationError(
        f"{whose} is not a stored simulation: validation.save did not write it (it holds {held}{more}); numpy.load "
        "reads an archive of any arrays"
    )


@contextlib.contextmanager
def damage_named(whose: Any) -> Iterator[None]:
    """Turn what reading damaged content raises (nearly anything) into a `SimulationError` that names it."""
    try:
        yield
    except SimulationError:
        raise
    except Exception as error:
        if isinstance(error, _OF_ARCHIVES) or "\\x" in str(error):  # whose texts quote bytes
            raise SimulationError(
                f"{whose} is damaged: it is an archive that does not unpack; restore it from a copy, or make it again"
            ) from error
        line = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise SimulationError(f"{whose} is not a stored simulation, or damaged: {line}") from error
