"""A critical curve as it is found: branches over the grid, and folds."""

from __future__ import annotations

from dataclasses import dataclass, field

from dmft.phases.arc import Point
from dmft.phases.roots import Root


@dataclass
class Branch:
    """The part of a curve between two folds.

    Attributes
    ----------
    roots : index in the grid of a -> root in u.
    curve : number of the curve that it is a part of.
    """

    roots: dict[int, Root] = field(default_factory=dict)
    curve: int = 0


@dataclass
class Curve:
    """What was found.

    Attributes
    ----------
    branches : a list with at least one branch; each fold begins a new one.
    folds : (a, u) of the folds, as far as they were passed.
    """

    branches: list[Branch]
    folds: list[Point] = field(default_factory=list)
