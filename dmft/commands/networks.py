"""Files of simulated and trained networks, which the program that wrote them shows: theory knows nothing of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_ARCHIVE = b"PK\x03\x04"  # how an archive of arrays begins, a .npz


def shown_by_validation(verb: str, file: Path, *arguments: str) -> None:
    """Let `dmft-validate` do what is asked of a file of networks, and exit as it does; return where it is no such file.

    Raises
    ------
    OSError : if the file cannot be read.
    """
    with file.open("rb") as stream:
        if stream.read(len(_ARCHIVE)) != _ARCHIVE:
            return
    told = subprocess.run(
        [sys.executable, "-m", "validation.cli", verb, str(file), *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    sys.stdout.write(told.stdout)
    _, usage, said = told.stderr.rpartition("\nError: ")  # its usage is that of another command
    sys.stderr.write(f"dmft: {said}" if usage else told.stderr)
    sys.exit(told.returncode)
