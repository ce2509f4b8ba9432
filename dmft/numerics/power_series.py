"""Many power series with few different rows of coefficients, in one pass."""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray, IntArray
from dmft.compiled import compiled


@compiled(error_model="numpy")
def power_series(rows: FloatArray, place: IntArray, r: FloatArray) -> FloatArray:
    """Return sum_k rows[place[j], k] r[j]^k, shape (len(r),)."""
    out = np.empty(r.size)
    whole = rows.shape[1] // 4 * 4
    for j in range(r.size):
        row, x = rows[place[j]], r[j]
        square = x * x
        fourth = square * square
        a = b = c = d = 0.0
        for k in range(row.size - 1, whole - 1, -1):
            a = a * x + row[k]
        # The powers by their remainder by four: four sums of Horner, none of which waits for another.
        for k in range(whole - 4, -1, -4):
            a, b = a * fourth + row[k], b * fourth + row[k + 1]
            c, d = c * fourth + row[k + 2], d * fourth + row[k + 3]
        out[j] = a + x * b + square * (c + x * d)
    return out
