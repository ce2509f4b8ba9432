"""What the shell completes after --nonlinearity and --set: names of parts, and fields of them."""

from __future__ import annotations

import dataclasses
from typing import Any

from dmft.models.nonlinearity import BUILT_IN
from dmft.models.serialization import DRIVES

_FIELDS = ("drive=", "symmetry=", "size=", "J0=", "I0=")


def nonlinearities(_context: Any, _parameter: Any, incomplete: str) -> list[str]:
    """Return the short names that begin so."""
    return [name for name in BUILT_IN if name.startswith(incomplete)]


def settings(_context: Any, _parameter: Any, incomplete: str) -> list[str]:
    """Return the fields that begin so, and kinds of drive after "drive="."""
    kinds = [f"drive={name}" for name in DRIVES]
    names = {field.name for kind in DRIVES.values() for field in dataclasses.fields(kind) if field.init}
    inner = sorted(f"drive.{name}=" for name in names)
    offered = [*kinds] if incomplete.startswith("drive=") else inner if incomplete.startswith("drive.") else _FIELDS
    return [text for text in offered if text.startswith(incomplete)]
