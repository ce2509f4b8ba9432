"""Diagrams and critical lines show themselves: `.dmft.plot()` of their datasets, and `.dmft` alone in a notebook."""

from __future__ import annotations

import textwrap
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import matplotlib.figure
    import xarray


class Diagram:
    """What the accessor `dmft` of an `xarray.Dataset` gives: a diagram that draws itself.

    Parameters
    ----------
    dataset : of `dmft.phase_diagram` or `dmft.critical_line`, as computed or as `dmft.load` read it.
    """

    def __init__(self, dataset: xarray.Dataset) -> None:
        self._dataset = dataset

    def __repr__(self) -> str:
        return textwrap.fill(f"<{self._told()}>", 80, break_on_hyphens=False)

    def plot(self, **settings: Any) -> matplotlib.figure.Figure:
        """Return the figure of `dmft.plotting.phase_diagram`, which takes the settings: `of`, `x`, `y`, `edge`, ..

        Raises
        ------
        ValueError, TypeError : as that does.
        """
        import dmft  # the package's face knows how to draw

        figure: matplotlib.figure.Figure = dmft.plotting.phase_diagram(self._dataset, **settings).figure
        return figure

    def _repr_html_(self) -> str:
        """Return what a notebook shows: how the points ended, and the figure where there is one."""
        import dmft

        told = escape(self._told())
        try:
            drawn = dmft.plotting.phase_diagram(self._dataset).figure
        except ValueError:  # of more fields than two
            return f"<p>{told}</p>"
        return f"<p>{told}</p>{dmft.plotting.image(drawn)}"

    def _told(self) -> str:
        """Return how many points were solved, and of what."""
        held = self._dataset
        told = str(held.attrs.get("network", "diagram"))
        if "status" not in held:
            return told
        return f"{np.count_nonzero(held['status'].values == 0)} of {held['status'].size} points solved: {told}"


@cache
def let_diagrams_show_themselves() -> None:
    """Register the accessor, once."""
    import xarray

    xarray.register_dataset_accessor("dmft")(Diagram)  # type: ignore[no-untyped-call]
