"""Growth of the tangent kernel over a periodic state, in compiled code.

(1 + d_t)(1 + d_s) k(t, s) = g^2 <phi'(t) phi'(s)> k(t, s), seeded on the diagonal, grows as k(t, t) ~ exp(2 lambda t).
Split and stepped like the covariance (`two_time.row`); linear, so that each cell is solved exactly, in turn. Once the
state is periodic its slopes are a table [time in the period, lag], and the map over a period is iterated.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from dmft.numerics.two_time.row import weights

FloatArray = NDArray[np.float64]


@numba.njit(cache=True, error_model="numpy")
def _step(p: FloatArray, h: float, k: FloatArray, l: FloatArray, k_new: FloatArray, l_new: FloatArray) -> None:  # noqa: E741
    """Advance k and l = (1 + d_t) k, rows against the lag, by one step; p is g^2 <phi' phi'> at the new time.

    Cells move one lag up; l is filtered from the edge of the window, where it is 0, down to the diagonal. The diagonal
    is advanced from the old k(t, t): the rate there is 2.
    """
    e, w0, w1 = weights(h, 1.0)
    e2, v0, v1 = weights(h, 2.0)
    top = len(k) - 1
    l_new[top] = 0.0
    k_new[top] = e * k[top - 1] + w0 * l[top - 1]
    value, source = 0.0, p[top] * k_new[top]
    for j in range(top - 1, 0, -1):
        before = e * k[j - 1] + w0 * l[j - 1]
        value = (e * value + w0 * source + w1 * p[j] * before) / (1.0 - w1 * w1 * p[j])
        l_new[j] = value
        k_new[j] = before + w1 * value
        source = p[j] * k_new[j]
    before = e2 * k[0] + v0 * l[0]
    value = (e * value + w0 * source + w1 * p[0] * before) / (1.0 - w1 * v1 * p[0])
    l_new[0] = value
    k_new[0] = before + v1 * value


@numba.njit(cache=True, error_model="numpy")
def growth(slopes: FloatArray, h: float, max_periods: int, tolerance: float) -> tuple[FloatArray, FloatArray]:
    """Iterate the map over a period of the table slopes[t, lag] (times g^2) from a seed on the diagonal.

    Returns the exponents (1/2T) log(k(T + P)/k(T)) of successive periods, until two agree to `tolerance`, and the last
    row of k, normalised to 1 on the diagonal.
    """
    n, columns = slopes.shape
    k, l = np.zeros(columns), np.zeros(columns)  # noqa: E741
    k_new, l_new = np.zeros(columns), np.zeros(columns)
    k[0] = 1.0
    history = np.zeros(max_periods)
    used = max_periods
    for i in range(max_periods):
        for t in range(n):
            _step(slopes[t], h, k, l, k_new, l_new)
            k, k_new = k_new, k
            l, l_new = l_new, l  # noqa: E741
        size = k[0]
        history[i] = 0.5 * math.log(size) / (n * h)
        k /= size
        l /= size  # noqa: E741
        if i > 2 and abs(history[i] - history[i - 1]) <= tolerance and abs(history[i] - history[i - 2]) <= tolerance:
            used = i + 1
            break
    return history[:used], k
