"""Averages of g(x) = erf(x/sqrt 2) and its slope over jointly Gaussian numbers, in closed form.

I2 = <g(1) g(2)>, I3 = <g'(1) x_2 g(3)>, I4 = <g'(1) g'(2) g(3) g(4)> [Saad & Solla (1995)], summed over values with
weights s where s is given. Quadrature agrees:
tests/reference/test_learning_signals_reference.py.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled


@compiled(error_model="numpy")
def products(c: FloatArray) -> FloatArray:
    """Return <g(i) g(j)>, shape (N, N), of numbers with a covariance of that shape."""
    n = len(c)
    found = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            ratio = c[i, j] / math.sqrt((1.0 + c[i, i]) * (1.0 + c[j, j]))
            found[i, j] = 2.0 / math.pi * math.asin(min(max(ratio, -1.0), 1.0))
    return found


@compiled(error_model="numpy")
def linear_sums(c: FloatArray, s: FloatArray, units: int) -> FloatArray:
    """Return sum_j s_j <g'(i) x_m g(j)> for the first numbers i and all m, shape (units, N)."""
    n = len(c)
    found = np.zeros((units, n))
    for i in range(units):
        own = 1.0 + c[i, i]
        for j in range(n):
            weight = 2.0 / math.pi * s[j] / (own * math.sqrt(own * (1.0 + c[j, j]) - c[i, j] ** 2))
            for m in range(n):
                found[i, m] += weight * (c[m, j] * own - c[i, m] * c[i, j])
    return found


@compiled(error_model="numpy")
def square_sums(c: FloatArray, s: FloatArray, units: int, noise: float) -> FloatArray:
    """Return <g'(i) g'(j) (sum_k s_k g(k) + noise z)^2> for the first numbers, z a standard Gaussian of its own.

    Shape (units, units).
    """
    n = len(c)
    found = np.zeros((units, units))
    one, two, scale = np.empty(n), np.empty(n), np.empty(n)
    for i in range(units):
        for j in range(i, units):
            a, b, of = 1.0 + c[i, i], 1.0 + c[j, j], c[i, j]
            both = a * b - of * of
            for k in range(n):
                u, v = c[i, k], c[j, k]
                one[k], two[k] = b * u - of * v, a * v - of * u
                scale[k] = 1.0 / math.sqrt(both * (1.0 + c[k, k]) - one[k] * u - two[k] * v)
            total = 0.0
            for k in range(n):
                row = 0.0
                for m in range(k + 1):
                    ratio = (both * c[k, m] - one[k] * c[i, m] - two[k] * c[j, m]) * scale[k] * scale[m]
                    twice = 1.0 if k == m else 2.0
                    row += twice * s[m] * math.asin(min(max(ratio, -1.0), 1.0))
                total += s[k] * row
            value = 4.0 / math.pi**2 * total + 2.0 / math.pi * noise * noise
            found[i, j] = found[j, i] = value / math.sqrt(both)
    return found
