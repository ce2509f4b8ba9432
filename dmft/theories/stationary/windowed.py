"""What all stationary methods on a half line of lags are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dmft.models.checks import positive
from dmft.models.quantities import Quantities, within


def _window(name: str, value: Any) -> float | None:
    return None if value is None else positive(name, value)


@dataclass(frozen=True)
class Windowed(Quantities):
    """A method on a half line of lags.

    Parameters
    ----------
    window : length of the half line, in the unit of time, to begin with: it is made longer until correlations have
        decayed; None for one that is long enough.

    Raises
    ------
    ValueError, TypeError : if it is out of its range.
    """

    window: float | None = field(default=None, metadata=within(_window, "length of the half line of lags", "tau"))
