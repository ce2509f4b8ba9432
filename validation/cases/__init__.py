"""Canonical cases, one file a theory: networks, what theory says of them, and the pictures that show both.

An addition is a file with a `section` and its name in `_MODULES`.
"""

from __future__ import annotations

import importlib

from validation.cases.section import Budget, Content, Picture, Section

_MODULES = ("stationary", "driven", "dimension", "balanced", "plastic")

__all__ = ["Budget", "Content", "Picture", "Section", "sections"]


def sections() -> tuple[Section, ...]:
    """Return the sections of the report, in their order."""
    return tuple(importlib.import_module(f"validation.cases.{name}").section for name in _MODULES)
