"""Gauss-Lobatto-Legendre nodes on one element: quadrature, derivatives, stiffness, interpolation."""

from __future__ import annotations

from functools import cache

import numpy as np

from dmft.arrays import FloatArray


@cache
def lobatto(degree: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return Gauss-Lobatto-Legendre nodes on [-1, 1], weights, differentiation matrix, barycentric weights."""
    legendre = np.polynomial.legendre.Legendre.basis(degree)
    x = np.concatenate([[-1.0], np.sort(legendre.deriv().roots().real), [1.0]])
    for _ in range(3):  # polish the inner roots of P' by Newton, with P'' from Legendre's equation
        p, dp = legendre(x[1:-1]), legendre.deriv()(x[1:-1])
        x[1:-1] -= dp * (1 - x[1:-1] ** 2) / (2 * x[1:-1] * dp - degree * (degree + 1) * p)
    w = 2.0 / (degree * (degree + 1) * legendre(x) ** 2)
    gaps = x[:, None] - x[None, :]
    np.fill_diagonal(gaps, 1.0)
    bary = 1.0 / gaps.prod(axis=1)
    with np.errstate(divide="ignore"):
        d = bary[None, :] / bary[:, None] / gaps
    np.fill_diagonal(d, 0.0)
    np.fill_diagonal(d, -d.sum(axis=1))
    return x, w, d, bary


@cache
def banded_stiffness(degree: int) -> FloatArray:
    """Return int u_i' u_j' on [-1, 1] in upper banded storage."""
    _, w, d, _ = lobatto(degree)
    full = d.T @ (w[:, None] * d)
    banded = np.zeros_like(full)
    for k in range(degree + 1):
        banded[degree - k, k:] = np.diagonal(full, k)
    return banded


@cache
def to_legendre(degree: int) -> FloatArray:
    """Return the matrix from values at the nodes to Legendre coefficients."""
    return np.asarray(np.linalg.inv(np.polynomial.legendre.legvander(lobatto(degree)[0], degree)), dtype=float)
