"""Files that are written whole or not at all, and that tell whether they are still what was written.

The content is built in memory, written beside the target, forced to disk and renamed: a crash or a full disk leaves
the old file or none. A seal, the SHA-256 of the content, stands behind its end, where HDF5 does not look: other
programs read the file as if it were not there, and drop it when they change the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

from dmft.models.brief import shortened

_SEAL = b"\ndmft sha256 "
_SEAL_LENGTH = len(_SEAL) + 64 + 1


def path_of(path: Any) -> Path:
    """Return the path of a file, or refuse what is no name of one.

    Raises
    ------
    TypeError : for anything but a text or a path, such as a number.
    """
    try:
        return Path(path)
    except TypeError:
        raise TypeError(
            f"path must be the name of a file, a text or a pathlib.Path such as 'result.nc'; got {shortened(path)}"
        ) from None


def check_writable(path: str | os.PathLike[str]) -> Path:
    """Return the path if a file can be written there: asked before long work starts.

    Raises
    ------
    OSError : FileNotFoundError, NotADirectoryError, IsADirectoryError or PermissionError, saying which.
    TypeError : for what is no name of a file.
    """
    target = path_of(path)
    try:
        _check(target)
        handle, temporary = _temporary(target)  # what flags do not tell: a file system that is read-only or full
    except OSError as error:
        raise _named(target, error) from None
    os.close(handle)
    os.unlink(temporary)
    return target


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file whole or not at all; an existing one is replaced, and keeps its permissions.

    Raises
    ------
    OSError : if it cannot be written, or the disk is full; an old file is then as it was.
    """
    target = check_writable(path)
    try:
        handle, temporary = _temporary(target)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, _mode_of(target))
            os.replace(temporary, target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _named(target, error) from error
    _sync_directory(target.parent)


def sealed(content: bytes) -> bytes:
    """Return the content with its seal behind it."""
    return content + _SEAL + hashlib.sha256(content).hexdigest().encode() + b"\n"


def opened(content: bytes) -> tuple[bytes, bool]:
    """Return the content without its seal, and whether it had one.

    Raises
    ------
    OSError : if it is not what was sealed.
    """
    end = len(content) - _SEAL_LENGTH
    if end < 0 or content[end : end + len(_SEAL)] != _SEAL:
        return content, False
    body = content[:end]
    if sealed(body) != content:
        raise OSError("its content is not what was written (the checksum differs); the file is damaged")
    return body, True


def _check(target: Path) -> None:
    if "\0" in str(target):
        raise OSError("a name cannot hold a null character")
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


def _named(target: Path, error: OSError) -> OSError:
    """Return the error with the file's name in its one line."""
    reason = str(error) if error.errno is None else (error.strerror or "").lower()
    if reason.startswith("cannot write"):
        return error
    return type(error)(f"cannot write {target}: {reason}")


def _temporary(target: Path) -> tuple[int, str]:
    return tempfile.mkstemp(dir=target.parent, prefix=".dmft-", suffix=".part")


def _mode_of(target: Path) -> int:
    """Return the permissions of the file that is replaced, or of a new one (mkstemp gives the owner alone any)."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_directory(directory: Path) -> None:
    """Force the new name to disk too, where the system has a way to."""
    with contextlib.suppress(OSError, AttributeError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
