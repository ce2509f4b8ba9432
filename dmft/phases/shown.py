"""Diagrams and critical lines show themselves: `.dmft.plot()` of their datasets, and `.dmft` alone in a notebook."""

from __future__ import annotations

from collections import Counter
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

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

        held = self._dataset
        told = escape(str(held.attrs.get("network", "diagram")))
        if "status" in held:
            failed = Counter(int(code) for code in held["status"].values.ravel())
            solved, total = failed.pop(0, 0), held["status"].size
            told = f"{solved} of {total} points solved: {told}"
        try:
            drawn = dmft.plotting.phase_diagram(held).figure
        except ValueError:  # of more fields than two
            return f"<p>{told}</p>"
        return f"<p>{told}</p>{dmft.plotting.image(drawn)}"


@cache
def let_diagrams_show_themselves() -> None:
    """Register the accessor, once."""
    import xarray

    xarray.register_dataset_accessor("dmft")(Diagram)  # type: ignore[no-untyped-call]
