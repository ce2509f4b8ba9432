"""Capacity of data as they lie: the statistical dimension of the cone of all signed points.

delta = E_t |Pi t|^2, Pi the projection on the cone of y_mu x, one non-negative least-squares problem a draw, in as many
coordinates as the points need. The anchor of a manifold is the weighted mean of its points in that projection; its axis
part is what is left of it without the mean over draws. With D = E |projection of t on the cone of the axis parts|^2/P,
and R so that alpha = (1 + R^-2)/D, these are the effective dimension and radius.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.models.labels import Labels
from dmft.models.manifolds import Manifolds
from dmft.numerics.cones import Cone, active_set, least_distance, pointed, seconds
from dmft.theories.manifolds.cloud import coordinates
from dmft.theories.manifolds.draws import Draws, directions
from dmft.theories.manifolds.found import BOUNDING, nothing

_ROUNDING = 1e-12  # distance from its centre, in units of that one's norm, at which an anchor is the centre


class Joint:
    """All points together, and what has been drawn.

    Parameters
    ----------
    stated, labels : the clouds, and what is to be told apart.
    margin : in units of the root mean square of the norms of the centres.
    rng : draws vectors and labels.
    """

    def __init__(self, stated: Manifolds, labels: Labels, margin: float, rng: np.random.Generator) -> None:
        points, self._owners = stated.joint()
        self._labels, self._margin, self._rng = labels, margin, rng
        self._starts = np.searchsorted(self._owners, np.arange(labels.count))
        self._sizes = np.bincount(self._owners)
        check_cost(
            f"{len(points)} points of {points.shape[1]} features",
            memory=24.0 * points.size + 16.0 * len(points) ** 2 * (len(points) <= points.shape[1]),
            remedy="take fewer points of each manifold",
        )
        own = coordinates(points)
        norms = np.linalg.norm(self._by_manifold(own) / self._sizes[:, None], axis=1)
        self.x = own / math.sqrt(float(np.mean(norms**2)))
        self.centres = self._by_manifold(self.x) / self._sizes[:, None]
        self.norms = np.linalg.norm(self.centres, axis=1)
        self._cone = Cone(self.x)
        self._costs: dict[int, list[float]] = {index: [] for index in range(len(labels.rows) or 1)}
        self._kept: list[tuple[FloatArray, FloatArray, FloatArray]] = []  # t, labels, weights
        self._apart: dict[tuple[float, ...], bool] = {}

    def _by_manifold(self, rows: FloatArray) -> FloatArray:
        """Return the sums of rows, or numbers, over the points of each manifold."""
        return np.asarray(np.add.reduceat(rows, self._starts, axis=0))

    def more(self, n: int) -> float:
        """Draw n vectors and their opposites, of the labellings in turn; return the relative standard error."""
        for _ in range(math.ceil(n / self.labellings)):
            for index, costs in self._costs.items():
                y = self._labels.row(index, self._rng)
                self._look(y)
                costs.append(
                    0.5
                    * sum(
                        self._drawn(t, y) for t in directions(self._rng, 1, self.x.shape[1], scaled=self._margin == 0.0)
                    )
                )
        cost, error, *_ = self.cost()
        return error / cost

    def _look(self, y: FloatArray) -> None:
        """Note whether the points can be told apart with these labels, unless that was seen before."""
        if tuple(y) not in self._apart:
            self._apart[tuple(y)] = self._cone.independent or pointed(y[self._owners][:, None] * self.x)

    def _drawn(self, t: FloatArray, y: FloatArray) -> float:
        signs = y[self._owners]
        if self._margin == 0.0:
            weights = self._cone.weights(-t, signs)
        elif not self._apart[tuple(y)]:
            return math.inf
        else:
            signed = signs[:, None] * self.x
            found = least_distance(signed, self._margin - signed @ t)
            if found is None:
                raise ArithmeticError("no read-out keeps the margin, though one was found to")
            weights = found
        push = (signs * weights) @ self.x
        self._kept.append((t, y, weights))
        return float(push @ push)

    @property
    def labellings(self) -> int:
        """Number of labellings that are looked at one by one; 1 where they are drawn."""
        return len(self._costs)

    @property
    def seconds(self) -> float:
        """Estimate of a vector and its opposite, from below, with what tells whether the labels can be read out."""
        told_once = self._cone.independent or bool(self._labels.rows)
        return (2.0 if told_once else 3.0) * seconds(*self.x.shape)

    @property
    def draws(self) -> int:
        """Number of vectors that have been drawn."""
        return sum(map(len, self._costs.values()))

    @property
    def state(self) -> str:
        """Whether the points can be told apart at all, for all of the labellings that were seen."""
        seen = set(self._apart.values())
        if seen == {True}:
            return "separable"
        return "partly separable" if True in seen else "not separable"

    def cost(self) -> tuple[float, float, FloatArray, FloatArray]:
        """Return delta and its standard error, and both of each labelling."""
        each = np.array([np.mean(costs) for costs in self._costs.values()])
        scatter = np.array([np.var(costs, ddof=1) / len(costs) for costs in self._costs.values()])
        return float(each.mean()), float(np.sqrt(scatter.sum())) / len(each), each, np.sqrt(scatter)

    def geometry(self) -> dict[str, Any]:
        """Return radii and dimensions of the anchors."""
        squares = np.zeros((len(self._kept), self._labels.count, 2))
        total, spread, projected = np.zeros_like(self.centres), np.zeros(self._labels.count), 0.0
        for index, (t, y, weights) in enumerate(self._kept):
            anchors = self._anchors(t, y, weights)
            s = (anchors - self.centres) / self.norms[:, None]
            s[np.linalg.norm(s, axis=1) < _ROUNDING] = 0.0  # a single point has no direction
            size = np.linalg.norm(s, axis=1)
            along = np.divide(s @ t, size, out=np.zeros_like(size), where=size > 0.0)
            squares[index] = np.column_stack([size**2, along**2])
            total += anchors
        for t, y, weights in self._kept:
            off = (self._anchors(t, y, weights) - total / len(self._kept)) / self.norms[:, None]
            spread += np.sum(off**2, axis=1)
            axes = y[:, None] * off
            projected += float(np.sum((active_set(axes, -t) @ axes) ** 2))
        return self._summary(squares, np.sqrt(spread / len(self._kept)), projected / len(self._kept))

    def _anchors(self, t: FloatArray, y: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the anchor of each manifold; where none of its points holds the read-out the one that is nearest to.

        shape (P, d).
        """
        sums = self._by_manifold(weights)
        along = y[self._owners] * (self.x @ t)
        pairs = zip(self._starts, self._starts + self._sizes, strict=True)
        least = self.x[[int(a + np.argmin(along[a:b])) for a, b in pairs]]
        own = self._by_manifold(weights[:, None] * self.x) / np.where(sums > 0.0, sums, 1.0)[:, None]
        return np.where((sums > 0.0)[:, None], own, least)

    def _summary(self, squares: FloatArray, centred: FloatArray, projected: float) -> dict[str, Any]:
        pairs = 0.5 * (squares[0::2] + squares[1::2])
        many = self._labels.count
        error = pairs.mean(axis=1).std(axis=0, ddof=1) / math.sqrt(len(pairs))
        radii = np.sqrt(squares[:, :, 0].mean(axis=0))
        dimensions = squares[:, :, 1].mean(axis=0)
        alpha = many / self.cost()[0]
        dimension = projected / many
        excess = alpha * dimension - 1.0
        cosines = (self.centres @ self.centres.T) / np.outer(self.norms, self.norms)
        off = cosines[~np.eye(many, dtype=bool)]
        return {
            "radius": float(radii.mean()),
            "radius_error": 0.5 * float(error[0]) / max(float(radii.mean()), 1e-300),
            "dimension": float(dimensions.mean()),
            "dimension_error": float(error[1]),
            "centred_radius": float(centred.mean()),
            "radii": radii,
            "dimensions": dimensions,
            "effective_dimension": dimension,
            "effective_radius": 1.0 / math.sqrt(excess) if excess > 0.0 else math.nan,
            "centre_correlation": float(np.sqrt(np.mean(off**2))) if off.size else math.nan,
        }


def joint_fields(
    stated: Manifolds, labels: Labels, margin: float, seed: int, drawing: Draws
) -> tuple[dict[str, Any], bool, float]:
    """Return the numbers of manifolds as they lie, whether they are accurate, and the capacity's relative error."""
    joint = Joint(stated, labels, margin, np.random.default_rng(seed))
    # The scatter of a labelling takes two draws to be seen.
    reached = drawing.until(joint.more, joint.seconds, least=2 * joint.labellings)
    cost, error, each, errors = joint.cost()
    many = labels.count
    if math.isinf(cost):
        return nothing(many) | {"labelling": labels.word}, True, 0.0
    fields = nothing(many) | {
        "capacity": many / cost,
        "capacity_error": many * error / cost**2,
        "statistical_dimension": cost,
        "statistical_dimension_error": error,
        "capacities": many / each,
        "capacities_error": many * errors / each**2,
        "draws": joint.draws,
        "labelling": labels.word,
        "state": joint.state,
    }
    return fields | joint.geometry(), reached, BOUNDING * error / cost
