"""`ByName`: a frozen mapping of names to parts, equal and hashed by what it holds, in its order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

Part = TypeVar("Part")


class ByName(Mapping[str, Part]):
    """Parts by name, frozen.

    Parameters
    ----------
    items : pairs of a name and a part, in their order.
    """

    def __init__(self, items: Iterable[tuple[str, Part]]) -> None:
        self._items = tuple(items)

    def __getitem__(self, name: str) -> Part:
        return dict(self._items)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(name for name, _ in self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return repr(dict(self._items))
