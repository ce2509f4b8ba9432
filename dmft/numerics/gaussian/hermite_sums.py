"""Hermite coefficients from values at nodes of one's own, and sums of their series along a row: compiled code."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled

_summing = compiled(fastmath={"contract", "reassoc"}, error_model="numpy")
BLOCK = 64  # cells of a row whose series are summed together, to the length that the steepest of them needs
_NEGLECTED = -32.0  # log of what a series may leave, relative to its sum of squares
_NO_SQUARE = 1e-30  # part of the sum of squares that the last terms may leave out


@_summing
def hermite_sums(z: FloatArray, values: FloatArray, n_terms: int) -> FloatArray:
    """Return a_n = sum_i values[f, i] h_n(z_i), h_n = He_n(z) exp(-z^2/4)/sqrt(n!), shape (n_f, n_terms).

    `values` carry the weights and exp(-z^2/4): h_n stays of order one.
    """
    n_f, n_z = values.shape
    out = np.zeros((n_f, n_terms))
    below, here = np.zeros(n_z), np.exp(-0.25 * z * z)
    for n in range(n_terms):
        for f in range(n_f):
            total = 0.0
            for i in range(n_z):
                total += values[f, i] * here[i]
            out[f, n] = total
        up, down = 1.0 / math.sqrt(n + 1.0), math.sqrt(n / (n + 1.0))
        for i in range(n_z):
            ahead = up * z[i] * here[i] - down * below[i]
            below[i] = here[i]
            here[i] = ahead
    return out


@_summing
def add_row(lo: int, r: FloatArray, table: FloatArray, fixed: FloatArray, weight: float, out: FloatArray) -> int:
    """Add weight sum_n table[n, u] fixed[n] r[u - lo]^n to out[u], u = lo, ...; table : shape (n_terms + 1, time).

    Horner's rule over blocks of cells; a block stops at the term beyond which |r|^n, or what is left of `fixed` by
    Schwarz's inequality, leaves nothing. The number of multiplications is returned.
    """
    n_terms, work = table.shape[0], 0
    room, left = _NO_SQUARE * np.sum(fixed * fixed), 0.0
    while n_terms > 1:
        left += fixed[n_terms - 1] ** 2
        if left > room:
            break
        n_terms -= 1
    total = np.empty(BLOCK)
    for start in range(0, r.size, BLOCK):
        m = min(BLOCK, r.size - start)
        first = lo + start
        steepest = 0.0
        for i in range(m):
            steepest = max(steepest, abs(r[start + i]))
            total[i] = 0.0
        used = n_terms
        if steepest < 1e-12:
            used = min(2, n_terms)
        elif steepest < 1.0:
            used = int(min(float(n_terms), 2.0 + _NEGLECTED / math.log(steepest)))
        for n in range(used - 1, -1, -1):
            a = weight * fixed[n]
            row = table[n, first : first + m]
            for i in range(m):
                total[i] = total[i] * r[start + i] + a * row[i]
        for i in range(m):
            out[first + i] += total[i]
        work += m * used
    return work


@compiled(error_model="numpy")
def lost(lo: int, r: FloatArray, table: FloatArray, fixed: FloatArray, power: FloatArray, own: float) -> float:
    """Return the sum of the bounds of what the series of a row leave, relative to the root of the mean squares
    `power`[u] and `own`.

    By Schwarz's inequality the terms beyond N are at most |r|^N sqrt(missing missing'); as much was added for them.
    """
    last, total = table.shape[0] - 1, 0.0
    for i in range(r.size):
        size = abs(r[i])
        if 0.0 < size < 1.0 and fixed[last] > 0.0:
            bound = 2.0 * math.exp(last * math.log(size)) * table[last, lo + i] * fixed[last]
            total += bound / max(math.sqrt(power[lo + i] * own), 1e-300)
    return total
