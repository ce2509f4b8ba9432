"""Keeping a second run off a file.

The lock is held by the operating system on a file beside the locked one, which stays there. It goes with the process,
however that ends: a lock file that was left behind locks nothing. Child processes do not inherit it.
"""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

from dmft.errors import DMFTError

# The system's lock does not keep two threads of one process apart.
_held: set[Path] = set()
_guard = threading.Lock()


class InUseError(DMFTError):
    """Another run works on the file."""


class Lock:
    """An exclusive lock on `path`, by way of the file `path` + ".lock".

    Raises
    ------
    InUseError : by `acquire`, if it is held, saying by which process.
    OSError : by `acquire`, if the lock file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.beside = self.path.with_name(self.path.name + ".lock")
        self._file = -1

    def acquire(self) -> None:
        """Take the lock, or refuse at once."""
        with _guard:
            if self.path in _held:
                raise InUseError(f"{self.path} is in use by another run in this process")
            try:
                self._file = os.open(self.beside, os.O_RDWR | os.O_CREAT, 0o666)
            except OSError as error:
                raise type(error)(
                    error.errno, f"the checkpoint cannot be written: {error.strerror}", str(self.beside)
                ) from None
            try:
                _lock(self._file)
            except OSError:
                holder = os.read(self._file, 200).decode(errors="replace").strip()
                os.close(self._file)
                raise InUseError(
                    f"{self.path} is in use by another run ({holder or 'unknown'}); wait for it, or give another path"
                ) from None
            os.ftruncate(self._file, 0)
            os.write(self._file, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
            _held.add(self.path)

    def release(self) -> None:
        """Give the lock back; the file beside stays, and locks nothing."""
        with _guard:
            _held.discard(self.path)
            os.close(self._file)


def _lock(file: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        # Far behind the text, which stays readable for others.
        os.lseek(file, 1 << 20, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        os.lseek(file, 0, os.SEEK_SET)
    else:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
