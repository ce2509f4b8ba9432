"""Convex programs for the weights of one neuron: what can be separated, and with which margin.

Weights are written w = signs v with v >= 0, or free. The threshold is 1, or in homogeneous form theta >= 0.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from validation.cone_program import cone_program
from validation.errors import SimulationError
from validation.perceptrons.patterns import Drawn

_SEEN = 1e-7  # margin, relative to the sd of the inputs, below which the solver's tolerance is all there is


def separable(drawn: Drawn) -> bool:
    """Return whether some weights give all patterns their labels: y (w.x - theta) >= 1 has a solution, theta >= 0.

    Linear program, HiGHS.
    """
    from scipy.optimize import linprog

    n = drawn.x.shape[1]
    rows = -drawn.y[:, None] * np.column_stack([drawn.first, -np.ones(len(drawn.y))])
    free = bool(np.all(drawn.signs == 0.0))
    bounds = [(None if free else 0.0, None)] * n + [(0.0, None)]
    for method in ("highs", "highs-ipm"):  # near capacity one of them may end without a proof
        found = linprog(np.zeros(n + 1), A_ub=rows, b_ub=-np.ones(len(drawn.y)), bounds=bounds, method=method)
        if found.status in (0, 2):
            return bool(found.status == 0)
    return _box_margin(rows, free) > _SEEN


def _box_margin(rows: FloatArray, free: bool) -> float:
    """Return the largest min y (w.x - theta) with |w_i| <= 1 and theta <= 1, a program that always has a solution."""
    from scipy.optimize import linprog

    count, n = rows.shape
    bounds = [(-1.0 if free else 0.0, 1.0)] * (n - 1) + [(0.0, 1.0), (None, None)]
    target = np.zeros(n + 1)
    target[n] = -1.0
    found = linprog(
        target, A_ub=np.column_stack([rows, np.ones(count)]), b_ub=np.zeros(count), bounds=bounds, method="highs"
    )
    if found.status != 0:
        raise SimulationError(f"the linear program of {n - 1} weights and {count} patterns failed: {found.message}")
    return float(found.x[n])


def most_patterns(drawn: Drawn) -> int:
    """Return how many of the patterns, from the first on, can be separated; fewer patterns are never harder."""
    low, high = 0, len(drawn.y) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if separable(drawn.until(middle)) else (low, middle)
    return low


def largest_input_margin(drawn: Drawn) -> tuple[float, FloatArray, float]:
    """Return kappa_in, w and theta of the largest min y (w.x - theta) over |w|, theta >= 0; nan where none is positive.

    Quadratic program: the least |W| with y (W.x - theta) >= 1. Without a positive label that is W = 0, an infinite
    margin: the threshold says -1 to all.
    """
    from scipy import sparse

    count, n = drawn.x.shape
    if np.all(drawn.y < 0.0):
        return math.inf, np.zeros(n), 1.0
    free = bool(np.all(drawn.signs == 0.0))
    unit = _unit(drawn)  # the solver's tolerances are for numbers of order one
    rows = [-drawn.y[:, None] * np.column_stack([drawn.first / unit, -np.ones(count)])]
    sides = [-np.ones(count)]
    bounded = [n] if free else range(n + 1)
    rows.append(-np.eye(n + 1)[list(bounded)])
    sides.append(np.zeros(len(rows[-1])))
    quadratic = sparse.diags([1.0] * n + [0.0], format="csc")
    x = cone_program(quadratic, np.zeros(n + 1), rows, sides, nonnegative=sum(map(len, sides)), cones=())
    if x is None:
        return math.nan, np.full(n, math.nan), math.nan
    w, theta = _signed(drawn, x[:n]), max(float(x[n]), 0.0) * unit
    norm = float(np.linalg.norm(w))
    margin = float(np.min(drawn.y * (drawn.x @ w - theta))) / norm if norm > 0.0 else 0.0
    if margin <= _SEEN * unit:
        return math.nan, np.full(n, math.nan), math.nan
    return margin, w, theta


def _unit(drawn: Drawn) -> float:
    """Return the root mean square of the standard deviations of the inputs over patterns, or of the inputs of one."""
    spread = float(np.sqrt(np.mean(np.var(drawn.x, axis=0))))
    size = float(np.sqrt(np.mean(drawn.x**2)))
    if spread > _SEEN * size:
        return spread
    return size if size > 0.0 else 1.0  # none of the inputs is ever there


def largest_output_margin(drawn: Drawn, norm_bound: float) -> tuple[float, FloatArray]:
    """Return kappa_out = min y (w.x - 1) and w, the largest with |w| <= norm_bound; negative where nothing is stored.

    Where no weights do better than none, w = 0.

    Second-order cone program.
    """
    from scipy import sparse

    count, n = drawn.x.shape
    unit = _unit(drawn)  # the solver's tolerances are for numbers of order one
    scale = max(1.0, norm_bound * unit)
    rows = [np.column_stack([-drawn.y[:, None] * (drawn.first / unit), np.ones(count)])]
    sides = [-drawn.y / scale]
    if np.any(drawn.signs != 0.0):
        rows.append(np.column_stack([-np.eye(n), np.zeros(n)]))
        sides.append(np.zeros(n))
    nonnegative = sum(map(len, sides))
    rows.append(np.vstack([np.zeros(n + 1), np.column_stack([-np.eye(n), np.zeros(n)])]))
    sides.append(np.concatenate([[norm_bound * unit / scale], np.zeros(n)]))
    target = np.zeros(n + 1)
    target[n] = -1.0
    x = cone_program(sparse.csc_matrix((n + 1, n + 1)), target, rows, sides, nonnegative=nonnegative, cones=[n + 1])
    if x is None:  # w = 0 is allowed, and k = -1 with it
        raise SimulationError(f"the cone program of {n} weights and {count} patterns has no solution, which cannot be")
    w = _signed(drawn, x[:n]) * (scale / unit)
    w *= min(1.0, norm_bound / max(float(np.linalg.norm(w)), 1e-300))
    margin, without = float(np.min(drawn.y * (drawn.x @ w - 1.0))), float(np.min(-drawn.y))
    if margin <= without + _SEEN:  # weights that gain nothing: what the solver leaves of none
        return without, np.zeros(n)
    return margin, w


def least_squares(
    drawn: Drawn, target: FloatArray, limits: tuple[float, float] | None, ridge: float
) -> tuple[FloatArray, FloatArray]:
    """Return w of the least |target - X w - offset|^2 + ridge N |w|^2, and its residuals.

    Non-negative least squares, or bounded ones where there are `limits` of sqrt(N) |w|; the offset is projected out.
    """
    from scipy.optimize import lsq_linear, nnls

    n = drawn.x.shape[1]
    first = drawn.first - drawn.first.mean(axis=0)
    wanted = target - target.mean()
    rows = np.vstack([first, math.sqrt(ridge * n) * np.eye(n)]) if ridge > 0.0 else first
    sides = np.concatenate([wanted, np.zeros(n)]) if ridge > 0.0 else wanted
    free = bool(np.all(drawn.signs == 0.0))
    if limits is not None:
        low, high = (bound / math.sqrt(n) for bound in limits)
        v = np.asarray(lsq_linear(rows, sides, bounds=(low, high), tol=1e-12, method="bvls").x)
    elif free:
        v = np.linalg.lstsq(rows, sides, rcond=None)[0]
    else:
        v = nnls(rows, sides, maxiter=50 * n)[0]
    return _signed(drawn, v), wanted - first @ v


def _signed(drawn: Drawn, v: FloatArray) -> FloatArray:
    free = drawn.signs == 0.0
    return np.asarray(np.where(free, v, drawn.signs * np.maximum(v, 0.0)))
