"""A solution as plain data, exact to the last bit, and back: JSON types and arrays, nothing pickled or evaluated.

Dataclasses of this package go by their name and their fields, whatever fields they have; other classes by the arguments
of their constructor, where they keep them (under the same name, or with an underscore before it). Averages over phi are
not written but made anew from the network. What can be neither written nor made anew (a march that could go on) is left
out, and says so when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dmft.errors import DMFTError

# Parts of the network that solutions hold too.
PARTS = ("nonlinearity", "drive", "wave")


@dataclass(frozen=True)
class State:
    """What a file holds of a solution beside its dataset.

    Attributes
    ----------
    tree : JSON types; arrays by name.
    arrays : name -> array of integers or floats.
    """

    tree: Any
    arrays: Mapping[str, Any] = field(default_factory=dict)


class NotStored:
    """Stands for a part of a solution that a file does not hold; whatever is asked of it is refused."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __repr__(self) -> str:
        return f"<{self._what}: not in the file>"

    def _refuse(self) -> Any:
        raise DMFTError(f"a file does not hold the {self._what} of a solution; solve the network again for it")

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Refuse."""
        self._refuse()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        self._refuse()
