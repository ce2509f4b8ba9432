"""Files: experiments as JSON, results as plain arrays, and the checkpoint from which an interrupted run goes on.

Nothing is pickled, nothing that is read is executed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.cost import check_cost
from dmft.models.serialization import network_from_mapping, network_to_mapping
from validation.ensemble import RealizationSeed
from validation.errors import SimulationError
from validation.estimators import Sampling
from validation.estimators.words import measure_of
from validation.plan import Plan

FORMAT = 1


class RealizationStore:
    """A directory with one file for each finished realization.

    Parameters
    ----------
    path : the directory; made if there is none.
    plan : the experiment; a directory of another one is refused.

    Raises
    ------
    SimulationError : if the directory belongs to another experiment, saying what differs.
    OSError : if it cannot be made or written.
    TypeError : if the network holds a user's own function.
    """

    def __init__(self, path: str | os.PathLike[str], plan: Plan) -> None:
        self._path = Path(path)
        self._names = {name for measure in plan.measures for name in measure.variables}
        self._path.mkdir(parents=True, exist_ok=True)
        question = self._path / "experiment.json"
        mine = json.loads(json.dumps({"format": FORMAT, **plan_to_mapping(plan)}))
        if question.exists():
            try:
                its = json.loads(question.read_text(encoding="utf-8"))
            except (ValueError, RecursionError) as error:
                raise SimulationError(f"{question} is damaged: {error}") from None
            if not isinstance(its, dict):
                raise SimulationError(f"{question} is damaged: it does not state an experiment")
            differing = [name for name in sorted(mine.keys() | its.keys()) if mine.get(name) != its.get(name)]
            if differing:
                name = differing[0]
                raise SimulationError(
                    f"the checkpoint {self._path} is of another experiment: {', '.join(differing)} differ "
                    f"({name}: {its.get(name)!r} there, {mine.get(name)!r} here); give another directory"
                )
        else:
            _write_bytes(question, json.dumps(mine, indent=1).encode())

    def __contains__(self, seed: RealizationSeed) -> bool:
        return self._file(seed).exists()

    def read(self, seed: RealizationSeed) -> dict[str, Any]:
        """Return the results of a finished realization.

        Raises
        ------
        SimulationError : if its file is damaged, or holds other results than the experiment has.
        """
        path = self._file(seed)
        _, arrays = read_arrays(path)
        missing = self._names - arrays.keys()
        if missing:
            raise SimulationError(f"{path} is damaged: it holds no {', '.join(sorted(missing))}; delete it")
        return {name: array[()] for name, array in arrays.items()}

    def write(self, seed: RealizationSeed, found: dict[str, Any]) -> None:
        """Keep the results of a realization."""
        write_arrays(self._file(seed), {"format": FORMAT}, {name: np.asarray(value) for name, value in found.items()})

    def _file(self, seed: RealizationSeed) -> Path:
        return self._path / ("-".join(map(str, (seed.entropy, *seed.spawn_key))) + ".npz")


def plan_to_mapping(plan: Plan) -> dict[str, Any]:
    """Return the experiment as what JSON can hold."""
    mapping = {f.name: getattr(plan, f.name) for f in dataclasses.fields(plan)}
    mapping["network"] = network_to_mapping(plan.network)
    mapping["sampling"] = dataclasses.asdict(plan.sampling)
    mapping["measures"] = [{"word": m.word, **dataclasses.asdict(m)} for m in plan.measures]  # type: ignore[call-overload]
    return mapping


def plan_from_mapping(mapping: dict[str, Any]) -> Plan:
    """Return the experiment that `plan_to_mapping` described."""
    fields = dict(mapping)
    fields["network"] = network_from_mapping(fields["network"])
    fields["sampling"] = Sampling(**fields["sampling"])
    fields["measures"] = tuple(measure_of(dict(m)) for m in fields["measures"])
    return Plan(**fields)


@contextlib.contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turn what reading a damaged file raises (nearly anything) into a `SimulationError` that names the file."""
    try:
        yield
    except (OSError, SimulationError):
        raise
    except Exception as error:
        line = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise SimulationError(f"{path} is not a stored simulation, or damaged: {line}") from error


def read_arrays(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the header and the arrays of a file."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    with damage_named(path):
        content = io.BytesIO(path.read_bytes())
        with zipfile.ZipFile(content) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
        check_cost(f"reading {path}", memory=2 * size, remedy="it is not one that this package wrote")
    with damage_named(path), np.load(content, allow_pickle=False) as stored:
        header = json.loads(str(stored["header"]))
        if header["format"] != FORMAT:
            raise ValueError(f"format {header['format']}, this version reads {FORMAT}")
        return header, {name: stored[name] for name in stored.files if name != "header"}


def write_arrays(path: Path, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
    """Write a header and arrays to a file, whole or not at all."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, header=np.array(json.dumps(header)), **arrays)
    _write_bytes(path, buffer.getvalue())


def _write_bytes(path: Path, content: bytes) -> None:
    """Write under another name in the same directory, then rename: a crash leaves the old file or none."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
