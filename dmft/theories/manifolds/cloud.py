"""Capacity of clouds of points: the nearest read-out by non-negative least squares, averages by drawing.

Of V with V . x_i >= kappa for all points, in units of the centre's norm, the nearest to T is T + sum_i lambda_i x_i. If
some w has w . x_i = 1 for all i, a margin only shifts T by -kappa w, and lambda = argmin |T + sum_i lambda_i x_i|; else
it is the least-distance problem of Lawson & Hanson (1974, chapter 23), of one row more. The weighted mean of points
sum_i lambda_i x_i/sum_i lambda_i is the anchor. Inner products between points are all that counts: they are replaced by
coordinates in the space that they span.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.cones import Cone, least_distance, pointed, seconds
from dmft.theories.manifolds.ball import point
from dmft.theories.manifolds.draws import Draws, directions
from dmft.theories.manifolds.found import Anchors, Found

_ROUNDING = 1e-9


def coordinates(points: FloatArray) -> FloatArray:
    """Return points in as few coordinates as their number, or their features, shape (n_points, d)."""
    many, features = points.shape
    return np.asarray(np.linalg.qr(points.T, mode="r")).T if features > many else points


class Cloud:
    """Points in as few coordinates as they need, in units of the norm of their centre.

    Parameters
    ----------
    points : shape (n_points, n_features).
    """

    def __init__(self, points: FloatArray) -> None:
        own = coordinates(points)
        self.centre = own.mean(axis=0)
        unit = np.linalg.norm(self.centre)
        self.x, self.centre = own / unit, self.centre / unit

    @cached_property
    def axes(self) -> FloatArray:
        """Orthonormal basis of the differences of the points, as rows, shape (D, d)."""
        _, size, rows = np.linalg.svd(self.x - self.centre, full_matrices=False)
        return np.asarray(rows[size > _ROUNDING * max(float(size[0]), 1.0)])

    @cached_property
    def level(self) -> FloatArray | None:
        """The vector w with w . x = 1 for all points; None where there is none."""
        w = np.linalg.lstsq(self.x, np.ones(len(self.x)), rcond=None)[0]
        return np.asarray(w, dtype=float) if np.max(np.abs(self.x @ w - 1.0)) < _ROUNDING else None

    @cached_property
    def cone(self) -> Cone:
        """The cone of the points."""
        return Cone(self.x)

    def weights(self, t: FloatArray, margin: float) -> FloatArray:
        """Return lambda of the read-out nearest to t, shape (n_points,)."""
        if margin == 0.0:
            return self.cone.weights(-t)
        if self.level is not None:
            return self.cone.weights(margin * self.level - t)
        found = least_distance(self.x, margin - self.x @ t)
        if found is None:
            raise ArithmeticError("no read-out keeps the margin, though one was found to")
        return found


def cloud(points: FloatArray, margin: float, rng: np.random.Generator, draws: Draws) -> tuple[Found | None, bool]:
    """Return what is known of a cloud, and whether it is as accurate as asked; None where no margin can be kept."""
    own = Cloud(points)
    if len(own.axes) == 0:
        return point(margin), True
    if margin > 0.0 and not pointed(own.x):
        return None, True
    anchors = Anchors(len(own.axes))

    def more(n: int) -> float:
        t = directions(rng, n, own.x.shape[1], scaled=margin == 0.0)
        weights = np.array([own.weights(row, margin) for row in t])
        anchors.add(*described(own, t, weights))
        return anchors.relative

    reached = draws.until(more, 2.0 * seconds(*own.x.shape))
    return anchors.found(), reached


def described(own: Cloud, t: FloatArray, weights: FloatArray) -> tuple[FloatArray, ...]:
    """Return F, t, anchors and the points that t . s is least at, both from the centre, and |t| in their space."""
    push, total = weights @ own.x, weights.sum(axis=1)
    active = total > 0.0
    least = own.x[np.argmin(t @ own.x.T, axis=1)]
    anchor = np.where(active[:, None], push / np.where(active, total, 1.0)[:, None], least)
    within = np.linalg.norm(t @ own.axes.T, axis=1)
    return np.sum(push * push, axis=1), t, anchor - own.centre, least - own.centre, within
