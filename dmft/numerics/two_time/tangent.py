"""Growth of the tangent kernel over a periodic state, in compiled code.

(1 + d_t)(1 + d_s) k(t, s) = g^2 <phi'(t) phi'(s)> k(t, s), seeded on the diagonal, grows as k(t, t) ~ exp(2 lambda t).
Split and stepped like the covariance (`two_time.row`); linear, so that each cell is solved exactly, in turn. Once the
state is periodic its slopes are a table [time in the period, lag], and the map over a period is iterated.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled
from dmft.numerics.gaussian.lanes import vector
from dmft.numerics.two_time.row import weights


@vector
def _before(e: float, w0: float, k: FloatArray, l: FloatArray, out: FloatArray) -> None:  # noqa: E741
    """Move the cells one lag up: out[j] is k at lag j without its part in the new l."""
    for j in range(1, k.size):
        out[j] = e * k[j - 1] + w0 * l[j - 1]


@vector
def _sources(outer: FloatArray, inner: FloatArray, before: FloatArray, rest: FloatArray) -> None:
    for j in range(1, before.size - 1):
        rest[j] = outer[j] * before[j + 1] + inner[j] * before[j]


@vector
def _filtered(factor: FloatArray, rest: FloatArray) -> None:
    """Write l over its sources: from 0 at the edge of the window down to lag 1."""
    value = 0.0
    rest[rest.size - 1] = 0.0
    for j in range(rest.size - 2, 0, -1):
        value = factor[j] * value + rest[j]
        rest[j] = value


@vector
def _stored(w1: float, l: FloatArray, before: FloatArray, k: FloatArray) -> None:  # noqa: E741
    for j in range(1, k.size):
        k[j] = before[j] + w1 * l[j]


@vector
def _coefficients(h: float, p: FloatArray, factor: FloatArray, outer: FloatArray, inner: FloatArray) -> None:
    """Write the filter of a row as l[j] = factor[j] l[j + 1] + outer[j] before[j + 1] + inner[j] before[j].

    l[j] = e l[j + 1] + w0 f[j + 1] + w1 f[j], f = p k, k = before + w1 l.
    """
    e, w0, w1 = weights(h, 1.0)
    for j in range(1, p.size - 1):
        part = 1.0 / (1.0 - w1 * w1 * p[j])
        factor[j] = part * (e + w0 * w1 * p[j + 1])
        outer[j] = part * w0 * p[j + 1]
        inner[j] = part * w1 * p[j]


@compiled(error_model="numpy")
def _step(
    p: FloatArray, h: float, filters: FloatArray, k: FloatArray, l: FloatArray, before: FloatArray  # noqa: E741
) -> None:  # fmt: skip
    """Advance k and l = (1 + d_t) k, rows against the lag, by one step; p is g^2 <phi' phi'> at the new time.

    Cells move one lag up; l is filtered from the edge of the window, where it is 0, down to the diagonal. The diagonal
    is advanced from the old k(t, t): the rate there is 2.
    """
    e, w0, w1 = weights(h, 1.0)
    e2, v0, v1 = weights(h, 2.0)
    diagonal = e2 * k[0] + v0 * l[0]
    _before(e, w0, k, l, before)
    _sources(filters[1], filters[2], before, l)
    _filtered(filters[0], l)
    _stored(w1, l, before, k)
    l[0] = (e * l[1] + w0 * p[1] * k[1] + w1 * p[0] * diagonal) / (1.0 - w1 * v1 * p[0])
    k[0] = diagonal + v1 * l[0]


@compiled(error_model="numpy")
def growth(slopes: FloatArray, h: float, max_periods: int, tolerance: float) -> tuple[FloatArray, FloatArray]:
    """Iterate the map over a period of the table slopes[t, lag] (times g^2) from a seed on the diagonal.

    Returns the exponents (1/2T) log(k(T + P)/k(T)) of successive periods, until two agree to `tolerance`, and the last
    row of k, normalised to 1 on the diagonal.
    """
    n, columns = slopes.shape
    filters = np.empty((n, 3, columns))
    for t in range(n):
        _coefficients(h, slopes[t], filters[t, 0], filters[t, 1], filters[t, 2])
    k, l, before = np.zeros(columns), np.zeros(columns), np.zeros(columns)  # noqa: E741
    k[0] = 1.0
    history = np.zeros(max_periods)
    used = max_periods
    for i in range(max_periods):
        for t in range(n):
            _step(slopes[t], h, filters[t], k, l, before)
        size = k[0]
        history[i] = 0.5 * math.log(size) / (n * h)
        k /= size
        l /= size  # noqa: E741
        if i > 2 and abs(history[i] - history[i - 1]) <= tolerance and abs(history[i] - history[i - 2]) <= tolerance:
            used = i + 1
            break
    return history[:used], k
