"""Quadrature over a standard normal, and Hermite coefficients by it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.legendre import under_normal

_NODES_PER_PANEL = 16
REACH = 12.5  # standard deviations beyond which exp(-z^2/4) < 1e-17


@cache
def normal_quadrature() -> tuple[FloatArray, FloatArray]:
    """Return nodes z and weights w with sum_i w_i f(z_i) = E f(z), z ~ N(0, 1).

    Composite Gauss-Legendre, panels broken at 0 (where threshold functions have their kink) and graded towards it
    (where a saturating phi is steep at large variance). 1e-15 for smooth f, and for f with a kink at 0.
    """
    edges = np.concatenate([[0.0], 0.4 * 2.0 ** np.arange(-5.0, 0.0), np.arange(0.4, REACH, 0.25)])
    edges = np.concatenate([-edges[:0:-1], edges])
    z, weights = under_normal(edges[:-1], edges[1:], _NODES_PER_PANEL)
    return z.ravel(), weights.ravel()


def normal_average(function: Callable[[Any], Any], variance: float) -> float:
    """Return E f(x) for x ~ N(0, variance)."""
    z, w = normal_quadrature()
    return float(np.asarray(function(math.sqrt(variance) * z), dtype=float) @ w)


def hermite_functions(z: FloatArray, n_terms: int) -> FloatArray:
    """Return He_n(z) exp(-z^2/4)/sqrt(n!), which stay of order one, shape (n_terms, *z.shape)."""
    table = np.empty((n_terms, *z.shape))
    below, here = np.zeros_like(z), np.exp(-0.25 * z * z)
    for n in range(n_terms):
        table[n] = here
        below, here = here, (z * here - math.sqrt(n) * below) / math.sqrt(n + 1.0)
    return table


@lru_cache(maxsize=12)
def hermite_rule(n_terms: int, shifted: bool) -> tuple[FloatArray, FloatArray]:
    """Return nodes z and the table w(z) He_n(z)/sqrt(n!), n < n_terms, of the trapezoidal rule over a normal z.

    It converges faster than any power for what is smooth. The step resolves the product of the last polynomial with a
    function whose coefficients end there; the shifted rule has other nodes, and its error the other sign.
    """
    step = 2.0 * math.pi / (3.2 * math.sqrt(2.0 * n_terms) + 8.0) * (0.8 if shifted else 1.0)
    count = math.ceil(REACH / step)
    z = np.asarray(step * (np.arange(-count, count + 1) + (0.5 if shifted else 0.0)), dtype=float)
    return z, hermite_functions(z, n_terms) * (step / math.sqrt(2.0 * math.pi) * np.exp(-0.25 * z * z))


@cache
def _hermite_table(n_terms: int) -> FloatArray:
    """Return w(z) He_n(z)/sqrt(n!) on the quadrature nodes, shape (n_terms, n_nodes)."""
    z, w = normal_quadrature()
    return hermite_functions(z, n_terms) * (w * np.exp(0.25 * z * z))


def hermite_coefficients(values: FloatArray, n_terms: int) -> FloatArray:
    """Return a_n = E f(z) He_n(z)/sqrt(n!), n < n_terms, from `values` = f on the nodes, shape (n_nodes, ...)."""
    return _hermite_table(n_terms) @ values
