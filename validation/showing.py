"""What `dmft-validate show` and `plot` (and `dmft show` and `plot`) say of files of networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dmft.commands.columns import paragraph
from validation.packing import check_kind, damage_named
from validation.records import load

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_OF_TRAINING = ("couplings", "readout", "history", "test_errors")


def told(path: Path) -> str:
    """Return what a file of networks holds, in lines.

    Raises
    ------
    OSError, SimulationError : for a file that is missing, damaged or of another program.
    """
    weights = _weights(path)
    if weights is None:
        return "\n".join(map(_broken, str(load(path)).splitlines()))
    lines = [f"weights of a trained network of {len(weights['couplings'])} units", ""]
    for name, array in weights.items():
        span = f"{array.min():.6g} ... {array.max():.6g}" if array.size else "empty"
        lines.append(f"{name:<18} ({' x '.join(map(str, array.shape))})  {span}")
    return "\n".join([*lines, "", f"test error (median) {np.median(weights['test_errors']):.4g}"])


def drawn(path: Path) -> Figure:
    """Return the figure of a file of networks.

    Raises
    ------
    OSError, SimulationError, ValueError : as `told`; where there is nothing to draw.
    """
    from validation.course_plot import draw_weights

    weights = _weights(path)
    if weights is not None:
        return draw_weights(weights)
    figure: Figure = load(path).plot()
    return figure


def _broken(line: str) -> str:
    """Return a line broken to the width, unless it is one of a table."""
    return line if "  " in line.strip() or line.startswith("---") else paragraph(line)


def _weights(path: Path) -> dict[str, Any] | None:
    """Return the arrays that `dmft-validate train --out` wrote; None for another file."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    with path.open("rb") as file:
        check_kind(file.read(8), path)
    with damage_named(path), np.load(path, allow_pickle=False) as stored:
        if "header" in stored.files or not set(_OF_TRAINING) <= set(stored.files):
            return None
        return {name: stored[name] for name in stored.files}
