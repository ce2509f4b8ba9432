"""Piecewise polynomials at sums of two variables."""

from __future__ import annotations

from functools import cache

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled
from dmft.numerics.gaussian.legendre import to_legendre


@compiled(fastmath=True)
def evaluated(
    edges: FloatArray, first: FloatArray, second: FloatArray, u: FloatArray, means: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return two piecewise polynomials at u[i] + means[j]; means decrease.

    Coefficients of powers, an even number. Even and odd powers are summed apart: four short chains instead of two.
    """
    n_u, n_m, half = len(u), len(means), first.shape[1] // 2
    out, other = np.empty((n_u, n_m)), np.empty((n_u, n_m))
    last = len(edges) - 2
    for i in range(n_u):
        panel = min(max(np.searchsorted(edges, u[i] + means[0], side="right") - 1, 0), last)
        for j in range(n_m):
            x = u[i] + means[j]
            while panel > 0 and x < edges[panel]:
                panel -= 1
            t = (2.0 * x - edges[panel] - edges[panel + 1]) / (edges[panel + 1] - edges[panel])
            t2 = t * t
            a, b, c, d = 0.0, 0.0, 0.0, 0.0
            for k in range(half - 1, -1, -1):
                a = a * t2 + first[panel, 2 * k]
                b = b * t2 + first[panel, 2 * k + 1]
                c = c * t2 + second[panel, 2 * k]
                d = d * t2 + second[panel, 2 * k + 1]
            out[i, j] = a + t * b
            other[i, j] = c + t * d
    return out, other


@cache
def to_powers(n: int) -> FloatArray:
    """Return the matrix from values at n Legendre nodes to coefficients of an even number of powers."""
    columns = [np.polynomial.legendre.leg2poly(column) for column in np.eye(n)]
    powers = np.array([np.pad(column, (0, n + n % 2 - len(column))) for column in columns])
    return np.asarray(to_legendre(n).T @ powers, dtype=float)
