"""tanh, and the recursions of processes with memory, as compiled kernels.

A loop over the library's tanh does not vectorise. This one has no branch: exp(-2a) = (exp(-2a/256))^256 by a Taylor
polynomial and eight squarings, to 2e-14 absolute, about 2 ns a value with 256-bit vectors.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.compiled import compiled

_TILE = 64  # paths handled together: their block of history stays in the first-level cache


@compiled(fastmath=True, error_model="numpy", inline="always")
def tanh(x: float) -> float:
    """Return tanh x for a number; x must be finite."""
    a = min(abs(x), 19.0)  # tanh 19 = 1 - 6e-17
    t = a * (-2.0 / 256.0)
    e = 1.0 + t * (
        1.0
        + t * (1 / 2 + t * (1 / 6 + t * (1 / 24 + t * (1 / 120 + t * (1 / 720 + t * (1 / 5040 + t * (1 / 40320)))))))
    )
    for _ in range(8):
        e *= e
    return math.copysign((1.0 - e) / (1.0 + e), x)


@compiled(fastmath=True, error_model="numpy", inline="always")
def exp(x: float) -> float:
    """Return exp x for a number, to 2e-13 relative; beyond +-700 what it is there."""
    t = min(max(x, -700.0), 700.0) * (1.0 / 1024.0)
    high = 1 / 5040 + t * (1 / 40320 + t * (1 / 362880 + t * (1 / 3628800 + t * (1 / 39916800 + t * (1 / 479001600)))))
    e = 1.0 + t * (1.0 + t * (1 / 2 + t * (1 / 6 + t * (1 / 24 + t * (1 / 120 + t * (1 / 720 + t * high))))))
    for _ in range(10):
        e *= e
    return e


@compiled(fastmath=True, error_model="numpy")
def _fill(x: FloatArray, out: FloatArray) -> None:
    for i in range(x.size):
        out[i] = tanh(x[i])


def tanh_array(x: FloatArray) -> FloatArray:
    """Return tanh of a contiguous array."""
    x = np.ascontiguousarray(x)
    out = np.empty_like(x)
    _fill(x.reshape(-1), out.reshape(-1))
    return out


@compiled(fastmath=True, error_model="numpy", inline="always")
def _remember(
    x: FloatArray, phi: FloatArray, row: int, first: int, low: int, high: int, kernel: FloatArray, end_weight: float
) -> None:
    """Add to x[row] what the rows first ... row - 1 have left."""
    for other in range(first, row):
        weight = kernel[row - other]
        for i in range(low, high):
            x[row, i] += weight * phi[other, i]
    if row > 2:
        for i in range(low, high):
            x[row, i] += end_weight * (3.0 * (phi[row - 1, i] - phi[row - 2, i]) + phi[row - 3, i])


@compiled(fastmath=True, error_model="numpy")
def remember(x: FloatArray, phi: FloatArray, row: int, first: int, kernel: FloatArray, end_weight: float) -> None:
    """Add to x[row] what the rows first ... row - 1 have left: what `tanh_block` does before it takes phi."""
    _remember(x, phi, row, first, 0, x.shape[1], kernel, end_weight)


@compiled(fastmath=True, error_model="numpy")
def tanh_block(x: FloatArray, phi: FloatArray, first: int, length: int, kernel: FloatArray, end_weight: float) -> None:
    """Advance rows first ... first + length - 1: add the block's own memory to x, and write phi = tanh x.

    x, phi : (n_rows, n_paths); x holds the drive and the memory of rows before `first`, phi has rows before `first`.
    kernel : weights of lags 0, 1, ..., at least `length`; end_weight multiplies the extrapolated phi of the row.
    """
    for low in range(0, x.shape[1], _TILE):
        high = min(low + _TILE, x.shape[1])
        for row in range(first, first + length):
            _remember(x, phi, row, first, low, high, kernel, end_weight)
            for i in range(low, high):
                phi[row, i] = tanh(x[row, i])


@compiled(fastmath=True, error_model="numpy")
def linear_block(
    factors: FloatArray,
    x: FloatArray,
    phi: FloatArray,
    first: int,
    length: int,
    kernel: FloatArray,
    end_weight: float,
) -> None:
    """Do as `tanh_block` with phi = factors * x."""
    for low in range(0, x.shape[1], _TILE):
        high = min(low + _TILE, x.shape[1])
        for row in range(first, first + length):
            _remember(x, phi, row, first, low, high, kernel, end_weight)
            for i in range(low, high):
                phi[row, i] = factors[row, i] * x[row, i]


@compiled(error_model="numpy")
def relax(
    x: ComplexArray,
    signal: ComplexArray,
    columns: ComplexArray,
    source: FloatArray | ComplexArray,
    memory: ComplexArray,
    ahead: ComplexArray,
) -> tuple[float, float]:
    """Relax Fourier paths (n_omega, n_paths), x <- x + ahead (source columns + memory signal - x).

    Return the largest mean square of a change over the frequencies, and of x: how far the paths have come.
    """
    moved, size = 0.0, 0.0
    for w in range(x.shape[0]):
        here, all_of_it = 0.0, 0.0
        for i in range(x.shape[1]):
            change = ahead[w] * (source[w] * columns[w, i] + memory[w] * signal[w, i] - x[w, i])
            x[w, i] += change
            here += change.real**2 + change.imag**2
            all_of_it += x[w, i].real ** 2 + x[w, i].imag ** 2
        moved, size = max(moved, here), max(size, all_of_it)
    return moved, size
