"""Lines drawn into a phase diagram: they travel in its dataset, beside the map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    import xarray

ROLE = "critical line"


def with_line(
    diagram: xarray.Dataset,
    name: str,
    *,
    x: tuple[str, ArrayLike],
    y: tuple[str, ArrayLike],
    label: str,
    error: ArrayLike | None = None,
) -> xarray.Dataset:
    """Return the diagram with a line in it.

    Parameters
    ----------
    diagram : a phase diagram.
    name : a word for the line; its variables are `<name>_x`, `<name>_y` and `<name>_error`.
    x, y : (dotted field name, values), the values of equal length; nan breaks the line.
    label : what the line is, for a legend.
    error : of y.

    Raises
    ------
    ValueError : for a name that is taken, fields that are none of the diagram's, or values of unequal length.
    """
    dim = f"{name}_point"
    (x_field, x_values), (y_field, y_values) = x, y
    for field in (x_field, y_field):
        if field not in diagram.dims:
            raise ValueError(f"the diagram has no dimension {field!r}; it has {', '.join(map(str, diagram.dims))}")
    abscissas, ordinates = np.asarray(x_values, dtype=float), np.asarray(y_values, dtype=float)
    if abscissas.shape != ordinates.shape or abscissas.ndim != 1:
        raise ValueError(f"x and y of a line must be of equal length, got {abscissas.shape} and {ordinates.shape}")
    if f"{name}_x" in diagram:
        raise ValueError(f"the diagram has a line {name!r} already")
    about = {"role": ROLE, "label": label}
    new: dict[str, Any] = {
        f"{name}_x": ((dim,), abscissas, about | {"field": x_field, "units": diagram[x_field].attrs.get("units", "")}),
        f"{name}_y": ((dim,), ordinates, about | {"field": y_field, "units": diagram[y_field].attrs.get("units", "")}),
    }
    if error is not None:
        new[f"{name}_error"] = ((dim,), np.asarray(error, dtype=float), {"long_name": f"error of {name}_y"})
    return diagram.assign(new)


def with_critical_line(diagram: xarray.Dataset, line: xarray.Dataset, name: str, *, label: str) -> xarray.Dataset:
    """Return the diagram with a line that `critical_line` found in its plane; branches follow one another."""
    fields = [str(dim) for dim in line.dims if dim not in ("branch", "fold")]
    (along,) = fields
    over = next(str(key) for key in line.data_vars if f"{key}_error" in line.data_vars)
    ys, errors, xs = (
        np.pad(values.reshape(-1, line.sizes[along]), ((0, 0), (0, 1)), constant_values=np.nan).ravel()[:-1]
        for values in (
            line[over].values,
            line[f"{over}_error"].values,
            np.broadcast_to(line[along].values, line[over].shape).astype(float),
        )
    )
    return with_line(diagram, name, x=(along, xs), y=(over, ys), label=label, error=errors)


def lines_of(diagram: xarray.Dataset) -> Sequence[str]:
    """Return the names of the lines in a diagram."""
    return [
        str(key).removesuffix("_x")
        for key, variable in diagram.data_vars.items()
        if variable.attrs.get("role") == ROLE and str(key).endswith("_x")
    ]
