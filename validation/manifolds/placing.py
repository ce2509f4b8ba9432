"""Manifolds placed in a space of given dimension: points, or balls and ellipsoids by their centres and axes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.manifolds import Ball, Ellipsoid, PointCloud


@dataclass(frozen=True, eq=False)
class Placed:
    """One manifold: all points are to be on the positive side of a read-out.

    Attributes
    ----------
    points : shape (n_points, N).
    axes : axes of the ellipsoid around a single point, times their radii, shape (D, N); none of a cloud.
    """

    points: FloatArray
    axes: FloatArray

    def within(self, n: int) -> Placed:
        """Return what is seen of it in the first n dimensions."""
        return Placed(self.points[:, :n], self.axes[:, :n])


@singledispatch
def placed(shape: Any, size: int, rng: np.random.Generator) -> Placed:
    """Return a shape with a random orientation in N dimensions: its centre and its axes along Gaussian vectors."""
    raise TypeError(f"a {type(shape).__name__} cannot be placed")


@placed.register
def _(shape: Ball, size: int, rng: np.random.Generator) -> Placed:
    whole = round(shape.dimension)
    if whole != shape.dimension:
        raise ValueError(f"a simulated ball must have a whole number of dimensions, got {shape.dimension:g}")
    return _around(np.full(whole, shape.radius), size, rng)


@placed.register
def _(shape: Ellipsoid, size: int, rng: np.random.Generator) -> Placed:
    return _around(np.array(shape.radii), size, rng)


@placed.register
def _(shape: PointCloud, size: int, rng: np.random.Generator) -> Placed:
    many, features = shape.points.shape
    own = shape.points / shape.centre_norm
    if features > many:  # the coordinates that the points need
        own = np.asarray(np.linalg.qr(own.T, mode="r")).T
    return Placed(own @ rng.standard_normal((own.shape[1], size)), np.zeros((0, size)))


def _around(radii: FloatArray, size: int, rng: np.random.Generator) -> Placed:
    centre = rng.standard_normal((1, size))
    used = radii[radii > 0.0]
    return Placed(centre, used[:, None] * rng.standard_normal((len(used), size)))
