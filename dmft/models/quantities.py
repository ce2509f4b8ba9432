"""Numbers of a statement: the range of each stands where it is declared, beside its unit and its meaning."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from dmft.models.spelt import Spelt


def within(check: Callable[[str, Any], Any], meaning: str, unit: str = "1") -> dict[str, Any]:
    """Return the metadata of a field whose values pass a check of `dmft.models.checks`."""
    return {"check": check, "meaning": meaning, "unit": unit}


class Quantities(Spelt):
    """A frozen dataclass that checks its fields, each by the range that it declares (`within`).

    Raises
    ------
    ValueError, TypeError : on construction, if one of them is out of its range, or they do not go together.
    """

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            if "check" in field.metadata:
                object.__setattr__(self, field.name, field.metadata["check"](field.name, getattr(self, field.name)))
        self.check()

    def check(self) -> None:
        """Refuse numbers that do not go together."""
