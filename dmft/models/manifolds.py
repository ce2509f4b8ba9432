"""What a class of responses looks like: the shapes that a linear read-out is to tell apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.checks import finite, non_negative, numbers
from dmft.models.statement import Statement

_NOTHING = 1e-12  # norm of a centre, relative to its points, that is rounding


@dataclass(frozen=True)
class Ball(Statement):
    """A ball of points around a centre of norm 1, in a subspace of random orientation that the centre is not in.

    Parameters
    ----------
    radius : R >= 0, in units of the norm of the centre; 0 is a point.
    dimension : D > 0 of the ball; D = 1 is a segment. Theory takes any real number, a simulation whole ones.

    Raises
    ------
    ValueError, TypeError : for a radius or a dimension out of these ranges.
    """

    radius: float = field(metadata={"unit": "centre norm", "meaning": "radius of the ball"})
    dimension: float = field(metadata={"unit": "1", "meaning": "dimension of the ball"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "radius", non_negative("radius", self.radius))
        dimension = finite("dimension", self.dimension)
        if not 0.0 < dimension <= 1e12:
            raise ValueError(f"dimension must be positive and at most 1e12, got {dimension:g}")
        object.__setattr__(self, "dimension", dimension)

    @property
    def coordinates(self) -> int:
        """Number of coordinates that its points need, one for the centre among them."""
        return round(self.dimension) + 1


@dataclass(frozen=True)
class Ellipsoid(Statement):
    """An ellipsoid of points around a centre of norm 1, in a subspace of random orientation that the centre is not in.

    Parameters
    ----------
    radii : R_i >= 0 along its axes, in units of the norm of the centre.

    Raises
    ------
    ValueError, TypeError : for no radii, or radii that are not finite and >= 0.
    """

    radii: tuple[float, ...] = field(metadata={"unit": "centre norm", "vector": True, "meaning": "radii of the axes"})

    def __post_init__(self) -> None:
        given = numbers("radii", self.radii)
        if given.ndim != 1 or given.size == 0:
            raise ValueError(f"radii must be a sequence of numbers, one an axis, got an array of shape {given.shape}")
        radii = tuple(non_negative(f"radii[{i}]", float(radius)) for i, radius in enumerate(given))
        object.__setattr__(self, "radii", radii)

    @property
    def coordinates(self) -> int:
        """Number of coordinates that its points need, one for the centre among them."""
        return len(self.radii) + 1


@dataclass(frozen=True, eq=False, repr=False)
class PointCloud(Statement):
    """A set of points, and all that lies between them (their convex hull).

    Its centre is the mean of the points, the unit of lengths is the norm of that. Points are taken as they are: what
    decides is their distances and angles, seen from the origin.

    Parameters
    ----------
    points : shape (n_points, n_features), finite; copies and single points are allowed.

    Raises
    ------
    ValueError, TypeError : for points that are not such an array of finite numbers, or whose centre is the origin.
    """

    points: Any = field(metadata={"unit": "feature", "array": True, "meaning": "points, one a row"})

    def __post_init__(self) -> None:
        points = numbers("points", self.points)
        if points.ndim != 2 or points.size == 0:
            raise ValueError(f"points must be of shape (n_points, n_features), at least (1, 1), got {points.shape}")
        wrong = np.flatnonzero(~np.all(np.isfinite(points), axis=1))
        if wrong.size:
            raise ValueError(
                f"points must be finite: {wrong.size} of {len(points)} rows are not, the first is row {wrong[0]}; "
                "leave them out, or fill them in"
            )
        largest = float(np.max(np.abs(points)))
        if largest > 1e150 or 0.0 < largest < 1e-150:
            raise ValueError(f"points must be of a size between 1e-150 and 1e150, got {largest:g}; scale them")
        points.flags.writeable = False
        object.__setattr__(self, "points", points)
        size = float(np.linalg.norm(points) / np.sqrt(len(points)))
        if not self.centre_norm > _NOTHING * size:
            raise ValueError(
                "the centre of the points is the origin, and its norm is the unit of lengths: there is nothing to "
                "tell them from; do not subtract a cloud's own mean (Manifolds.centred takes that of all), or add a "
                "constant feature"
            )

    @property
    def coordinates(self) -> int:
        """Number of coordinates that its points need, at most."""
        return int(min(self.points.shape))

    @cached_property
    def centre(self) -> FloatArray:
        """Mean of the points, shape (n_features,)."""
        return np.asarray(self.points.mean(axis=0))

    @cached_property
    def centre_norm(self) -> float:
        """Norm of the centre, the unit of lengths."""
        return float(np.linalg.norm(self.centre))

    @cached_property
    def axes(self) -> FloatArray:
        """Standard deviations along the principal axes, in units of the centre's norm, shape (rank,), decreasing."""
        spread = np.linalg.svd(self.points - self.centre, compute_uv=False) / np.sqrt(len(self.points))
        return np.asarray(spread[spread > _NOTHING * max(float(spread[0]), self.centre_norm)] / self.centre_norm)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PointCloud) and np.array_equal(self.points, other.points)

    @cached_property
    def _hash(self) -> int:
        return hash((self.points.shape, self.points.tobytes()))

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        many, features = self.points.shape
        return f"PointCloud({many} points of {features} features)"


Shape = Ball | Ellipsoid | PointCloud


@dataclass(frozen=True)
class Manifolds(Statement):
    """Several classes of responses, each a shape, of which a linear read-out is to tell some from the others.

    Parameters
    ----------
    manifolds : `Ball`, `Ellipsoid` and `PointCloud`, or arrays of points, shape (n_points, n_features).

    Raises
    ------
    ValueError, TypeError : for none, or what is no shape; for clouds of unequal numbers of features.
    """

    manifolds: tuple[Shape, ...]

    def __post_init__(self) -> None:
        if isinstance(self.manifolds, Statement | str) or not isinstance(self.manifolds, Iterable):
            raise TypeError(f"manifolds must be a sequence of shapes, got {self.manifolds!r}")
        shapes = tuple(_shape(i, part) for i, part in enumerate(self.manifolds))
        if not shapes:
            raise ValueError("manifolds must be at least one shape, got none")
        features = {part.points.shape[1] for part in shapes if isinstance(part, PointCloud)}
        if len(features) > 1:
            raise ValueError(f"clouds must be of one number of features, got {', '.join(map(str, sorted(features)))}")
        object.__setattr__(self, "manifolds", shapes)

    @classmethod
    def from_labels(cls, points: ArrayLike, labels: ArrayLike) -> Manifolds:
        """Return the clouds of labelled points, in the order of their labels.

        Parameters
        ----------
        points : shape (n_points, n_features).
        labels : shape (n_points,), anything that can be sorted.

        Raises
        ------
        ValueError, TypeError : for arrays that do not go together, and as `PointCloud`.
        """
        every, named = numbers("points", points), np.asarray(labels)
        if every.ndim != 2 or named.shape != every.shape[:1]:
            raise ValueError(
                f"points and labels must be of shapes (n, n_features) and (n,), got {every.shape} and {named.shape}"
            )
        try:
            kinds = np.unique(named)
        except TypeError:
            raise TypeError(f"labels must be of one kind, that can be sorted, got {labels!r}") from None
        if np.any(kinds != kinds):
            raise ValueError(f"labels must be a class for each point: {int(np.sum(named != named))} of them are nan")
        return cls(tuple(PointCloud(every[named == label]) for label in kinds))

    def joint(self) -> tuple[FloatArray, Any]:
        """Return all points, shape (n, n_features), and the number of the manifold of each, shape (n,).

        Raises
        ------
        ValueError : if one of the shapes is no `PointCloud`: it has no place in a space that all share.
        """
        clouds = [part for part in self.manifolds if isinstance(part, PointCloud)]
        if len(clouds) < len(self.manifolds):
            raise ValueError(
                "given labels need all manifolds in one space: state each as a PointCloud (a ball or an ellipsoid has "
                "a random orientation, for which labels do not matter: leave labels out)"
            )
        owners = np.repeat(np.arange(len(clouds)), [len(cloud.points) for cloud in clouds])
        return np.vstack([cloud.points for cloud in clouds]), owners

    def centred(self) -> Manifolds:
        """Return the clouds with the mean of all points taken off, as by a read-out with a free threshold, about.

        Raises
        ------
        ValueError : as `joint`; if a centre is then the origin.
        """
        points, owners = self.joint()
        off = points - points.mean(axis=0)
        return Manifolds(tuple(PointCloud(off[owners == i]) for i in range(len(self.manifolds))))

    def __repr__(self) -> str:
        if len(self.manifolds) <= 3:
            return f"Manifolds({', '.join(map(repr, self.manifolds))})"
        return f"Manifolds({self.manifolds[0]!r}, and {len(self.manifolds) - 1} more)"


def manifolds_of(statement: Any) -> Manifolds:
    """Return a shape, or several, as several.

    Raises
    ------
    TypeError : for anything else.
    """
    if isinstance(statement, Manifolds):
        return statement
    if isinstance(statement, Ball | Ellipsoid | PointCloud):
        return Manifolds((statement,))
    raise TypeError(f"manifolds must be a dmft.Ball, Ellipsoid, PointCloud or Manifolds, got {statement!r}")


def _shape(index: int, part: Any) -> Shape:
    if isinstance(part, Ball | Ellipsoid | PointCloud):
        return part
    if isinstance(part, np.ndarray | list):
        return PointCloud(part)
    raise TypeError(f"manifolds[{index}] must be a Ball, an Ellipsoid, a PointCloud or its points, got {part!r}")
