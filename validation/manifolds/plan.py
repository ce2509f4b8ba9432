"""What `simulate` of manifolds is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.manifolds import manifolds_of
from validation.ensemble import check_memory
from validation.finite_size_law import Law
from validation.manifolds.measures import MEASURES
from validation.manifolds.placing import placed
from validation.perceptrons.patterns import count_of
from validation.static_plan import LoadPlan

_WITH_MARGIN = 2.0  # bias in units of alpha/N
_MANIFOLDS = 2  # per dimension, that a measure without a load may come to


@dataclass(frozen=True)
class ManifoldPlan(LoadPlan):
    """How a realization is made.

    Attributes
    ----------
    labels : a word, or a label for each manifold; None for random orientations.
    shots : examples of each class, for the few-shot error.
    margin : of a read-out of norm 1, in units of the centres' norms over sqrt(N).
    """

    labels: Any = None
    shots: int = 1
    margin: float = 0.0

    known = MEASURES
    things = "manifolds"
    unloaded = "some manifolds"

    @cached_property
    def joint(self) -> tuple[FloatArray, Any]:
        """All points in as few coordinates as they need, and the number of the manifold of each.

        In units of the root mean square of the norms of the centres.
        """
        points, owners = manifolds_of(self.network).joint()
        many, features = points.shape
        centres = [points[owners == i].mean(axis=0) for i in range(owners[-1] + 1)]
        points = points / np.sqrt(np.mean(np.sum(np.square(centres), axis=1)))
        return (np.asarray(np.linalg.qr(points.T, mode="r")).T if features > many else points), owners

    @cached_property
    def ambient(self) -> int:
        """Dimensions of the space in which manifolds are told apart without any projection."""
        if self.labels is not None:
            return int(self.joint[0].shape[1])
        return sum(shape.coordinates for shape in manifolds_of(self.network).manifolds)

    def count(self, size: int) -> int:
        """Return the number of manifolds at the load."""
        return count_of(_MANIFOLDS if self.load is None else self.load, size)

    @property
    def sentence(self) -> str:
        """The settings in a line."""
        words = super().sentence if self.labels is None else f"{super().sentence}; labels as stated"
        return f"{words}; margin {self.margin:g}" if self.margin else words

    def law(self, quantity: str, simulation: Any) -> Law:
        """Return bounds on how far a quantity lies from its limit.

        Mean dimensions and few-shot errors have no limit to go to. A capacity is high by s^2 alpha/(2 N), relative, s^2
        <= 2/alpha the variance of the dimensions that a manifold takes (`validation.manifolds.measures.Capacity`), more
        where it is one of several kinds (`tests/statistical/test_manifold_networks.py`). With a margin it was within 2
        alpha/N of its limit, N = 20 to 80 (`tests/statistical/test_manifold_margins.py`).
        """
        if quantity in ("dimension", "few_shot_error"):
            return Law(0.0, 0.0, unit=1.0)
        if self.margin > 0.0:
            return Law(_WITH_MARGIN, 0.0)
        shapes = set(manifolds_of(self.network).manifolds)
        kinds = 0.0 if len(shapes) == 1 else 0.25 * max(shape.coordinates for shape in shapes) ** 2
        return Law(1.0 + 0.5 * kinds * float(simulation.mean("capacity", simulation.sizes[-1])), 0.0)

    def check_size(self, size: int, workers: int) -> None:
        """Refuse a size whose points do not fit in memory."""
        check_memory(3 * 8 * self._rows(size) * (size + 1), size, workers)

    def seconds(self, size: int) -> float:
        """Return about how long a realization takes, from below, in seconds of one core."""
        return sum(measure.seconds(size, min(self._rows(size), 4 * size)) for measure in self.measures)

    def _rows(self, size: int) -> int:
        shapes = manifolds_of(self.network).manifolds
        points = sum(len(placed(shape, 1, np.random.default_rng(0)).points) for shape in shapes)
        alone = self.labels is not None or self.load is None
        return points if alone else max(1, points * self.count(size) // len(shapes))
