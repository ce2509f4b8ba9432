"""Where a pass writes its arrays: fresh ones each time, or the same again and again.

Of large arrays the system hands out pages anew each time, which costs more than the elementwise part of a step.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class Room(Protocol):
    """What hands out arrays."""

    def empty(self, name: str, layer: int, shape: tuple[int, ...], dtype: Any = float) -> Any:
        """Return an array of a shape with anything in it."""


class Fresh:
    """A new array each time."""

    def empty(self, name: str, layer: int, shape: tuple[int, ...], dtype: Any = float) -> Any:
        """Return an array of a shape with anything in it."""
        return np.empty(shape, dtype)


class Kept:
    """The same array for the same name, layer and shape: what one pass leaves lasts until the next."""

    def __init__(self) -> None:
        self._held: dict[Any, Any] = {}

    def empty(self, name: str, layer: int, shape: tuple[int, ...], dtype: Any = float) -> Any:
        """Return an array of a shape with anything in it."""
        asked = (name, layer, shape)
        found = self._held.get(asked)
        if found is None:
            found = self._held[asked] = np.empty(shape, dtype)
        return found


FRESH = Fresh()
