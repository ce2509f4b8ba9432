"""A function of one variable as a piecewise Chebyshev series on a stretched axis."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray

_DEGREE = 20
_TAIL = 1e-12  # last coefficients of a panel that is resolved, unless told otherwise
_LONGEST = 2.5  # panels of q at the start
_SHORTEST = 0.05  # panels of q at the end
_ROUNDING = 1e-9  # last coefficients that are not larger, and do not fall when the panel is halved, are rounding


@dataclass(frozen=True, eq=False)
class PiecewiseSeries:
    """f(p) for p in [0, end], as series in q on panels, p = a sinh(q).

    Attributes
    ----------
    scale : a.
    edges : panels of q, shape (n + 1,).
    coefficients : shape (n, degree + 1).
    lost : size of the coefficients that were cut, relative to the largest value.
    """

    scale: float
    edges: FloatArray
    coefficients: FloatArray
    lost: float

    def __call__(self, p: ArrayLike) -> FloatArray:
        """Return f(p)."""
        return self._sum(self.coefficients, np.asarray(p, dtype=float))

    def integral(self, p: ArrayLike) -> FloatArray:
        """Return int_0^p f 2 p dp, the integral over s = p^2."""
        return self._sum(self._integral, np.asarray(p, dtype=float))

    def _sum(self, coefficients: FloatArray, p: FloatArray) -> FloatArray:
        q = np.arcsinh(p.ravel() / self.scale)
        panel = np.clip(np.searchsorted(self.edges, q, side="right") - 1, 0, len(self.edges) - 2)
        left, right = self.edges[panel], self.edges[panel + 1]
        t = np.clip((2.0 * q - left - right) / (right - left), -1.0, 1.0)
        terms = coefficients.T[:, panel]
        b1, b2 = np.zeros_like(t), np.zeros_like(t)
        for term in terms[:0:-1]:  # Clenshaw
            b1, b2 = term + 2.0 * t * b1 - b2, b1
        return np.asarray((terms[0] + t * b1 - b2).reshape(p.shape), dtype=float)

    @cached_property
    def _integral(self) -> FloatArray:
        """Coefficients of the running integral, by as many more terms as the weight 2 p dp/dq needs."""
        node, fit = chebyshev_fit(2 * _DEGREE)
        half = 0.5 * np.diff(self.edges)[:, None]
        q = self.edges[:-1, None] + half * (node + 1.0)
        values = np.polynomial.chebyshev.chebval(node, self.coefficients.T) * half * np.sinh(2.0 * q)
        integral = np.polynomial.chebyshev.chebint(self.scale**2 * fit @ values.T, lbnd=-1)
        ends = integral.sum(axis=0)
        integral[0] += np.cumsum(ends) - ends
        return np.asarray(integral.T, dtype=float)


@cache
def chebyshev_fit(degree: int) -> tuple[FloatArray, FloatArray]:
    """Return the first-kind nodes, and the matrix from values there to Chebyshev coefficients."""
    angle = math.pi * (np.arange(degree + 1) + 0.5) / (degree + 1)
    matrix = np.cos(np.outer(np.arange(degree + 1), angle)) * (2.0 / (degree + 1))
    matrix[0] *= 0.5
    return np.cos(angle), matrix


def adaptive_series(
    function: Callable[[float], float], end: float, *, scale: float, floor: float = 0.0, accuracy: float = _TAIL
) -> PiecewiseSeries:
    """Return the series of a function on [0, end], panels bisected until their last coefficients have died out.

    `floor` is a size of the function below which its own size on a panel is of no interest; `accuracy` the size of the
    last coefficients, relative to the largest of the function, at which a panel is resolved.
    """
    top = math.asinh(end / scale)
    edges = np.linspace(0.0, top, max(1, math.ceil(top / _LONGEST)) + 1)
    node, fit = chebyshev_fit(_DEGREE)
    todo = [(left, right, math.inf) for left, right in itertools.pairwise(edges)]
    done: list[tuple[float, float, float, FloatArray]] = []
    while todo:
        left, right, before = todo.pop()
        q = left + 0.5 * (right - left) * (node + 1.0)
        values = np.array([function(float(p)) for p in scale * np.sinh(q)])
        coefficients = fit @ values
        size = max(float(np.max(np.abs(values))), floor, 1e-300)
        tail = float(np.max(np.abs(coefficients[-3:]))) / size
        if tail <= accuracy or right - left < _SHORTEST or 0.1 * before < tail < _ROUNDING:
            done.append((left, right, tail, coefficients))
        else:
            middle = 0.5 * (left + right)
            todo += [(left, middle, tail), (middle, right, tail)]
    done.sort(key=lambda entry: entry[0])
    return PiecewiseSeries(
        scale,
        np.array([entry[0] for entry in done] + [done[-1][1]]),
        np.stack([entry[3] for entry in done]),
        max(entry[2] for entry in done),
    )
