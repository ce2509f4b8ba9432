"""Least squares within bounds, for many rows that share their inputs: Dale's law row by row.

    min_w  (1/2) w^T C w - c^T w,   low <= w <= high,    C = sum r r^T + ridge, c = sum h r + ridge w0

Coordinates are visited in turn, w_j <- clip[w_j - G_j/C_jj], with the gradient G = C w - c kept, so that one that does
not move costs nothing; C is read by rows. Alone that is slow: rates have a mean, along which C is stiff, so that no
coordinate can move without another. In between the weights that are free are moved to their joint minimum by a Cholesky
factor, or as far towards it as bounds allow, which takes the mean direction out, and ends at the active set with an
exact solution. It starts from the weights of the last call [bounded descent as Ingrosso & Abbott, PLoS ONE 14,
e0220547 (2019); the subspace step as Bro & de Jong, J. Chemometrics 11, 393 (1997)].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled

_compiled = compiled(nogil=True, fastmath={"reassoc", "contract", "nsz"}, error_model="numpy")
_SWEEPS = 3  # of all coordinates between two steps of the free ones
_SINGULAR = 1e-13  # pivot, relative to the diagonal, below which a unit says nothing that others do not


@dataclass(frozen=True)
class Certificate:
    """How far rows are from their minimum.

    Attributes
    ----------
    residual : largest violation of the Karush-Kuhn-Tucker conditions, relative to max|c|: |G| of free weights,
        max(-G, 0) at the lower bound, max(G, 0) at the upper one.
    rounds : sweeps and subspace steps of the row that took most.
    """

    residual: float
    rounds: int


def bounded_rows(
    correlation: FloatArray,
    moments: FloatArray,
    low: FloatArray,
    high: FloatArray,
    weights: FloatArray,
    *,
    rtol: float = 1e-9,
    rounds: int = 100,
) -> Certificate:
    """Move rows of weights to their minima, in place.

    Parameters
    ----------
    correlation : C, shape (n, n), symmetric and positive semi-definite; a unit that is silent, C_jj = 0, keeps its
        weight.
    moments : c of each row, shape (n_row, n).
    low, high : bounds, shape (n,), low <= high; they may be infinite.
    weights : where to start, shape (n_row, n); it is clipped to the bounds.
    rtol : residual, relative to max|c| of the row, at which a row is done.
    rounds : at most so many, each of a few sweeps and one step.

    Raises
    ------
    ValueError : for low > high.

    Accuracy
    --------
    As `scipy.optimize.nnls` and `lsq_linear` to 1e-10: tests/limits/test_bounded_rows.py.

    Cost
    ----
    n = 200 units, 200 rows of network rates: tests/benchmarks/test_training_speed.py.
    """
    if np.any(low > high):
        place = int(np.argmax(low > high))
        raise ValueError(f"low must be at most high, got {low[place]:g} > {high[place]:g} at unit {place}")
    np.clip(weights, low, high, out=weights)
    found = [_row(correlation, c, low, high, w, rtol, rounds) for c, w in zip(moments, weights, strict=True)]
    return Certificate(max(residual for residual, _ in found), max(int(took) for _, took in found))


@_compiled
def _row(matrix: Any, c: Any, low: Any, high: Any, w: Any, rtol: Any, rounds: Any) -> Any:
    n = len(c)
    gradient, free = np.empty(n), np.empty(n, dtype=np.int64)
    size = 0.0
    for j in range(n):
        size = max(size, abs(c[j]))
    size = max(size, 1e-300)
    _refresh(matrix, c, w, gradient)
    residual = _violation(gradient, low, high, w, matrix) / size
    took = 0
    while residual > rtol and took < rounds:
        took += 1
        for _ in range(_SWEEPS):
            _sweep(matrix, low, high, w, gradient)
        count = 0
        for j in range(n):
            if low[j] < w[j] < high[j] and matrix[j, j] > 0.0:
                free[count] = j
                count += 1
        _subspace(matrix, low, high, w, gradient, free[:count])
        _refresh(matrix, c, w, gradient)
        residual = _violation(gradient, low, high, w, matrix) / size
    return residual, took


@_compiled
def _refresh(matrix: Any, c: Any, w: Any, gradient: Any) -> None:
    n = len(c)
    for j in range(n):
        gradient[j] = -c[j]
    for k in range(n):
        if w[k] != 0.0:
            row, weight = matrix[k], w[k]
            for j in range(n):
                gradient[j] += weight * row[j]


@_compiled
def _violation(gradient: Any, low: Any, high: Any, w: Any, matrix: Any) -> Any:
    worst = 0.0
    for j in range(len(w)):
        g = gradient[j]
        if matrix[j, j] > 0.0 and low[j] < high[j]:
            down = g if w[j] > low[j] else 0.0
            up = -g if w[j] < high[j] else 0.0
            worst = max(worst, down, up)
    return worst


@_compiled
def _sweep(matrix: Any, low: Any, high: Any, w: Any, gradient: Any) -> None:
    n = len(w)
    for j in range(n):
        row = matrix[j]
        if row[j] <= 0.0:
            continue
        new = min(max(w[j] - gradient[j] / row[j], low[j]), high[j])
        change = new - w[j]
        if change != 0.0:
            w[j] = new
            for k in range(n):
                gradient[k] += change * row[k]


@_compiled
def _subspace(matrix: Any, low: Any, high: Any, w: Any, gradient: Any, free: Any) -> None:
    """Move the free weights to their joint minimum; where bounds are in the way, fix what hits first and go on."""
    step = np.empty(len(free))
    while len(free) > 0:
        m = len(free)
        factor = np.empty((m, m))
        for a in range(m):
            source = matrix[free[a]]
            row = factor[a]
            for b in range(a + 1):
                other = factor[b]
                left = source[free[b]]
                for k in range(b):
                    left -= row[k] * other[k]
                if b < a:
                    row[b] = left / other[b]
                else:
                    # A unit that others stand for does not move.
                    row[a] = np.sqrt(left) if left > _SINGULAR * source[free[a]] else np.inf
        for a in range(m):
            left = -gradient[free[a]]
            for k in range(a):
                left -= factor[a, k] * step[k]
            step[a] = left / factor[a, a]
        for a in range(m - 1, -1, -1):
            step[a] /= factor[a, a]
            for k in range(a):
                step[k] -= factor[a, k] * step[a]
        reach, hit = 1.0, -1
        for a in range(m):
            j = free[a]
            room = np.inf
            if step[a] < 0.0:
                room = (low[j] - w[j]) / step[a]
            elif step[a] > 0.0:
                room = (high[j] - w[j]) / step[a]
            if room < reach:
                reach, hit = room, a
        for a in range(m):
            j = free[a]
            w[j] += reach * step[a]
            change = reach * step[a]
            row = matrix[j]
            for k in range(len(w)):
                gradient[k] += change * row[k]
        if hit < 0:
            return
        j = free[hit]
        w[j] = low[j] if step[hit] < 0.0 else high[j]
        # Those that are all but there go with it: one at a time would take a factor for each.
        kept = 0
        for a in range(m):
            k = free[a]
            if a != hit and low[k] < w[k] < high[k]:
                free[kept] = k
                kept += 1
        free = free[:kept]
