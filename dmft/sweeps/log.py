"""A log of what is finished, from which an interrupted run goes on: one sqlite file, whatever the run.

A piece is a transaction of sqlite's write-ahead log: with the operating system as soon as it is finished, so killing
the process loses none. Once a second the log is forced to disk (its checkpoint, with synchronous = NORMAL), for the
case that the machine itself goes down: that loses the last second, and never the file. A run holds the file alone. What
is read is checked by a checksum, which sqlite does not keep, and handed over as bytes: nothing of it is executed or
unpickled.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import stat
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from dmft.errors import DMFTError, warn
from dmft.sweeps.fingerprint import canonical, differences

_APPLICATION = b"dmft"  # in the header of the file, at byte 68
_FORMAT = 3
_TABLES = [
    "CREATE TABLE run (kind TEXT, question TEXT, holder TEXT)",
    "CREATE TABLE finished (key TEXT, content BLOB, checksum INTEGER)",
]
_WRONG = """SELECT key FROM finished WHERE typeof(key) <> 'text' OR typeof(content) <> 'blob'
    OR checksum IS NOT checksum_of(key, content)"""
_UNWRITABLE = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_OTHER_VERSION = (
    "is the checkpoint of another version of dmft, which kept other things; give another path, or delete it"
)
_SHOWN = 6

# sqlite's locks keep processes apart. They go when the process closes the file anywhere: a second run in this one must
# not even look at it.
_held: set[Path] = set()
_guard = threading.Lock()


class CheckpointError(DMFTError):
    """A checkpoint that cannot be used: of other inputs, damaged, not a checkpoint, or in use by another run."""


class Log:
    """The open log of one run; used in a ``with`` statement, it gives (key, content) of what is finished, in its order.

    Parameters
    ----------
    path : of the file; it is made if there is none. None: nothing is kept.
    kind : of the run, in a word ("sweep").
    question : the inputs of the run in plain data; a file of others is refused.
    pieces, piece_bytes : how many there will be, and the room on disk that one takes; not asked for where 0.

    Raises
    ------
    CheckpointError : if the file is of other inputs (saying what differs), damaged, no checkpoint, or in use.
    OSError : if it cannot be written, or its disk has no room for the run.
    """

    def __init__(
        self, path: str | os.PathLike[str] | None, kind: str, question: Any, *, pieces: int = 0, piece_bytes: int = 0
    ) -> None:
        self.path = None if path is None else Path(path).resolve()
        self._kind, self._question = kind, canonical(question)
        self._pieces, self._piece_bytes = pieces, piece_bytes
        self._database: sqlite3.Connection | None = None
        self._stack = ExitStack()
        self._in_vain = False  # made here, and nothing in it
        self._synced = time.monotonic()

    def __enter__(self) -> Log:
        if self.path is not None:
            with ExitStack() as stack:
                with _guard:
                    if self.path in _held:
                        raise CheckpointError(f"{self.path} is in use by another run in this process")
                    _held.add(self.path)
                stack.callback(_held.discard, self.path)
                _check_file(self.path)
                stack.callback(self._remove_if_in_vain)
                connection = sqlite3.connect(self.path, timeout=0.0, isolation_level=None)
                self._database = stack.enter_context(closing(connection))
                with _said(self.path):
                    self._take(self.path, connection)
                self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._in_vain &= kind is not None
        self._database = None
        self._stack.close()

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        if self.path is None or self._database is None:
            return
        with _said(self.path):
            yield from self._database.execute("SELECT key, content FROM finished ORDER BY rowid")

    def add(self, key: str, content: bytes) -> None:
        """Keep a finished piece, behind the others; of two with the same key the last one holds.

        Warns
        -----
        RuntimeWarning : once, if the disk takes no more; the run goes on without the log.
        """
        if self._database is None:
            return
        try:
            row = (key, content, _checksum(key, content))
            self._database.execute("INSERT INTO finished VALUES (?, ?, ?)", row)
            self._in_vain = False
            if time.monotonic() - self._synced > 1.0:
                self._database.execute("PRAGMA wal_checkpoint")
                self._synced = time.monotonic()
        except sqlite3.Error as error:
            self._database = None
            text = f"the checkpoint {self.path} takes no more ({error}); the {self._kind} goes on without it"
            warn(text, RuntimeWarning)

    def _take(self, path: Path, database: sqlite3.Connection) -> None:
        """Lock the database for as long as it is open, make it or check it, and turn on the write-ahead log."""
        database.create_function("checksum_of", 2, _checksum, deterministic=True)
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("BEGIN EXCLUSIVE")
        if path.stat().st_size == 0:
            self._in_vain = True
            database.execute(f"PRAGMA application_id = {int.from_bytes(_APPLICATION)}")
            database.execute(f"PRAGMA user_version = {_FORMAT}")
            for sql in _TABLES:
                database.execute(sql)
            database.execute("INSERT INTO run VALUES (?, ?, NULL)", (self._kind, self._question))
        else:
            self._check(path, database)
        left = self._pieces - database.execute("SELECT count(*) FROM finished").fetchone()[0]
        needed, free = left * self._piece_bytes, shutil.disk_usage(path.parent).free
        if free < needed:
            raise OSError(
                f"no room for the checkpoint {path}: {needed} bytes needed for {left} points, {free} bytes free"
            )
        database.execute("UPDATE run SET holder = ?", (f"process {os.getpid()} on {socket.gethostname()}",))
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the holder can be read by others from now on

    def _check(self, path: Path, database: sqlite3.Connection) -> None:
        if database.execute("PRAGMA user_version").fetchone() != (_FORMAT,):
            raise CheckpointError(f"{path} {_OTHER_VERSION}")
        tables = [sql for (sql,) in database.execute("SELECT sql FROM sqlite_schema ORDER BY rowid")]
        rows = database.execute("SELECT kind, question FROM run").fetchall() if tables == _TABLES else []
        if len(rows) != 1 or database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise damaged(path, "it is not as it was written")
        for (key,) in database.execute(_WRONG):
            raise damaged(path, f"the checksum of {key!r} is wrong")
        ((kind, question),) = rows
        if kind != self._kind:
            raise CheckpointError(f"{path} is not a checkpoint of a {self._kind} but of a {kind}; give another path")
        try:
            lines = differences(json.loads(question), json.loads(self._question))
        except (TypeError, ValueError, RecursionError):
            raise damaged(path, "it does not say of which inputs it is") from None
        if lines:
            more = f"\n  and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
            raise CheckpointError(
                f"{path} is the checkpoint of a {kind} of other inputs; give another path, or delete it. "
                "What differs:\n  " + "\n  ".join(lines[:_SHOWN]) + more
            )

    def _remove_if_in_vain(self) -> None:
        if self._in_vain and self.path is not None:  # refused before its first piece: nothing to go on with
            self.path.unlink(missing_ok=True)


def damaged(path: Path | None, how: str) -> CheckpointError:
    """Return the error of a file that cannot be trusted."""
    return CheckpointError(f"{path} is damaged: {how}; move it away to start anew")


def _check_file(path: Path) -> None:
    """Refuse what cannot be written, and a file of another kind, before sqlite looks at it."""
    if (path / "experiment.json").exists():  # of a simulation, a file for each realization
        raise CheckpointError(f"{path} {_OTHER_VERSION}")
    try:
        with open(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o666), "rb") as file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            head = file.read(100) if regular else b""
    except OSError as error:
        raise type(error)(error.errno, f"the checkpoint cannot be written: {error.strerror}", str(path)) from None
    if b' {"kind": "dmft sweep"' in head:
        raise CheckpointError(f"{path} {_OTHER_VERSION}")
    if not regular or (head and (head[:16] != b"SQLite format 3\0" or head[68:72] != _APPLICATION)):
        raise CheckpointError(f"{path} is not a checkpoint; give another path")


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Say in our words what sqlite says in its own."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code == sqlite3.SQLITE_BUSY:
            raise CheckpointError(
                f"{path} is in use by another run ({_holder(path)}); wait for it, or give another path"
            ) from None
        if code in _UNWRITABLE:
            raise OSError(f"the checkpoint {path} cannot be written: {error}") from None
        raise damaged(path, str(error)) from None


def _holder(path: Path) -> str:
    """Return who works on the file, which is read past the lock."""
    past = f"{path.as_uri()}?immutable=1"
    with suppress(sqlite3.Error, TypeError, ValueError), closing(sqlite3.connect(past, uri=True)) as database:
        return str(database.execute("SELECT holder FROM run").fetchone()[0])
    return "unknown"


def _checksum(key: str, content: bytes) -> int:
    return zlib.crc32(content, zlib.crc32(key.encode()))
