"""A result as a notebook shows it: a line that says how it ended, a table of its numbers, a figure."""

from __future__ import annotations

import html as entities
from typing import Any

import numpy as np

from dmft.plotting.image import image
from dmft.plotting.observables import figure


def html(result: Any) -> str:
    """Return a result as a piece of HTML.

    Parameters
    ----------
    result : a solution of any theory, or another result that shows itself.

    Returns
    -------
    str : the status, the numbers (a column for each population that has a name), and the figure of `plot`, inside it.
    """
    dataset = result.to_xarray()
    names = [str(name) for name in dataset["population"].values] if "population" in dataset.coords else [""]
    rows = []
    for name, variable in dataset.data_vars.items():
        if variable.dims == ("kind",):  # a line for each
            cells_of = zip(dataset["kind"].values, np.asarray(variable.values, dtype=float), strict=True)
            rows += [f"<tr><th>{name} {kind}</th><td>{x:.6g}</td></tr>" for kind, x in cells_of if np.isfinite(x)]
        if variable.dims not in ((), ("population",)):
            continue
        if variable.dtype.kind not in "biuf":
            continue
        values = np.broadcast_to(np.asarray(variable.values, dtype=float), (len(names),))
        cells = "".join(f"<td>{value:.6g}</td>" for value in values) if np.any(np.isfinite(values)) else ""
        rows += [f"<tr><th>{entities.escape(str(name))}</th>{cells}</tr>"] if cells else []
    head = "".join(f"<th>{entities.escape(name)}</th>" for name in names) if names != [""] else ""
    title = " ".join(filter(None, [type(result).__name__, str(getattr(result, "state", ""))]))
    outcome = getattr(result, "convergence", None)
    told = entities.escape(title if outcome is None else f"{title}: {outcome.message}")
    return f"<p>{told}</p><table><tr><th></th>{head}</tr>{''.join(rows)}</table>{_picture(result)}"


def _picture(result: Any) -> str:
    """Return the figure as an image, or nothing where there is none to draw."""
    try:
        drawn = figure(result)
    except ValueError:
        return ""
    return image(drawn)
