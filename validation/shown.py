"""What shows itself: as a figure, and in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import matplotlib.figure


class Shown:
    """A result of networks that the face of this package knows to draw: what simulates and trains knows no drawing."""

    def plot(self) -> matplotlib.figure.Figure:
        """Return a figure of the result, `validation.figure`.

        Raises
        ------
        ValueError : where there is nothing to draw.
        """
        import validation

        drawn: matplotlib.figure.Figure = validation.figure(self)
        return drawn

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the text, and the figure where there is one."""
        import validation

        text: str = validation.html(str(self), self)
        return text
