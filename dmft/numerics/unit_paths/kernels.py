"""A function of one number over large arrays, by a table."""

from __future__ import annotations

from dmft.arrays import FloatArray
from dmft.compiled import compiled


@compiled(error_model="numpy")
def looked_up(y: FloatArray, table: FloatArray, end: float) -> None:
    """Put f(y) in the place of y, f linear between values at equal distances in [-end, end], and beyond as it ends."""
    last = len(table) - 2
    scale = (len(table) - 1) / (2.0 * end)
    for i in range(y.size):
        at = (y[i] + end) * scale
        k = min(max(int(at), 0), last)
        y[i] = table[k] + (at - k) * (table[k + 1] - table[k])
