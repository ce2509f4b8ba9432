"""One step of the row march of several populations that hear one another, in compiled code.

For population a, in units of its own time constant, what the network adds to the covariance obeys
    (1 + d_t) c_a(u, t) = r_a(u, t),   (1 + d_u) r_a(u, t) = f_a(u, t),   f_a = s_a + sum_b K_ab <phi_b(u) phi_b(t)>,
stepped as in `two_time.row`. The step is implicit in the covariances of all populations together: at each cell what
they change in one another is solved for, P equations. Of one population that is `row.correct`, cell by cell the same.

Arrays have an axis of populations first; `steps` are the steps in units of the time constants.
"""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled
from dmft.numerics.two_time.row import least_variance, weights

_POLE = 0.1  # as of `row.slope_limit`


@compiled(error_model="numpy")
def limit_slopes(lo: int, n: int, steps: FloatArray, K: FloatArray, p: FloatArray) -> None:
    """Hold the slopes at u = lo..n to what a step may be implicit with: all of a cell are lowered by one factor.

    `row.slope_limit` of the sum over what a population hears: a population that is split is held as the whole.
    """
    size = steps.size
    w1 = np.array([weights(h, 1.0)[2] for h in steps])
    for u in range(lo, n + 1):
        largest = 0.0
        for a in range(size):
            heard = 0.0
            for b in range(size):
                heard += w1[a] * w1[b] * K[a, b] * max(p[b, u], 0.0)
            largest = max(largest, heard)
        if largest > _POLE:
            for b in range(size):
                p[b, u] *= _POLE / largest


@compiled(error_model="numpy")
def _solve(matrix: FloatArray, x: FloatArray) -> None:
    """Overwrite x with the solution of matrix y = x; the diagonal is dominant (`limit_slopes`)."""
    size = x.size
    for i in range(size):
        for j in range(i + 1, size):
            factor = matrix[j, i] / matrix[i, i]
            if factor != 0.0:
                for k in range(i + 1, size):
                    matrix[j, k] -= factor * matrix[i, k]
                x[j] -= factor * x[i]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            x[i] -= matrix[i, k] * x[k]
        x[i] /= matrix[i, i]


@compiled(error_model="numpy")
def _sweep(
    first: FloatArray, cells: int, scheme: FloatArray, K: FloatArray, s: FloatArray, p: FloatArray, out: FloatArray
) -> None:
    """Write r over the cells of a row from its value at the first.

    s : f without its part in the new r. scheme : e, w0 and w1 of each population.
    """
    size = first.size
    f, matrix, x = np.empty(size), np.empty((size, size)), np.empty(size)
    for u in range(cells):
        if u == 0:
            x[:] = first
        else:
            for a in range(size):
                e, w0, w1 = scheme[a]
                x[a] = e * out[a, u - 1] + w0 * f[a] + w1 * s[a, u]
                for b in range(size):
                    matrix[a, b] = (1.0 if a == b else 0.0) - w1 * K[a, b] * p[b, u] * scheme[b, 2]
            _solve(matrix, x)
        for a in range(size):
            out[a, u] = x[a]
        for a in range(size):
            f[a] = s[a, u]
            for b in range(size):
                f[a] += K[a, b] * p[b, u] * scheme[b, 2] * x[b]


@compiled(error_model="numpy")
def _periodic_start(
    period: int, scheme: FloatArray, K: FloatArray, s: FloatArray, p: FloatArray, out: FloatArray
) -> FloatArray:
    """Return r at the first cell that comes back after a period: r[period] = M r[0] + rest."""
    size = len(scheme)
    nothing = np.zeros_like(s[:, : period + 1])
    M = np.empty((size, size))
    for b in range(size):
        unit = np.zeros(size)
        unit[b] = 1.0
        _sweep(unit, period + 1, scheme, K, nothing, p, out)
        M[:, b] = -out[:, period]
        M[b, b] += 1.0
    _sweep(np.zeros(size), period + 1, scheme, K, s, p, out)
    rest = out[:, period].copy()
    _solve(M, rest)
    return rest


@compiled(error_model="numpy")
def correct_together(
    n: int,
    lo: int,
    steps: FloatArray,
    noise: FloatArray,
    period: int,
    K: FloatArray,
    c: FloatArray,
    r: FloatArray,
    old: FloatArray,
    guess: FloatArray,
    s: FloatArray,
    p: FloatArray,
    before: FloatArray,
) -> None:
    """Advance the rows c, r from n to n + 1; as `row.correct`, of all populations.

    noise[a] : what private noise adds to the variance, then as of `row.least_variance`. s : f at the predicted rows;
    p : <phi' phi'>, limited. before : f on the diagonal of row n.
    """
    size, cells = steps.size, n + 1 - lo
    scheme, twice = np.empty((size, 3)), np.empty((size, 3))
    for a in range(size):
        scheme[a] = weights(steps[a], 1.0)
        twice[a] = weights(steps[a], 2.0)
    here, slopes = s[:, lo : n + 1], p[:, lo : n + 1]
    for u in range(cells):
        for b in range(size):
            e, w0, _ = scheme[b]
            moved = slopes[b, u] * (e * c[b, lo + u] + w0 * r[b, lo + u] - guess[b, lo + u])
            for a in range(size):
                here[a, u] += K[a, b] * moved
    new = np.empty((size, cells))
    first = np.zeros(size) if lo == 0 else _periodic_start(period, scheme, K, here, slopes, new)
    _sweep(first, cells, scheme, K, here, slopes, new)
    for a in range(size):
        e, w0, w1 = scheme[a]
        diagonal, variance = r[a, n], c[a, n]
        for u in range(cells):
            c[a, lo + u] = e * c[a, lo + u] + w0 * r[a, lo + u] + w1 * new[a, u]
            old[a, lo + u] = r[a, lo + u]
            r[a, lo + u] = new[a, u]
        source = s[a, n]
        for b in range(size):
            source += K[a, b] * p[b, n] * scheme[b, 2] * new[b, cells - 1]
        value = e * new[a, cells - 1] + w0 * source + w1 * s[a, n + 1]
        r[a, n + 1] = value
        least = least_variance(steps[a], (noise[a, 1], noise[a, 2]), variance, before[a], s[a, n + 1], source)
        e2, v0, v1 = twice[a]
        c[a, n + 1] = max(e2 * variance + v0 * diagonal + v1 * value + noise[a, 0], least)
