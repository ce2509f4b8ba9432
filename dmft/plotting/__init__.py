"""Figures of solutions and diagrams; matplotlib is loaded on first use."""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "paper_style": "style",
    "COLOURS": "style",
    "MARKERS": "style",
    "phase_diagram": "phase_diagram",
    "solution": "solution",
}

__all__ = [*sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dmft.plotting' has no attribute {name!r}")
    # A function here has the name of its module: the module's import would otherwise shadow it.
    value = getattr(importlib.import_module(f"dmft.plotting.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
