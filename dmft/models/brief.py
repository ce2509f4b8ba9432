"""A statement in a line: what it says, without what it leaves as it is by default."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

_LONGEST, _MOST_PARTS = 80, 4


def brief(stated: Any) -> str:
    """Return the repr of a statement without the fields that have their defaults.

    Parameters
    ----------
    stated : a network, or any part of one. What writes its own repr keeps it.

    Returns
    -------
    str : like "RandomNetwork(g=1.8, drive=WhiteNoise(intensity=0.5))", which makes the same statement again.
    """
    if isinstance(stated, Mapping):
        return "{" + ", ".join(f"{name!r}: {brief(part)}" for name, part in stated.items()) + "}"
    if isinstance(stated, tuple):
        parts = [brief(part) for part in stated]
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
    if not dataclasses.is_dataclass(stated) or _writes_its_own(type(stated)):
        return repr(stated)
    said = [field for field in dataclasses.fields(stated) if field.repr and not _left(stated, field)]
    arguments = ", ".join(f"{field.name}={brief(getattr(stated, field.name))}" for field in said)
    return f"{type(stated).__name__}({arguments})"


def shortened(value: Any) -> str:
    """Return what a refusal prints of whatever it was given: of arrays their shapes, of the rest a line, cut."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}"
    if isinstance(value, list | tuple):
        parts = [shortened(part) for part in value[:_MOST_PARTS]] + ["..."] * (len(value) > _MOST_PARTS)
        return f"({', '.join(parts)})" if isinstance(value, tuple) else f"[{', '.join(parts)}]"
    line = " ".join(repr(value).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 4]} ..."


def _writes_its_own(kind: type) -> bool:
    return not hasattr(kind.__repr__, "__wrapped__")  # what `dataclass` writes is wrapped against recursion


def _left(stated: Any, field: Any) -> bool:
    """Return whether a field has its default; a value whose comparison is no truth (an array) has not."""
    default = field.default
    if field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    if default is dataclasses.MISSING:
        return False
    value = getattr(stated, field.name)
    try:
        return value is default or (type(value) is type(default) and bool(value == default))
    except ValueError:
        return False
