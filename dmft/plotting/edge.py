"""Where an observable of a diagram changes its sign: a line between the points of its grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray


def checked_edge(ds: xarray.Dataset, edge: Any, swept: list[str]) -> str | None:
    """Return the name of the observable whose sign is asked for; None where a line, or none, is given.

    Raises
    ------
    ValueError, TypeError : for what is neither an observable of the diagram, in numbers, nor a critical line.
    """
    import xarray

    if edge is None or isinstance(edge, xarray.Dataset):
        return None
    if not isinstance(edge, str):
        raise TypeError(f"edge must be the name of an observable, or what critical_line returned; got {edge!r}")
    held = [str(k) for k, v in ds.data_vars.items() if {*swept} <= set(v.dims) and v.dtype.kind == "f"]
    if edge not in held:
        raise ValueError(f"edge must be one of the diagram's observables, {', '.join(held)}; got {edge!r}")
    return edge


def with_edge(ds: xarray.Dataset, edge: Any) -> xarray.Dataset:
    """Return the diagram with a critical line in it, of `dmft.critical_line`, or as it is."""
    import xarray

    from dmft.phases.lines import with_critical_line

    return with_critical_line(ds, edge, "edge", label="critical line") if isinstance(edge, xarray.Dataset) else ds


def draw_edge(ax: Any, ds: xarray.Dataset, name: str, x: str, y: str) -> list[Any]:
    """Draw where an observable is zero over two fields, by linear interpolation; return a handle for the legend."""
    import matplotlib as mpl

    values = np.ma.masked_invalid(ds[name].transpose(y, x).values)
    if not (values.min() < 0.0 < values.max()):
        return []
    across, up = ds[x].values, ds[y].values
    for look in ({"colors": "white", "linewidths": 2.8, "alpha": 0.7}, {"colors": "black", "linewidths": 1.5}):
        ax.contour(across, up, values, levels=[0.0], zorder=3, **look)
    return [mpl.lines.Line2D([], [], color="black", linewidth=1.5, label=f"{name.replace('_', ' ')} = 0")]


def crossings(at: Any, values: Any) -> list[float]:
    """Return where a function, known at increasing places, is zero, by linear interpolation.

    A place without a value is no crossing.
    """
    at, values = np.asarray(at, dtype=float), np.asarray(values, dtype=float)
    found = [float(place) for place, value in zip(at, values, strict=True) if value == 0.0]
    for i in range(len(at) - 1):
        if values[i] * values[i + 1] < 0.0:
            found.append(float(at[i] - values[i] * (at[i + 1] - at[i]) / (values[i + 1] - values[i])))
    return sorted(found)
