"""What shows itself: as text, as a figure, and in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dmft.models.brief import brief

if TYPE_CHECKING:
    import matplotlib.figure

_WIDTH = 80


class Shown:
    """A result with `to_xarray()`, which the face of the package knows to draw, to store and to read back.

    A subclass is a dataclass with `repr=False`: its fields are too many for a line.
    """

    def __repr__(self) -> str:
        """Return a line: the class, how it ended, of what it is."""
        outcome, network = getattr(self, "convergence", None), getattr(self, "network", None)
        ended = "" if outcome is None else outcome.status.name
        told = ", ".join(filter(None, [ended, self._state, "" if network is None else brief(network)]))
        line = f"{type(self).__name__}: {told}" if told else type(self).__name__
        return f"<{line}>" if len(line) <= _WIDTH - 2 else f"<{line[: _WIDTH - 6]} ...>"

    @property
    def _state(self) -> str:
        """The word for the state that was found; "" where there is none."""
        state = getattr(self, "state", "")
        return state if isinstance(state, str) else ""

    def __str__(self) -> str:
        """Return the status, the statement, the numbers and what arrays there are, in lines of 80 columns."""
        import dmft

        text: str = dmft.plotting.text(self, self._state)
        return text

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
