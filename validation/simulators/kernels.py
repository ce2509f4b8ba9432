"""Thin products with the couplings: two to seven rows at a time.

For one row, BLAS reads the couplings once, at the speed of memory. From eight rows on its matrix product is as fast.
In between it is a trap: two rows cost it up to five times as much as one. The kernels here stream the couplings once
for up to four rows, two rows of couplings at a time, with one accumulator for each pair. The sums are reordered into
vectors ("reassoc"), as BLAS does too.

Measured, one thread, microseconds, N = 1000 in float32, kernel against BLAS: 2 rows 80 : 346, 3 rows 95 : 448, 4 rows
110 : 264, 6 rows 160 : 447.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.compiled import compiled

_compiled = compiled(nogil=True, fastmath={"reassoc", "contract", "nsz"}, error_model="numpy")


def thin_product(rows: NDArray[Any], couplings: NDArray[Any], out: NDArray[Any]) -> None:
    """Write rows @ couplings.T to out, for two to seven rows.

    Parameters
    ----------
    rows, out : shape (n_rows, N), C-contiguous.
    couplings : shape (N, N), C-contiguous, of the same precision.
    """
    if len(rows) > 4:
        thin_product(rows[:4], couplings, out[:4])
        thin_product(rows[4:], couplings, out[4:])
    elif len(rows) == 4:
        _four(rows, couplings, out)
    elif len(rows) == 3:
        _three(rows, couplings, out)
    elif len(rows) == 2:
        _two(rows, couplings, out)
    else:
        np.matmul(rows, couplings.T, out=out)


@_compiled
def _two(rows: Any, couplings: Any, out: Any) -> None:
    n = couplings.shape[0]
    r, s = rows[0], rows[1]
    # A zero of the arrays' own type: an integer literal would make the accumulators float64.
    zero = r.dtype.type(0)
    for half in range(n // 2):
        i = 2 * half
        a, b = couplings[i], couplings[i + 1]
        ar, as_, br, bs = zero, zero, zero, zero
        for j in range(n):
            ar += a[j] * r[j]
            as_ += a[j] * s[j]
            br += b[j] * r[j]
            bs += b[j] * s[j]
        out[0, i], out[1, i], out[0, i + 1], out[1, i + 1] = ar, as_, br, bs
    if n % 2:
        _last(rows, couplings, out)


@_compiled
def _three(rows: Any, couplings: Any, out: Any) -> None:
    n = couplings.shape[0]
    r, s, t = rows[0], rows[1], rows[2]
    zero = r.dtype.type(0)
    for half in range(n // 2):
        i = 2 * half
        a, b = couplings[i], couplings[i + 1]
        ar, as_, at, br, bs, bt = zero, zero, zero, zero, zero, zero
        for j in range(n):
            ar += a[j] * r[j]
            as_ += a[j] * s[j]
            at += a[j] * t[j]
            br += b[j] * r[j]
            bs += b[j] * s[j]
            bt += b[j] * t[j]
        out[0, i], out[1, i], out[2, i] = ar, as_, at
        out[0, i + 1], out[1, i + 1], out[2, i + 1] = br, bs, bt
    if n % 2:
        _last(rows, couplings, out)


@_compiled
def _four(rows: Any, couplings: Any, out: Any) -> None:
    n = couplings.shape[0]
    r, s, t, u = rows[0], rows[1], rows[2], rows[3]
    zero = r.dtype.type(0)
    for half in range(n // 2):
        i = 2 * half
        a, b = couplings[i], couplings[i + 1]
        ar, as_, at, au, br, bs, bt, bu = zero, zero, zero, zero, zero, zero, zero, zero
        for j in range(n):
            ar += a[j] * r[j]
            as_ += a[j] * s[j]
            at += a[j] * t[j]
            au += a[j] * u[j]
            br += b[j] * r[j]
            bs += b[j] * s[j]
            bt += b[j] * t[j]
            bu += b[j] * u[j]
        out[0, i], out[1, i], out[2, i], out[3, i] = ar, as_, at, au
        out[0, i + 1], out[1, i + 1], out[2, i + 1], out[3, i + 1] = br, bs, bt, bu
    if n % 2:
        _last(rows, couplings, out)


@_compiled
def _last(rows: Any, couplings: Any, out: Any) -> None:
    n = couplings.shape[0]
    a = couplings[n - 1]
    for row in range(rows.shape[0]):
        r = rows[row]
        total = r.dtype.type(0)
        for j in range(n):
            total += a[j] * r[j]
        out[row, n - 1] = total
