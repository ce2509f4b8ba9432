"""Realizations of manifolds in random positions, at several sizes."""

from __future__ import annotations

from typing import Any, Unpack

from dmft.errors import spelling
from dmft.models.checks import integer, non_negative, positive
from dmft.models.labels import labels_of
from dmft.models.manifolds import manifolds_of
from validation.ensemble import checked_sizes
from validation.manifolds.measures import MEASURES
from validation.manifolds.plan import ManifoldPlan
from validation.simulation import Simulation
from validation.static_plan import checked_measures
from validation.static_running import Repeated, simulated

_SIZES = (25, 50, 100)
_ALONE = {"dimension", "few_shot_error"}  # what needs no sizes


@spelling
def simulate_manifolds(
    manifolds: Any,
    sizes: Any = None,
    *,
    load: float | None = None,
    labels: Any = None,
    shots: int = 1,
    margin: float = 0.0,
    measure: Any = ("capacity",),
    **repeated: Unpack[Repeated],
) -> Simulation:
    """Place manifolds at random, and look by linear or cone programs whether a read-out can tell them apart.

    Parameters
    ----------
    manifolds : `dmft.Ball`, `dmft.Ellipsoid`, `dmft.PointCloud`, or `dmft.Manifolds`.
    sizes : numbers of dimensions N; default 25, 50, 100. Left out for "dimension", which finds them,
        and counted as the number of manifolds.
    load : P/N > 0, for "separable" of independent manifolds.
    labels : None: every manifold has a random orientation of its own, with which labels do not matter. As in
        `dmft.solve_manifolds`: the clouds as they lie, with these labels, in a random projection.
    measure : one or several of "capacity" (how many of a sequence of manifolds, each one of those stated, can be told
        apart, over N), "separable" (0 or 1; of it `validation.half_load` finds the load at which it is 1/2) and, alone,
        "dimension" (in how many dimensions those stated can be told apart; nan if in none) and "few_shot_error" (of the
        first of two clouds).
    shots : examples of each class, for "few_shot_error".
    margin : kappa >= 0 that all points are to keep from a read-out of norm 1, in units of the norm of the centres over
        sqrt(N), as in `dmft.solve_manifolds`; for "capacity" and "separable".
    repeated : n_realizations, seed, executor, checkpoint, progress, as for networks.

    Returns
    -------
    Simulation

    Raises
    ------
    ValueError, TypeError : for arguments out of range, or that do not go together; for a ball of a broken dimension.
    TooCostlyError : a ValueError, for what does not fit in memory or would take weeks.
    SimulationError : if a solver fails.
    CheckpointError, OSError : as for networks.

    Cost
    ----
    N = 100, clouds of 10 points: 0.1 s for "separable", 1 s for "capacity".
    """
    stated = manifolds_of(manifolds)
    measures = checked_measures(measure, MEASURES)
    words = {chosen.word for chosen in measures}
    if labels is not None:
        stated.joint()
        labels_of(labels, len(stated.manifolds))
        labels = labels if isinstance(labels, str) else tuple(float(label) for label in labels)
        if "capacity" in words:
            raise ValueError(
                "with labels the number of manifolds is given: measure 'dimension' or 'separable' (the capacity is "
                "that number over the dimension)"
            )
    if load is not None:
        load = positive("load", load)
    if labels is not None and load is not None:
        raise ValueError("load must be left out with labels: it is the number of manifolds over N")
    if labels is None and load is None and "separable" in words:
        raise ValueError("load must be given to measure separable: manifolds per dimension, P = load N")
    alone = words & _ALONE
    own = (len(stated.manifolds),)
    given = None if sizes is None else checked_sizes(sizes)
    if alone and (len(words) > 1 or given not in (None, own)):
        raise ValueError(f"{min(alone)!r} is measured alone, and of the manifolds as stated: leave sizes out")
    margin = non_negative("margin", margin)
    if alone and margin > 0.0:
        raise ValueError(f"{min(alone)!r} knows no margin, got {margin:g}: measure 'capacity' or 'separable'")
    if "few_shot_error" in words and (len(stated.manifolds) != 2 or labels is not None):
        raise ValueError(
            f"'few_shot_error' is of two clouds, without labels: state dmft.Manifolds([a, b]), got {manifolds!r}"
        )
    if "few_shot_error" in words:
        stated.joint()
    plan = ManifoldPlan(manifolds, measures, load, labels, integer("shots", shots, least=1), margin)
    chosen = own if alone else given or _SIZES
    return simulated(plan, chosen, remedy="take fewer realizations, a smaller load, or smaller sizes", **repeated)
