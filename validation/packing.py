"""Results as bytes: a header in JSON and plain arrays. Nothing is pickled, nothing that is read is executed."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.cost import check_cost
from validation.errors import SimulationError

FORMAT = 1


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
    with damage_named(whose), zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    check_cost(f"reading {whose}", memory=2 * size, remedy="it is not one that this package wrote")
    with damage_named(whose), np.load(io.BytesIO(content), allow_pickle=False) as stored:
        header = json.loads(str(stored["header"]))
        if header["format"] != FORMAT:
            raise ValueError(f"format {header['format']}, this version reads {FORMAT}")
        return header, {name: stored[name] for name in stored.files if name != "header"}


@contextlib.contextmanager
def damage_named(whose: Any) -> Iterator[None]:
    """Turn what reading damaged content raises (nearly anything) into a `SimulationError` that names it."""
    try:
        yield
    except Exception as error:
        line = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise SimulationError(f"{whose} is not a stored simulation, or damaged: {line}") from error
