"""How many manifolds a linear read-out can tell apart."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np

from dmft.blas import one_blas_thread
from dmft.errors import answering
from dmft.models.checks import integer, non_negative, positive
from dmft.models.labels import labels_of
from dmft.models.manifolds import Manifolds, manifolds_of
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.manifolds.draws import Draws
from dmft.theories.manifolds.found import BOUNDING, MEASURES, Found, nothing
from dmft.theories.manifolds.joint import joint_fields
from dmft.theories.manifolds.shapes import found
from dmft.theories.manifolds.solution import ManifoldSolution


@answering
def solve_manifolds(
    manifolds: Any,
    *,
    margin: float = 0.0,
    labels: Any = None,
    samples: int | None = None,
    seed: int = 0,
    accuracy: float = 1e-2,
) -> ManifoldSolution:
    """Return the capacity of manifolds, and the radius and dimension that decide it.

    1/alpha(kappa) = E_T min{|V - T|^2 : V . S >= kappa for all points S of the manifold}, T standard normal, in the
    coordinates of the manifold and of its centre, of norm 1 [Chung, Lee & Sompolinsky, Phys. Rev. X 8, 031003 (2018)];
    of several the harmonic mean. Manifolds are then independent: randomly oriented, with any labels. With `labels` the
    points are taken as they lie, correlations and all: delta = E |projection of t on the cone of the signed points|^2
    is their statistical dimension [Amelunxen, Lotz, McCoy & Tropp, Inf. Inference 3, 224 (2014)], a random projection
    to n dimensions keeps them separable with a probability that falls through 1/2 at n = delta, and alpha = P/delta.

    Parameters
    ----------
    manifolds : `dmft.Ball`, `dmft.Ellipsoid`, `dmft.PointCloud`, or several of them, `dmft.Manifolds`.
    margin : kappa >= 0, in units of the norm of the centre (with labels, of the root mean square of the norms).
    labels : None, or +1 or -1 for each manifold, or "balanced" (half of them +1, averaged over), or "one-vs-rest" (each
        in turn); of clouds of points only. 1/alpha is what is averaged.
    samples : Gaussian vectors drawn for each manifold, and their opposites (with labels for all together, "one-vs-rest"
        at least two a labelling); None: as many as `accuracy` needs.
    seed : of the vectors (and of balanced labels); not used by points, balls and ellipsoids of equal radii.
    accuracy : relative standard error of capacity, radius and dimension of each manifold; with labels, of capacity.

    Returns
    -------
    ManifoldSolution : MAX_STEPS where `samples` do not reach `accuracy`; NO_SOLUTION where no margin can be kept.

    Raises
    ------
    ValueError, TypeError : for what is no manifold, a negative margin, fewer than two samples, labels that are not of
        these manifolds or not of clouds.
    TooCostlyError : a ValueError, for an accuracy that would take weeks, or points that do not fit in memory.

    Accuracy
    --------
    Points and balls 1e-12 (`tests/reference/test_manifolds_reference.py`, mpmath); what is drawn within its errors of
    programs that share nothing with it (same file, and `tests/statistical/test_manifold_networks.py`).

    Cost
    ----
    Balls 1 ms; a cloud of 50 points 0.03 s for one per cent, one of 1000 points 20 s; labels of P manifolds of M points
    as a cloud of P M points: of 100 with 50 each, in 5000 dimensions, 80 s and 1 GB for half a per cent.
    """
    stated = manifolds_of(manifolds)
    margin = non_negative("margin", margin)
    drawing = Draws(positive("accuracy", accuracy), None if samples is None else integer("samples", samples, least=2))
    seed = integer("seed", seed, least=0)
    settings = {"margin": margin, "labels": labels, "samples": samples, "seed": seed, "accuracy": accuracy}
    with one_blas_thread():
        if labels is not None:
            read = labels_of(labels, len(stated.manifolds))
            settings["labels"] = labels if isinstance(labels, str) else read.rows[0]
            fields, reached, relative = joint_fields(stated, read, margin, seed, drawing)
        else:
            fields, reached, relative = independent_fields(stated, margin, seed, drawing)
    outcome = _outcome(fields, reached, relative, drawing)
    return ManifoldSolution(network=manifolds, convergence=outcome, settings=settings, margin=margin, **fields)


def independent_fields(
    stated: Manifolds, margin: float, seed: int, drawing: Draws
) -> tuple[dict[str, Any], bool, float]:
    """Return the numbers of independent manifolds, whether they are accurate, and the relative error of the capacity.

    Equal shapes are solved once, and have one error.
    """
    shapes = stated.manifolds
    first = {shape: index for index, shape in reversed([*enumerate(shapes)])}
    every, reached = {}, True
    for shape, index in first.items():
        every[shape], enough = found(shape, margin, np.random.default_rng([seed, index]), drawing)
        reached &= enough
    many = len(shapes)
    copies = Counter(shapes)
    kept = {shape: one for shape, one in every.items() if one is not None}
    if len(kept) < len(every):
        return nothing(many), True, 0.0
    parts = [(copies[shape] / many, one) for shape, one in kept.items()]
    cost, scatter, bound = _mean(parts, lambda one: (one.cost, one.scatter, one.bound))
    fields: dict[str, Any] = {
        "capacity": 1.0 / cost,
        "capacity_error": (scatter + bound) / cost**2,
        "statistical_dimension": many * cost,
        "statistical_dimension_error": many * (scatter + bound),
        "capacities": np.array([1.0 / kept[shape].cost for shape in shapes]),
        "capacities_error": np.array(
            [(kept[shape].scatter + kept[shape].bound) / kept[shape].cost ** 2 for shape in shapes]
        ),
        "radii": np.array([kept[shape].measures["radius"][0] for shape in shapes]),
        "dimensions": np.array([kept[shape].measures["dimension"][0] for shape in shapes]),
        "draws": max(one.draws for one in kept.values()),
        "state": "separable",
    }
    for name in MEASURES:
        value, error, _ = _mean(parts, lambda one, name=name: (*one.measures[name], 0.0))
        fields |= {name: value, f"{name}_error": error}
    return fields, reached, (BOUNDING * scatter + bound) / cost


def _mean(parts: list[tuple[float, Found]], read: Any) -> tuple[float, float, float]:
    """Return a weighted mean, its standard error and its bound."""
    rows = [(weight, *read(one)) for weight, one in parts]
    mean = sum(weight * value for weight, value, _, _ in rows)
    scatter = math.sqrt(sum((weight * error) ** 2 for weight, _, error, _ in rows))
    return float(mean), scatter, float(sum(weight * bound for weight, _, _, bound in rows))


def _outcome(fields: dict[str, Any], reached: bool, relative: float, drawing: Draws) -> Convergence:
    if fields["state"] == "none":
        among = "a manifold" if fields.get("labelling") is None else "all manifolds with the signs of their labels"
        return Convergence(
            Status.NO_SOLUTION,
            math.nan,
            1,
            detail=f"there is no solution: the origin lies among the points of {among}, so that no read-out keeps a "
            "margin; take margin=0",
        )
    if not (math.isfinite(fields["capacity"]) and math.isfinite(relative)):
        detail = "stopped: the capacity is not finite, radii are too extreme; take them nearer to the centre's norm"
        return Convergence(Status.NON_FINITE, math.nan, 1, detail=detail)
    if reached:
        return Convergence(Status.CONVERGED, relative, 1, error=relative)
    return Convergence(
        Status.MAX_STEPS,
        relative,
        1,
        error=relative,
        detail=f"not converged: {drawing.samples} samples do not reach the relative standard error "
        f"{drawing.accuracy:g}; give more, or leave samples out",
    )
