"""What all statements share: frozen parts inside parts, and `replace` by dotted paths."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from numbers import Real
from typing import Any, Self

from dmft.models.checks import named
from dmft.models.spelt import Spelt


class Statement(Spelt):
    """A frozen dataclass whose fields may be parts with fields of their own."""

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed; the copy is checked like any new statement.

        Dotted paths reach into the parts: ``net.replace(**{"drive.intensity": 0.3})``, populations by their names,
        terms of a sum and rows of a matrix by their names or numbers: ``"populations.E.bias"``,
        ``"couplings.random.g.E.I"``.

        Raises
        ------
        ValueError : for an unknown field, or a path through a part that is None or has no fields.
        """
        copy: Self = _changed(self, "", _tree(changes), self._names())
        return copy

    def number(self, path: str) -> tuple[float, str, str]:
        """Return the number that a dotted path leads to, with its unit and its meaning.

        Raises
        ------
        ValueError, TypeError : as `replace`, and for what is no number.
        """
        if not isinstance(path, str):
            raise TypeError(f"a field is named by a dotted path, got {path!r}")
        part: Any = self
        about: Mapping[str, str] = {}
        walked = ""
        for head in path.split("."):
            key = _key(part, head, walked, self._names())
            if dataclasses.is_dataclass(part):
                about = {f.name: f.metadata for f in dataclasses.fields(part)}[key]
            part = getattr(part, key) if dataclasses.is_dataclass(part) else part[key]
            walked = f"{walked}.{head}".strip(".")
        if isinstance(part, bool) or not isinstance(part, Real):
            raise TypeError(f"{path} is {part!r}, which is not a number and cannot run along a grid")
        return float(part), about.get("unit", ""), about.get("meaning", "")

    def _names(self) -> tuple[str, ...]:
        """Names by which the rows of a matrix can be reached."""
        return ()


class _Tree(dict[str, Any]):
    """Changes by the first step of their paths: values, or trees of the rest of them."""


def _tree(changes: Mapping[str, Any]) -> _Tree:
    """Return changes as a tree; a part given as a whole, and changes inside it, are one after the other."""
    tree, inside = _Tree(), _Tree()
    for path, value in changes.items():
        head, dot, rest = path.partition(".")
        if dot:
            inside.setdefault(head, {})[rest] = value
        else:
            tree[head] = value
    for head, inner in inside.items():
        tree[head] = (tree[head], _tree(inner)) if head in tree else _tree(inner)
    return tree


def _changed(part: Any, path: str, tree: _Tree, names: tuple[str, ...]) -> Any:
    """Return a copy of the part at a path with the changes of a tree."""

    def new(head: str, old: Any) -> Any:
        change = tree[head]
        if isinstance(change, tuple) and len(change) == 2 and isinstance(change[1], _Tree):
            old, change = change
        return _changed(old, f"{path}.{head}".strip("."), change, names) if isinstance(change, _Tree) else change

    keys = {_key(part, head, path, names): head for head in tree}
    if isinstance(part, Mapping):
        return {name: new(keys[name], old) if name in keys else old for name, old in part.items()}
    if isinstance(part, tuple):
        return tuple(new(keys[i], old) if i in keys else old for i, old in enumerate(part))
    return dataclasses.replace(part, **{head: new(head, getattr(part, head)) for head in tree})


def _key(part: Any, head: str, path: str, names: tuple[str, ...]) -> Any:
    """Return where a step of a path leads in the part at `path`: a name, or the index of a row; refuse one that is not
    there.
    """
    if isinstance(part, Mapping):
        if head not in part:
            raise ValueError(f"{path} has no {head!r}; it has {', '.join(map(repr, part))}")
        return head
    if isinstance(part, tuple):
        index = names.index(head) if head in names else int(head) if head.isdecimal() else -1
        if not 0 <= index < len(part):
            known = ", ".join(map(repr, names)) or f"0 to {len(part) - 1}"
            raise ValueError(f"{path} has no {head!r}; it has {known}")
        return index
    if part is None:
        kinds = ""
        if path.endswith("drive"):
            from dmft.models.drives import KINDS

            kinds = f": {named(KINDS)}"
        raise ValueError(
            f"the path {path}.{head} leads through {path}, which is None; give the network one first{kinds}"
        )
    if not dataclasses.is_dataclass(part):
        raise ValueError(f"{path} is {part!r}, which has no fields; set {path} as a whole")
    fields = [f.name for f in dataclasses.fields(part) if f.init]
    if head not in fields:
        kind, known = type(part).__name__, ", ".join(fields) or "none"
        if path:
            raise ValueError(f"{path} is a {kind} and has no field {head!r}; it has {known}")
        raise ValueError(f"{kind} has no field {head!r}; its fields are {known}")
    return head
