"""The single numbers of a result, as its text and its notebook page show them."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray


def numbers(dataset: Any) -> tuple[list[str], list[tuple[str, FloatArray]]]:
    """Return what a result says in single numbers.

    Parameters
    ----------
    dataset : of `to_xarray()`.

    Returns
    -------
    names : of the populations; [""] where they have none.
    rows : (name, value for each population), of what is finite somewhere; of what stands along `kind` a row for each.
    """
    names = [str(name) for name in dataset["population"].values] if "population" in dataset.coords else [""]
    rows: list[tuple[str, FloatArray]] = []
    for name, variable in dataset.data_vars.items():
        if variable.dims == ("kind",):
            along = zip(dataset["kind"].values, np.asarray(variable.values, dtype=float), strict=True)
            rows += [(f"{name} {kind}", np.array([value])) for kind, value in along]
        elif variable.dims in ((), ("population",)) and variable.dtype.kind in "biuf":
            values = np.asarray(variable.values, dtype=float)
            rows.append((str(name), np.broadcast_to(values, (len(names) if variable.dims else 1,))))
    return names, [(name, values) for name, values in rows if np.any(np.isfinite(values))]
