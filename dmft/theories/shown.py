"""What shows itself: as a figure, and in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import matplotlib.figure


class Shown:
    """A result with `to_xarray()`, which the face of the package knows to draw, to store and to read back."""

    def plot(self) -> matplotlib.figure.Figure:
        """Return a figure of the result."""
        import dmft  # the package's face knows how to draw; a theory does not

        figure: matplotlib.figure.Figure = dmft.plotting.figure(self)
        return figure

    def _repr_html_(self) -> str:
        """Return what a notebook shows: how it ended, its numbers and a figure."""
        import dmft

        text: str = dmft.plotting.html(self)
        return text
