"""What shows itself: as text, as a figure, and in a notebook."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import matplotlib.figure

_WIDTH = 80  # of what is printed; tables are wider


class Shown:
    """A result of networks that the face of this package knows to draw: what simulates and trains knows no drawing.

    A subclass is a dataclass with `repr=False`: its fields are too many for a line.
    """

    def said(self) -> str:
        """Return in a sentence what it is, and what came of it."""
        return type(self).__name__

    def __repr__(self) -> str:
        line = self.said()
        return f"<{line}>" if len(line) <= _WIDTH - 2 else f"<{line[: _WIDTH - 6]} ...>"

    def __str__(self) -> str:
        return filled(self.said())

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


def filled(text: str, indent: str = "") -> str:
    """Return a sentence in lines of 80 columns."""
    return textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False)
