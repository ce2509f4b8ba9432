"""The averages along a row from Hermite coefficients of each time, in compiled code."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@numba.njit(cache=True)
def fill_row_series(
    lo: int, n: int, v: FloatArray, guess: FloatArray, phi: FloatArray, slope: FloatArray, q: FloatArray, p: FloatArray
) -> None:
    """Write <phi(u) phi(n)> and <phi'(u) phi'(n)> for u = lo..n from coefficients of shape (phase, term, time).

    sum_k a_k(u) a_k(n) r^k by Horner's rule, all times of the row at once.
    """
    n_phase, n_term, _ = phi.shape
    r = np.empty(n + 1 - lo)
    for u in range(lo, n + 1):
        scale = math.sqrt(v[u] * v[n])
        guess[u] = min(guess[u], scale)
        r[u - lo] = max(guess[u] / scale, -1.0) if scale > 0.0 else 0.0
        q[u] = 0.0
        p[u] = 0.0
    for f in range(n_phase):
        x, y = np.zeros(len(r)), np.zeros(len(r))
        for k in range(n_term - 1, -1, -1):
            a, b = phi[f, k, n], slope[f, k, n]
            for i in range(len(r)):
                x[i] = x[i] * r[i] + a * phi[f, k, lo + i]
                y[i] = y[i] * r[i] + b * slope[f, k, lo + i]
        for i in range(len(r)):
            q[lo + i] += x[i] / n_phase
            p[lo + i] += y[i] / n_phase
