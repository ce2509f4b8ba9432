"""Gauss and Legendre's rule: on one panel, on many, and under a normal density."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from dmft.arrays import FloatArray


@cache
def legendre_rule(n: int) -> tuple[FloatArray, FloatArray]:
    """Return nodes on [-1, 1] and weights of Gauss and Legendre."""
    x, w = np.polynomial.legendre.leggauss(n)
    return np.asarray(x, dtype=float), np.asarray(w, dtype=float)


@cache
def to_legendre(n: int) -> FloatArray:
    """Return the matrix from values at the nodes to Legendre coefficients, shape (n, n)."""
    x, w = legendre_rule(n)
    vander = np.polynomial.legendre.legvander(x, n - 1)
    return np.asarray((vander * w[:, None]).T * (np.arange(n) + 0.5)[:, None], dtype=float)


@cache
def integration(n: int) -> FloatArray:
    """Return the matrix from values at the nodes to integrals from -1 to each node, shape (n, n)."""
    x, _ = legendre_rule(n)
    to_integral = np.array([np.polynomial.legendre.legint(column, lbnd=-1) for column in np.eye(n)])
    return np.asarray(np.polynomial.legendre.legvander(x, n) @ to_integral.T @ to_legendre(n), dtype=float)


def on_panels(left: FloatArray, right: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights on panels, shape (n_panels, n): sum(weights * f(nodes)) = int f over all of them."""
    node, weight = legendre_rule(n)
    half = 0.5 * (right - left)[:, None]
    return left[:, None] + half * (node + 1.0), half * weight


def under_normal(left: FloatArray, right: FloatArray, n: int, sigma: float = 1.0) -> tuple[FloatArray, FloatArray]:
    """Return nodes, and weights times the density of N(0, sigma^2)."""
    x, weight = on_panels(left, right, n)
    return x, weight * np.exp(-0.5 * (x / sigma) ** 2) / (math.sqrt(2.0 * math.pi) * sigma)


def integrals(left: FloatArray, right: FloatArray, values: FloatArray) -> FloatArray:
    """Return int f over each panel, from values at its nodes."""
    return np.asarray(0.5 * (right - left) * (values @ legendre_rule(values.shape[1])[1]), dtype=float)


def running_integral(edges: FloatArray, values: FloatArray) -> FloatArray:
    """Return int f from the first edge to each node, from values at the nodes, shape (n_panels, n)."""
    before = np.cumsum(integrals(edges[:-1], edges[1:], values))
    within = 0.5 * np.diff(edges)[:, None] * (values @ integration(values.shape[1]).T)
    return np.asarray(within + np.concatenate([[0.0], before[:-1]])[:, None], dtype=float)
