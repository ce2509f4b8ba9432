"""What can be measured of manifolds and a linear read-out; an addition is one class and its name in `MEASURES`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.labels import labels_of
from dmft.models.manifolds import manifolds_of
from validation.manifolds.placing import Placed, placed
from validation.manifolds.programs import first_true, separable
from validation.static_plan import Measure

_TRIALS, _AT_ONCE = 2000, 100


class Capacity(Measure):
    """How many of a sequence of randomly oriented manifolds can be told apart, from the first on, and 1/2, over N.

    Each takes a random number of dimensions, with the mean mu = 1/alpha and the variance s^2 of its intrinsic volumes;
    the number that is held has the mean N/mu + s^2/(2 mu^2) - 1/2 (a renewal process, exact but for exponentially small
    terms; 2 N for points), and s^2 <= 2 mu. With 1/2 more it lies above N alpha by alpha at most.
    """

    word = "capacity"
    needs_load = False
    variables = {"capacity": ((), "1")}  # noqa: RUF012

    def of(self, plan: Any, size: int, generator: np.random.Generator) -> dict[str, float]:
        """Solve about ten programs."""
        sequence: list[Placed] = []
        wanted = 4
        while True:
            sequence += _drawn(plan, size, wanted - len(sequence), generator)
            if not separable(sequence, plan.margin):
                break
            wanted *= 2
        most = first_true(lambda k: not separable(sequence[:k], plan.margin), 0, len(sequence)) - 1
        return {"capacity": (most + 0.5) / size}


class Separable(Measure):
    """Whether manifolds at a load can be told apart, or, with labels, a random projection to N dimensions: 1 or 0."""

    word = "separable"
    variables = {"separable": ((), "1")}  # noqa: RUF012

    def of(self, plan: Any, size: int, generator: np.random.Generator) -> dict[str, float]:
        """Solve one program."""
        if plan.labels is not None:
            return {"separable": float(separable([_projected(plan, size, generator)], plan.margin))}
        return {"separable": float(separable(_drawn(plan, size, plan.count(size), generator), plan.margin))}


class Dimension(Measure):
    """In how many random dimensions the manifolds can be told apart: of a sequence of projections, from the first on.

    Its mean is delta + 1/2, without any limit: the dimension is at most n with the probability 2 (v_{n-1} + v_{n-3} +
    ...), v the intrinsic volumes of the cone [Amelunxen, Lotz, McCoy & Tropp, Inf. Inference 3, 224 (2014)], of which
    those of even and of odd index sum to 1/2 each. nan where they cannot be told apart at all.
    """

    word = "dimension"
    needs_load = False
    variables = {"dimension": ((), "1")}  # noqa: RUF012

    def of(self, plan: Any, size: int, generator: np.random.Generator) -> dict[str, float]:
        """Solve as many programs as the logarithm of the number of dimensions."""
        most = plan.ambient
        if plan.labels is not None:
            whole = [_projected(plan, most, generator)]
        else:
            whole = [placed(shape, most, generator) for shape in manifolds_of(plan.network).manifolds]
        found = first_true(lambda n: separable([part.within(n) for part in whole]), 0, most)
        return {"dimension": float(found) if found <= most else math.nan}


class FewShot(Measure):
    """How often a response of the first of two clouds is nearer to the mean of m responses of the second.

    Responses are drawn with replacement; a number is the mean of two thousand such trials.
    """

    word = "few_shot_error"
    needs_load = False
    variables = {"few_shot_error": ((), "1")}  # noqa: RUF012

    def of(self, plan: Any, size: int, generator: np.random.Generator) -> dict[str, float]:
        """Draw examples and tests."""
        first, second = (cloud.points for cloud in plan.network.manifolds)
        wrong = 0
        for _ in range(_TRIALS // _AT_ONCE):
            test = first[generator.integers(len(first), size=_AT_ONCE)]
            near, far = (
                np.sum((test - _examples(cloud, plan.shots, generator)) ** 2, axis=1) for cloud in (first, second)
            )
            wrong += int(np.sum(near > far))
        return {"few_shot_error": wrong / _TRIALS}


_KINDS: tuple[type[Measure], ...] = (Capacity, Separable, Dimension, FewShot)
MEASURES = {kind.word: kind for kind in _KINDS}


def _drawn(plan: Any, size: int, count: int, generator: np.random.Generator) -> list[Placed]:
    """Return manifolds of random orientation, each of a shape that is drawn from those stated."""
    shapes = manifolds_of(plan.network).manifolds
    return [placed(shapes[generator.integers(len(shapes))], size, generator) for _ in range(count)]


def _projected(plan: Any, size: int, generator: np.random.Generator) -> Placed:
    """Return all points as they lie, with the signs of their labels, in a random projection to `size` dimensions."""
    points, owners = plan.joint
    labels = labels_of(plan.labels, len(manifolds_of(plan.network).manifolds))
    row = int(generator.integers(len(labels.rows))) if labels.rows else 0
    signs = labels.row(row, generator)[owners]
    seen = (signs[:, None] * points) @ generator.standard_normal((points.shape[1], size))
    return Placed(seen, np.zeros((0, size)))


def _examples(cloud: FloatArray, shots: int, generator: np.random.Generator) -> FloatArray:
    """Return means of m responses of a cloud, one for each of the trials that are made at once."""
    chosen = generator.integers(len(cloud), size=(shots, _AT_ONCE))
    return np.asarray(cloud[chosen].mean(axis=0))
