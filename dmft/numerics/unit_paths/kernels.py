"""Sums of Hermite polynomials over large arrays, in one pass each."""

from __future__ import annotations

from dmft.arrays import FloatArray
from dmft.compiled import compiled


@compiled(fastmath=True, error_model="numpy")
def odd_moments(y: FloatArray, values: FloatArray, out: FloatArray) -> None:
    """Write the means of values He_n(y), n = 1, 3, 5, 7."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for i in range(y.size):
        u = y[i]
        z = u * u
        v = values[i] * u
        a += v
        b += v * (z - 3.0)
        c += v * (z * (z - 10.0) + 15.0)
        d += v * (z * (z * (z - 21.0) + 105.0) - 105.0)
    out[0], out[1], out[2], out[3] = a / y.size, b / y.size, c / y.size, d / y.size


@compiled(fastmath=True, error_model="numpy")
def odd_sum(y: FloatArray, b: FloatArray) -> None:
    """Put sum_n b_n He_n(y), n = 1, 3, 5, 7, in the place of y."""
    for i in range(y.size):
        u = y[i]
        z = u * u
        y[i] = u * (
            b[0] + b[1] * (z - 3.0) + b[2] * (z * (z - 10.0) + 15.0) + b[3] * (z * (z * (z - 21.0) + 105.0) - 105.0)
        )
