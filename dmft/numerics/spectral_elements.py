"""Spectral elements on the half line of lags: nodes, lumped mass, stiffness, banded solves, interpolation.

Functions of the lag are even, smooth for lag > 0, and may have a kink at 0: a mesh on [0, T] with natural (zero slope)
ends meets all of this. Gauss-Lobatto-Legendre nodes serve as quadrature and as interpolation points (collocation in
weak form), so that -d^2/dlag^2 is a symmetric banded matrix and the mass a diagonal.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import BoolArray, FloatArray, IntArray
from dmft.numerics.banded_levels import lowest_of_banded
from dmft.numerics.lobatto import banded_stiffness, lobatto, to_legendre

DEGREE = 14


def graded_edges(first: float, longest: float, end: float, growth: float = 1.5) -> FloatArray:
    """Return element edges on [0, end]: the first of length `first`, growing geometrically up to `longest`."""
    edges, length = [0.0], min(first, longest, end)
    while edges[-1] + length < end * (1 - 1e-9):
        edges.append(edges[-1] + length)
        length = min(length * growth, longest)
    if len(edges) > 1 and end - edges[-1] < 0.3 * length:
        edges.pop()
    return np.array([*edges, end])


class HalfLine:
    """Mesh on [0, T].

    Attributes
    ----------
    nodes, weights : shape (n,); sum(weights * f(nodes)) = int_0^T f.
    edges : element boundaries.
    """

    def __init__(self, edges: ArrayLike, degree: int = DEGREE) -> None:
        self.edges = np.asarray(edges, dtype=float)
        self.degree = degree
        x, w, _, _ = lobatto(degree)
        half = 0.5 * np.diff(self.edges)
        n = len(half) * degree + 1
        self.nodes = np.empty(n)
        self.weights = np.zeros(n)
        # Upper banded storage of the stiffness: row `degree - k` holds the k-th superdiagonal.
        self._stiffness = np.zeros((degree + 1, n))
        reference = banded_stiffness(degree)
        for e, h in enumerate(half):
            span = slice(e * degree, (e + 1) * degree + 1)
            self.nodes[span] = self.edges[e] + h * (x + 1.0)
            self.weights[span] += h * w
            self._stiffness[:, span] += reference / h

    @property
    def length(self) -> float:
        """T."""
        return float(self.edges[-1])

    def operator(self, potential: FloatArray | float) -> FloatArray:
        """Return -d^2/dlag^2 + potential in weak form, upper banded storage (degree + 1, n)."""
        banded = self._stiffness.copy()
        banded[-1] += self.weights * potential
        return banded

    def solve(self, potential: FloatArray | float, right: FloatArray, *, polish: bool = False) -> FloatArray:
        """Solve (-d^2 + potential) u = f in weak form, `right` = the weak right-hand side, shape (n,) or (n, k).

        With `polish` the rounding of the factorisation, which grows like 1/(shortest element), is taken out again.
        """
        from scipy.linalg import solve_banded

        p = self.degree
        upper = self.operator(potential)
        full = np.zeros((2 * p + 1, upper.shape[1]))
        full[: p + 1] = upper
        for k in range(1, p + 1):
            full[p + k, :-k] = upper[p - k, k:]
        solution = solve_banded((p, p), full, right, check_finite=False)
        if polish:
            defect = right - self.apply(potential, solution)
            solution = solution + solve_banded((p, p), full, defect, check_finite=False)
        return np.asarray(solution, dtype=float)

    def factored(self, potential: FloatArray | float) -> Callable[[FloatArray], FloatArray]:
        """Return what solves (-d^2 + potential) u = f, `potential` > 0, for many weak right-hand sides in turn."""
        from scipy.linalg.lapack import dpbtrf, dpbtrs

        factor, failed = dpbtrf(self.operator(potential))
        if failed:
            raise np.linalg.LinAlgError("the operator is not positive")
        return lambda right: np.asarray(dpbtrs(factor, right)[0], dtype=float)

    def apply(self, potential: FloatArray | float, values: FloatArray) -> FloatArray:
        """Return (-d^2 + potential) u in weak form, u of shape (n,).

        Element by element from differences to the left end: a constant has no curvature, to all digits.
        """
        _, w, d, _ = lobatto(self.degree)
        local = values[self.index]
        local = (local - local[:, :1]) @ (d.T @ (w[:, None] * d)) / (0.5 * np.diff(self.edges))[:, None]
        bent = np.bincount(self.index.ravel(), weights=local.ravel(), minlength=len(self.nodes))
        return np.asarray(bent + self.weights * potential * values, dtype=float)

    def triplets(self) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
        """Return rows i, columns j and entries int u_i' u_j' and int u_i u_j' of the elements, for a sparse matrix."""
        _, w, d, _ = lobatto(self.degree)
        half = 0.5 * np.diff(self.edges)
        n = self.degree + 1
        rows = np.repeat(self.index, n, axis=1).ravel()
        columns = np.tile(self.index, (1, n)).ravel()
        bent = ((d.T @ (w[:, None] * d)).ravel() / half[:, None]).ravel()
        turned = np.broadcast_to((w[:, None] * d).ravel(), (len(half), n * n)).ravel()
        return rows, columns, bent, turned

    def tails(self, values: FloatArray) -> FloatArray:
        """Return the size of the last Legendre coefficients of u on each element: what its degree leaves unresolved."""
        return np.asarray(np.max(np.abs(values[self.index] @ to_legendre(self.degree)[-3:].T), axis=1))

    def split(self, which: BoolArray | None = None) -> HalfLine:
        """Return the mesh with these elements (all of them by default) halved."""
        middle = 0.5 * (self.edges[:-1] + self.edges[1:])
        if which is not None:
            middle = middle[which]
        return HalfLine(np.sort(np.concatenate([self.edges, middle])), self.degree)

    def heavy_pairs(self, size: FloatArray, tolerance: float) -> BoolArray:
        """Return which elements of the mesh that was split into this one hold more of a sum over nodes than their share
        of a tolerance."""
        k = self.degree
        of_half = np.array([size[i * k : (i + 1) * k + 1].sum() for i in range(len(self.edges) - 1)])
        of_element = of_half.reshape(-1, 2).sum(axis=1)
        share = max(0.1 * tolerance / len(of_element), 0.01 * float(of_element.max()))
        return np.asarray(of_element > share)

    @cached_property
    def index(self) -> IntArray:
        """Nodes of each element, shape (n_elements, degree + 1)."""
        return np.arange(len(self.edges) - 1)[:, None] * self.degree + np.arange(self.degree + 1)

    def is_positive(self, potential: FloatArray | float) -> bool:
        """Whether -d^2 + potential has only positive eigenvalues (even sector), by Cholesky factorisation."""
        from scipy.linalg import LinAlgError, cholesky_banded

        try:
            cholesky_banded(self.operator(potential), check_finite=False)
        except LinAlgError:
            return False
        return True

    def lowest(self, potential: FloatArray | float, *, odd: bool = False) -> tuple[float, FloatArray]:
        """Return the lowest eigenvalue and its function of (-d^2 + potential) u = E u, u even (or odd) in the lag."""
        scale = 1.0 / np.sqrt(self.weights)
        p = self.degree
        banded = self.operator(potential)
        for k in range(p + 1):
            banded[p - k, k:] *= scale[: len(scale) - k] * scale[k:]
        first = 1 if odd else 0  # odd functions vanish at 0: drop that node
        banded = banded[:, first:]
        # No level lies below the potential's minimum: shifted there the matrix is positive, and its inverse has the
        # ground state as its largest eigenvalue.
        floor = float(np.min(potential))
        floor -= max(1e-7 * max(1.0, abs(floor)), 1e-15 * float(np.max(np.abs(banded[-1]))))
        start = np.exp(-self.nodes[first:] / (1.0 + 0.05 * self.length)) / scale[first:]
        level, vector = lowest_of_banded(banded, floor, start)
        function = np.zeros(len(scale))
        function[first:] = vector * scale[first:]
        return level, function * np.sign(function[np.argmax(np.abs(function))])

    def barycentric(self, at: FloatArray) -> tuple[IntArray, FloatArray]:
        """Return for points in [0, T], shape (n,), the element that each is in, and the weights of its nodes there,
        shape (n, degree + 1), up to their sum."""
        x, _, _, bary = lobatto(self.degree)
        flat = np.clip(at, 0.0, self.length)
        e = np.clip(np.searchsorted(self.edges, flat, side="right") - 1, 0, len(self.edges) - 2)
        s = 2.0 * (flat - self.edges[e]) / (self.edges[e + 1] - self.edges[e]) - 1.0
        gap = s[:, None] - x
        hit = np.abs(gap) < 1e-14
        weight = bary / np.where(hit, 1.0, gap)
        return e, np.where(hit.any(axis=1)[:, None], hit, weight)

    def interpolate(self, values: FloatArray, at: ArrayLike) -> FloatArray:
        """Return the piecewise polynomial through `values` at points in [0, T]."""
        t = np.asarray(at, dtype=float)
        e, weight = self.barycentric(t.ravel())
        local = values[e[:, None] * self.degree + np.arange(self.degree + 1)]
        return np.asarray(((weight * local).sum(axis=1) / weight.sum(axis=1)).reshape(t.shape), dtype=float)
