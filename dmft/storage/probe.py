"""Reading what nobody vouches for, first in a process that may die of it.

HDF5 trusts the addresses in a file: one changed byte can send it round in a circle for ever, or to memory that is not
its own. A file whose seal is gone (another program has written it, or the damage took the seal too) is therefore read
once in a process of its own, with a limit on its time and memory, before it is read here.
"""

from __future__ import annotations

import os
import subprocess
import sys

_CPU_SECONDS = 8  # imports take one or two of them
_BYTES_A_SECOND = 2e7
_WALL = 10  # times that, on a machine that is busy
_CHILD = "from dmft.storage.probe import child; child()"


def check_readable(content: bytes) -> None:
    """Read the bytes of a netCDF file in another process.

    Raises
    ------
    OSError : if that process found them wrong, crashed, or did not come to an end.
    """
    if not sys.executable:
        return
    seconds = _CPU_SECONDS + len(content) / _BYTES_A_SECOND
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
    environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "DMFT_PROBE_SECONDS": str(int(seconds))}
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", _CHILD],
            input=content,
            capture_output=True,
            timeout=_WALL * seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OSError(
            f"reading it comes to no end (stopped after {_WALL * seconds:.0f} s); the file is damaged"
        ) from None
    if done.returncode == 0:
        return
    said = done.stdout.decode(errors="replace").strip().splitlines()
    if done.returncode == 1 and said:
        raise OSError(said[-1])
    raise OSError("reading it crashes HDF5, or comes to no end; the file is damaged")


def child() -> None:
    """Read the file on standard input; say what is wrong with it in a line, and exit with 1 if anything is."""
    _limit_ourselves(int(os.environ.get("DMFT_PROBE_SECONDS", _CPU_SECONDS)))
    from dmft.storage.results import parsed

    try:
        parsed(sys.stdin.buffer.read())
    except BaseException as error:
        print(" ".join(str(error).split())[:300] or type(error).__name__)
        sys.stdout.flush()
        os._exit(1)
    os._exit(0)


def _limit_ourselves(seconds: int) -> None:
    try:
        import resource
    except ImportError:  # not a POSIX system: the parent's clock is what remains
        return
    from dmft.cost import memory_limit

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    most = int(min(memory_limit(), 2**62))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
