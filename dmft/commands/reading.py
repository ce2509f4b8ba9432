"""What a command says of a file that does not hold what this package writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from dmft.errors import DMFTError


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Turn what the content of a file makes this code stumble over into a `ValueError` that names the file.

    A file can be sound netCDF and still lack what every result has, or have it in another form: any error in what is
    done with the content is then the file's.
    """
    try:
        yield
    except (OSError, ValueError, DMFTError, click.ClickException, click.exceptions.Exit):
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"{file} does not hold what dmft writes ({type(error).__name__}: {reason})") from error


def numbers_of(option: str, text: str) -> tuple[float, ...]:
    """Return the numbers of an option, with commas between them.

    Raises
    ------
    ValueError : for anything else.
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"{option} must be numbers with commas between them, got {text!r}") from None
