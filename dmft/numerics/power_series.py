"""Many power series with few different rows of coefficients, in one pass."""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray, IntArray
from dmft.compiled import compiled


@compiled(error_model="numpy")
def power_series(rows: FloatArray, place: IntArray, r: FloatArray) -> FloatArray:
    """Return sum_k rows[place[j], k] r[j]^k, shape (len(r),)."""
    out = np.empty(r.size)
    for j in range(r.size):
        row, x, total = rows[place[j]], r[j], 0.0
        for k in range(row.size - 1, -1, -1):
            total = total * x + row[k]
        out[j] = total
    return out
