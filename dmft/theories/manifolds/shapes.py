"""Which theory a shape calls for."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np

from dmft.models.manifolds import Ball, Ellipsoid, PointCloud
from dmft.theories.manifolds.ball import ball
from dmft.theories.manifolds.cloud import cloud
from dmft.theories.manifolds.draws import Draws
from dmft.theories.manifolds.ellipsoid import ellipsoid
from dmft.theories.manifolds.found import Found


@singledispatch
def found(shape: Any, margin: float, rng: np.random.Generator, draws: Draws) -> tuple[Found | None, bool]:
    """Return what is known of a shape, and whether it is as accurate as asked; None where no margin can be kept."""
    raise TypeError(f"no theory is known of a {type(shape).__name__}")


@found.register
def _(shape: Ball, margin: float, rng: np.random.Generator, draws: Draws) -> tuple[Found | None, bool]:
    return ball(shape.radius, shape.dimension, margin), True


@found.register
def _(shape: Ellipsoid, margin: float, rng: np.random.Generator, draws: Draws) -> tuple[Found | None, bool]:
    return ellipsoid(shape.radii, margin, rng, draws)


@found.register
def _(shape: PointCloud, margin: float, rng: np.random.Generator, draws: Draws) -> tuple[Found | None, bool]:
    return cloud(shape.points, margin, rng, draws)
