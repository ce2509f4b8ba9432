"""A result as a notebook shows it: a line that says how it ended, a table of its numbers, a figure."""

from __future__ import annotations

import html as entities
from typing import Any

from dmft.plotting.image import image
from dmft.plotting.numbers import numbers
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
    names, held = numbers(dataset)
    rows = []
    for name, values in held:
        wide = f' colspan="{len(names)}"' if len(values) < len(names) else ""
        cells = "".join(f"<td{wide}>{value:.6g}</td>" for value in values)
        rows.append(f"<tr><th>{entities.escape(name)}</th>{cells}</tr>")
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
