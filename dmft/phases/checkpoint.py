"""A log of finished points on disk, from which an interrupted sweep goes on.

Text, one record a line, only ever appended to: eight hexadecimal digits of checksum, a space, and JSON. The first
line holds the inputs of the sweep, each other one a point. A record is handed to the operating system as soon as the
point is finished, so killing the process loses none; once a second the log is also forced to disk, for the case that
the machine itself goes down. A last line that is torn is cut off. What is read is parsed as JSON and checked: nothing
in it is executed or unpickled.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any

from dmft.errors import DMFTError
from dmft.phases.fingerprint import canonical, differences
from dmft.phases.lock import InUseError, Lock
from dmft.phases.outcome import Outcome, status_words

_FORMAT = 2
_BYTES_A_POINT = 400
_SHOWN = 6


class CheckpointError(DMFTError):
    """A checkpoint that cannot be used: of other inputs, damaged, not a checkpoint, or in use by another run."""


class Checkpoint:
    """The open log of one sweep; use it in a ``with`` statement.

    Parameters
    ----------
    path : of the log; it is made if there is none.
    question : description of the inputs.
    n_points, n_observed : size of the sweep.

    Attributes
    ----------
    outcomes : the finished points, by index.

    Raises
    ------
    CheckpointError : if the file is of other inputs (saying what differs), damaged, no checkpoint, or in use.
    OSError : if it cannot be written, or its disk has no room for the sweep.
    """

    def __init__(self, path: str | os.PathLike[str], question: Any, *, n_points: int, n_observed: int) -> None:
        self.path = Path(path)
        self.outcomes: dict[int, Outcome] = {}
        self._question = question
        self._n_points, self._n_observed = n_points, n_observed
        self._synced = time.monotonic()

    def __enter__(self) -> Checkpoint:
        self._lock = Lock(self.path)
        try:
            self._lock.acquire()
        except InUseError as error:
            raise CheckpointError(str(error)) from None
        try:
            self._open()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            os.fsync(self._file)
        finally:
            os.close(self._file)
            if kind is not None and self._is_new and not self.outcomes:
                self.path.unlink(missing_ok=True)  # refused before its first point: nothing to go on with
            self._lock.release()

    def add(self, outcome: Outcome) -> None:
        """Append a finished point.

        Raises
        ------
        OSError : if the disk takes no more; the log stays usable.
        """
        if outcome.index in self.outcomes:
            return
        self.outcomes[outcome.index] = outcome
        self._append(
            [
                outcome.index,
                outcome.status,
                outcome.residual,
                outcome.error,
                outcome.readings,
                outcome.errors,
                outcome.message,
            ]
        )
        if time.monotonic() - self._synced > 1.0:
            os.fsync(self._file)
            self._synced = time.monotonic()

    def _open(self) -> None:
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise type(error)(
                error.errno, f"the checkpoint cannot be written: {error.strerror}", str(self.path)
            ) from None
        try:
            self._end = self._read()
            self._is_new = self._end == 0
            self._check_room()
            os.ftruncate(self._file, self._end)
            os.lseek(self._file, self._end, os.SEEK_SET)
            if self._end == 0:
                self._append({"kind": "dmft sweep", "format": _FORMAT, "question": self._question})
                os.fsync(self._file)
        except BaseException:
            os.close(self._file)
            raise

    def _check_room(self) -> None:
        needed = (self._n_points - len(self.outcomes)) * (_BYTES_A_POINT + 50 * self._n_observed)
        free = shutil.disk_usage(self.path.parent).free
        if free < needed:
            raise OSError(
                f"no room for the checkpoint {self.path}: {needed} bytes needed for {self._n_points} points, "
                f"{free} bytes free"
            )

    def _append(self, record: Any) -> None:
        line = _line(record)
        try:
            written = os.write(self._file, line)
            if written < len(line):  # a disk that fills up takes a part, and says why at the next
                os.write(self._file, line[written:])
        except OSError:
            os.ftruncate(self._file, self._end)
            raise
        self._end += len(line)

    def _read(self) -> int:
        """Read what is there; return where the last whole record ends."""
        with open(self._file, "rb", closefd=False) as file:
            content = file.read()
        if not content:
            return 0
        lines = content.split(b"\n")
        tail = lines.pop()  # empty, unless the last record is torn
        if not lines:
            if _is_torn_header(tail):
                return 0
            raise CheckpointError(f"{self.path} is not a checkpoint of a sweep; give another path")
        self._check_header(_parsed(lines[0]))
        end = len(lines[0]) + 1
        for number, line in enumerate(lines[1:], start=2):
            record = _parsed(line)
            if record is None:
                if number == len(lines) and not tail:
                    return end
                raise CheckpointError(f"{self.path} is damaged at line {number}; move it away to start anew")
            outcome = self._outcome(record, number)
            self.outcomes[outcome.index] = outcome
            end += len(line) + 1
        return end

    def _check_header(self, header: Any) -> None:
        if not isinstance(header, dict) or header.get("kind") != "dmft sweep":
            raise CheckpointError(f"{self.path} is not a checkpoint of a sweep; give another path")
        if header.get("format") != _FORMAT:
            raise CheckpointError(
                f"{self.path} is the checkpoint of another version of dmft, which does not keep what this one does; "
                "give another path, or delete it"
            )
        now = json.loads(canonical(self._question))
        lines = differences(header.get("question"), now)
        if lines:
            more = f"\n  and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
            raise CheckpointError(
                f"{self.path} is the checkpoint of a sweep of other inputs; give another path, or delete it. "
                "What differs:\n  " + "\n  ".join(lines[:_SHOWN]) + more
            )

    def _outcome(self, record: Any, number: int) -> Outcome:
        try:
            index, status, residual, error, readings, errors, message = record
            right = (
                _is_int(index)
                and 0 <= index < self._n_points
                and _is_int(status)
                and status in status_words()
                and _is_float(residual)
                and _is_float(error)
                and isinstance(message, str)
                and isinstance(readings, list)
                and isinstance(errors, list)
                and len(readings) == len(errors) == self._n_observed
                and all(_is_float(item) or isinstance(item, str) for item in readings)
                and all(_is_float(item) for item in errors)
            )
        except (TypeError, ValueError):
            right = False
        if not right:
            raise CheckpointError(f"{self.path} is damaged at line {number}; move it away to start anew")
        return Outcome(index, status, float(residual), tuple(readings), tuple(errors), message, float(error))


def _line(record: Any) -> bytes:
    text = json.dumps(record).encode()  # floats to their last bit; nan and inf by name
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _parsed(line: bytes) -> Any:
    """Return the record of a line, or None if its checksum or its JSON is wrong."""
    checksum, _, text = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_torn_header(tail: bytes) -> bool:
    """Whether this is the beginning of a first line, and so no file of anyone's."""
    rest = b' {"kind": "dmft sweep"'
    return all(c in b"0123456789abcdef" for c in tail[:8]) and tail[8 : 8 + len(rest)] == rest[: max(len(tail) - 8, 0)]


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_float(value: Any) -> bool:
    return isinstance(value, float) or (_is_int(value) and abs(value) < 2**53)
