"""Parts by name, frozen, in the order in which they are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")


class ByName(Mapping[str, T]):
    """A frozen mapping; two are equal if they hold the same in the same order."""

    def __init__(self, parts: Mapping[str, T]) -> None:
        self._items = tuple(parts.items())

    def __getitem__(self, name: str) -> T:
        return dict(self._items)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(name for name, _ in self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == other._items if isinstance(other, ByName) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return repr(dict(self._items))
