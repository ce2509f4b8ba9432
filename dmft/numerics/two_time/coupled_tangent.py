"""Growth of the tangent kernels of populations that hear one another over a periodic state, in compiled code.

(1 + tau_a d_t)(1 + tau_a d_s) k_a(t, s) = sum_b K_ab <phi_b'(t) phi_b'(s)> k_b(t, s), seeded on the diagonals, grows as
k_a(t, t) ~ exp(2 lambda t): means do not enter. Split and stepped as in `two_time.tangent`, which it is for one
population; at each lag what the new cells change in one another is solved for, P equations.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled
from dmft.numerics.two_time.row import weights


@compiled(error_model="numpy")
def _responses(scheme: FloatArray, twice: FloatArray, K: FloatArray, p: FloatArray) -> FloatArray:
    """Return at each lag the inverse of 1 - w1_a K_ab p_b w1_b, of what a new l_b adds to all l_a, shape (n, P, P)."""
    size, columns = p.shape
    out = np.empty((columns, size, size))
    matrix = np.empty((size, size))
    for j in range(columns):
        for a in range(size):
            for b in range(size):
                own = twice[b, 2] if j == 0 else scheme[b, 2]
                matrix[a, b] = (1.0 if a == b else 0.0) - scheme[a, 2] * K[a, b] * p[b, j] * own
        out[j] = np.linalg.inv(matrix)
    return out


@compiled(error_model="numpy")
def _step(
    scheme: FloatArray,
    twice: FloatArray,
    K: FloatArray,
    p: FloatArray,
    responses: FloatArray,
    k: FloatArray,
    l: FloatArray,  # noqa: E741
    before: FloatArray,
) -> None:
    """Advance k and l = (1 + tau d_t) k, rows against the lag, by one step; p is <phi' phi'> at the new time."""
    size, columns = k.shape
    f, heard, right = np.zeros(size), np.empty(size), np.empty(size)
    for a in range(size):
        e, w0, _ = scheme[a]
        for j in range(columns - 1, 0, -1):
            before[a, j] = e * k[a, j - 1] + w0 * l[a, j - 1]
        before[a, 0] = twice[a, 0] * k[a, 0] + twice[a, 1] * l[a, 0]
        l[a, columns - 1] = 0.0
        k[a, columns - 1] = before[a, columns - 1]
    for a in range(size):
        for b in range(size):
            f[a] += K[a, b] * p[b, columns - 1] * k[b, columns - 1]
    for j in range(columns - 2, -1, -1):
        for a in range(size):
            heard[a] = 0.0
            for b in range(size):
                heard[a] += K[a, b] * p[b, j] * before[b, j]
            right[a] = scheme[a, 0] * l[a, j + 1] + scheme[a, 1] * f[a] + scheme[a, 2] * heard[a]
        for a in range(size):
            value = 0.0
            for b in range(size):
                value += responses[j, a, b] * right[b]
            l[a, j] = value
        for b in range(size):
            k[b, j] = before[b, j] + (twice[b, 2] if j == 0 else scheme[b, 2]) * l[b, j]
        for a in range(size):
            f[a] = 0.0
            for b in range(size):
                f[a] += K[a, b] * p[b, j] * k[b, j]


@compiled(error_model="numpy")
def growth_together(
    slopes: FloatArray, steps: FloatArray, K: FloatArray, h: float, max_periods: int, tolerance: float
) -> tuple[FloatArray, FloatArray]:
    """Iterate the map over a period of the table slopes[population, t, lag] from seeds on the diagonals.

    Parameters
    ----------
    slopes : <phi' phi'>, shape (P, n, columns).
    steps : the step in units of each time constant, shape (P,).
    K : g_ab^2 f_b, shape (P, P).
    h : the step.

    Returns
    -------
    The exponents (1/2T) log(k(T + P)/k(T)) of successive periods, k the sum over the diagonals, until three agree to
    `tolerance`, and the last rows of k over that sum, shape (P, columns).
    """
    size, n, columns = slopes.shape
    scheme, twice = np.empty((size, 3)), np.empty((size, 3))
    for a in range(size):
        scheme[a] = weights(steps[a], 1.0)
        twice[a] = weights(steps[a], 2.0)
    responses = np.empty((n, columns, size, size))
    for t in range(n):
        responses[t] = _responses(scheme, twice, K, slopes[:, t])
    k, l, before = np.zeros((size, columns)), np.zeros((size, columns)), np.zeros((size, columns))  # noqa: E741
    k[:, 0] = 1.0 / size
    history = np.zeros(max_periods)
    used = max_periods
    for i in range(max_periods):
        for t in range(n):
            _step(scheme, twice, K, slopes[:, t], responses[t], k, l, before)
        total = k[:, 0].sum()
        history[i] = 0.5 * math.log(total) / (n * h)
        k /= total
        l /= total  # noqa: E741
        if i > 2 and abs(history[i] - history[i - 1]) <= tolerance and abs(history[i] - history[i - 2]) <= tolerance:
            used = i + 1
            break
    return history[:used], k
