"""Figures into files, whole or not at all."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from dmft.storage import write_whole


def write_figure(figure: Any, target: Path) -> None:
    """Write a figure in the format that the name of the file says (png where it says none).

    Raises
    ------
    ValueError : for a format that there is not.
    OSError : if the file cannot be written.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format=target.suffix.removeprefix(".").lower() or "png", dpi=200)
    write_whole(target, buffer.getvalue())
