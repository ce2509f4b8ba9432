"""Canonical cases, one file a theory: networks, what theory says of them, and the pictures that show both.

An addition is a file with a `section`, and its name in `sections`.
"""

from __future__ import annotations

from validation.cases.section import Budget, Content, Picture, Section

__all__ = ["Budget", "Content", "Picture", "Section", "sections"]


def sections() -> tuple[Section, ...]:
    """Return the sections of the report, in their order."""
    from validation.cases import (
        balanced,
        capacity,
        dimension,
        driven,
        implicit_bias,
        learning_signals,
        lotka_volterra,
        manifolds,
        plastic,
        stationary,
        structure,
        trained,
        units,
    )

    modules = (
        stationary,
        driven,
        dimension,
        balanced,
        plastic,
        structure,
        units,
        lotka_volterra,
        capacity,
        manifolds,
        implicit_bias,
        learning_signals,
        trained,
    )
    return tuple(module.section for module in modules)
