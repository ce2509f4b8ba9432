"""`dmft solve manifolds`: capacity and geometry of a ball, an ellipsoid, or of points in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

import dmft
from dmft.commands.outcome import deliver
from dmft.commands.reading import numbers_of
from dmft.storage import check_writable


@click.command()
@click.option("--radius", type=float, metavar="R", help="Of a ball, in units of the norm of its centre.")
@click.option("--dimension", type=float, metavar="D", help="Of the ball.")
@click.option("--radii", metavar="R1,R2,...", help="Of an ellipsoid.")
@click.option(
    "--points",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="numpy file: an array of shape (n_points, n_features) or (n_manifolds, n_points, n_features), or an npz with "
    "points (n, n_features) and classes (n,).",
)
@click.option("--centred", is_flag=True, help="Take the mean of all points off first.")
@click.option("--labels", type=click.Choice(["balanced", "one-vs-rest"]), help="Of points: as they lie, together.")
@click.option("--margin", type=float, default=0.0, show_default=True, help="In units of the norm of the centre.")
@click.option("--accuracy", type=float, default=1e-2, show_default=True, help="Relative standard error to reach.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of what is drawn.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="netCDF file to write.")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def manifolds(
    file: Path | None, centred: bool, labels: str | None, output: Path | None, as_json: bool, **stated: Any
) -> None:
    """How many classes a linear read-out can tell apart when each is a manifold, and their radius and dimension.

    \b
    dmft solve manifolds --radius 1 --dimension 5
    dmft solve manifolds --radii 0.5,0.3,0.1 --margin 0.2
    dmft solve manifolds --points responses.npz --labels one-vs-rest -o c.nc
    """
    if output is not None:
        check_writable(output)
    settings = {name: stated.pop(name) for name in ("margin", "accuracy", "seed")}
    shape = _shape(file, **stated)
    if centred:
        if file is None:
            raise ValueError("--centred belongs to --points")
        shape = shape.centred()
    deliver(dmft.solve_manifolds(shape, labels=labels, **settings), output, as_json)


def _shape(file: Path | None, radius: float | None, dimension: float | None, radii: str | None) -> Any:
    """Return the one shape that is stated."""
    ways = [file is not None, radius is not None or dimension is not None, radii is not None]
    if sum(ways) != 1 or (ways[1] and (radius is None or dimension is None)):
        raise ValueError("state one of: --radius and --dimension, --radii, --points")
    if file is not None:
        return _read(file)
    if radii is not None:
        return dmft.Ellipsoid(numbers_of("--radii", radii))
    return dmft.Ball(radius, dimension)


def _read(file: Path) -> dmft.Manifolds:
    """Return the clouds of a numpy file; nothing in it is executed."""
    try:
        held = np.load(file, allow_pickle=False)
        arrays = {name: held[name] for name in held.files} if hasattr(held, "files") else {"points": held}
    except Exception as error:  # reading damaged content raises nearly anything
        line = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise OSError(f"{file} cannot be read as a numpy file of plain arrays: {line}") from error
    if "points" not in arrays:
        raise ValueError(f"{file} must hold an array named points, it has {', '.join(arrays) or 'none'}")
    points = arrays["points"]
    if "classes" in arrays:
        return dmft.Manifolds.from_labels(points, arrays["classes"])
    return dmft.Manifolds(tuple(points) if points.ndim == 3 else (points,))
