"""Whether a read-out has all of some manifolds on its positive side: linear and second-order cone programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from dmft.arrays import FloatArray
from validation.cone_program import cone_program
from validation.errors import SimulationError
from validation.manifolds.placing import Placed

_SEEN = 1e-7  # margin, relative to the size of the points, below which the solver's tolerance is all there is


def separable(manifolds: Sequence[Placed], margin: float = 0.0) -> bool:
    """Return whether w . x > 0 for all points of all manifolds, for some w; or >= margin, for one of norm 1.

    Clouds are a linear program (HiGHS), ellipsoids w . c >= |R U w|, and margins, one of second-order cones (Clarabel).
    """
    if margin > 0.0 or any(len(manifold.axes) for manifold in manifolds):
        widest, unit = _widest(manifolds)
        return widest > max(_SEEN, margin / unit)
    return _separated(np.vstack([manifold.points for manifold in manifolds]))


def _separated(points: FloatArray) -> bool:
    from scipy.optimize import linprog

    n = points.shape[1]
    rows = -points / np.linalg.norm(points, axis=1)[:, None]
    for method in ("highs", "highs-ipm"):  # near capacity one of them may end without a proof
        found = linprog(np.zeros(n), A_ub=rows, b_ub=-np.ones(len(points)), bounds=(None, None), method=method)
        if found.status in (0, 2):
            return bool(found.status == 0)
    raise SimulationError(f"the linear program of {n} weights and {len(points)} points failed: {found.message}")


def _widest(manifolds: Sequence[Placed]) -> tuple[float, float]:
    """Return the largest k with w . c - |R U w| >= k for every manifold and |w| <= 1, and what it is relative to."""
    from scipy import sparse

    n = manifolds[0].points.shape[1]
    unit = float(np.sqrt(np.mean([np.mean(manifold.points**2) for manifold in manifolds]) * n))
    single = [m.points for m in manifolds if len(m.axes) == 0]
    clouds = np.vstack(single) if single else np.zeros((0, n))
    rows = [np.column_stack([-clouds / unit, np.ones(len(clouds))])]
    cones = []
    for manifold in manifolds:
        if len(manifold.axes):
            rows.append(np.column_stack([-manifold.points / unit, [1.0]]))
            rows.append(np.column_stack([-manifold.axes / unit, np.zeros(len(manifold.axes))]))
            cones.append(1 + len(manifold.axes))
    rows.append(np.vstack([np.zeros(n + 1), np.column_stack([-np.eye(n), np.zeros(n)])]))
    sides = np.zeros(sum(map(len, rows)))
    sides[-n - 1] = 1.0
    target = np.zeros(n + 1)
    target[n] = -1.0
    nothing = sparse.csc_matrix((n + 1, n + 1))
    x = cone_program(nothing, target, rows, [sides], nonnegative=len(clouds), cones=[*cones, n + 1])
    if x is None:
        raise SimulationError(f"the cone program of {n} weights has no solution, which cannot be")
    return float(x[n]), unit


def first_true(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Return the least k in (low, high] at which `holds`, as it does from there on; high + 1 if it holds at none."""
    high += 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
