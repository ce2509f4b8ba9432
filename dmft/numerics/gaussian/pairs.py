"""Gaussian averages of a nonlinearity at two times whose means and variances differ.

`pair_averages(nonlinearity)` gives them in the first form that exists: closed form (ReLU, erf), else the Mehler series
    <phi phi> = sum_n a_n(m1, v1) a_n(m2, v2) r^n,  a_n(m, v) = <phi(m + sqrt(v) z) He_n(z)>/sqrt(n!),  r = c/(s1 s2),
whose coefficients depend on one time only.
"""

from __future__ import annotations

import math
import warnings
from functools import singledispatch
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.errors import AccuracyWarning
from dmft.models.nonlinearity import Erf, ReLU
from dmft.numerics.gaussian.hermite import hermite_coefficients, normal_quadrature

FloatArray = NDArray[np.float64]

MEHLER_TERMS = 128
_POOR = 1e-6  # relative mass of the tail of a series above which the user is told


class PairAverages(Protocol):
    """Averages over x ~ N(m1, v1), y ~ N(m2, v2) of covariance c; all arguments broadcast."""

    def first(self, mean: ArrayLike, variance: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return <phi> and its derivative in the mean, <phi'>."""
        ...

    def pair(
        self, mean1: ArrayLike, variance1: ArrayLike, mean2: ArrayLike, variance2: ArrayLike, covariance: ArrayLike
    ) -> tuple[FloatArray, FloatArray]:
        """Return <phi phi> and its derivative in c, <phi' phi'>."""
        ...


@singledispatch
def pair_averages(nonlinearity: Any) -> PairAverages:
    """Return the two-time averages of a nonlinearity.

    Raises
    ------
    FloatingPointError : when asked for, if the nonlinearity returns a value that is not finite.

    Warns
    -----
    AccuracyWarning : if 128 terms of the Mehler series leave more than 1e-6 of <phi^2>.

    Notes
    -----
    Accuracy: `tests/unit/test_nonstationary_pairs.py` holds ReLU and erf to 1e-13 against mpmath, tanh at v <= 4 to
    1e-9 against two-dimensional quadrature. Cost: closed forms 0.1-0.3 us a point; series 0.1 ms a time, 50 ns a point.
    """
    return MehlerPairs(nonlinearity)


@pair_averages.register
def _(nonlinearity: ReLU) -> PairAverages:
    from dmft.numerics.gaussian.closed_pairs import RELU

    return ClosedPairs(RELU)


@pair_averages.register
def _(nonlinearity: Erf) -> PairAverages:
    from dmft.numerics.gaussian.closed_pairs import ERF

    return ClosedPairs(ERF)


class ClosedPairs:
    """Averages in closed form; `kind` names the nonlinearity to the compiled code."""

    def __init__(self, kind: int) -> None:
        self.kind = kind

    def first(self, mean: ArrayLike, variance: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return <phi> and <phi'>."""
        from scipy.special import ndtr

        from dmft.numerics.gaussian.closed_pairs import RELU

        m, v = np.broadcast_arrays(np.asarray(mean, dtype=float), np.asarray(variance, dtype=float))
        if self.kind == RELU:
            s = np.sqrt(np.maximum(v, 1e-300))
            a = np.clip(m / s, -1e150, 1e150)
            return m * ndtr(a) + s * np.exp(-0.5 * a * a) / math.sqrt(2.0 * math.pi), ndtr(a)
        width = np.sqrt(2.0 / math.pi + v)
        a = m / width
        return 2.0 * ndtr(a) - 1.0, math.sqrt(2.0 / math.pi) * np.exp(-0.5 * a * a) / width

    def pair(
        self, mean1: ArrayLike, variance1: ArrayLike, mean2: ArrayLike, variance2: ArrayLike, covariance: ArrayLike
    ) -> tuple[FloatArray, FloatArray]:
        """Return <phi phi> and <phi' phi'>."""
        from dmft.numerics.gaussian.closed_pairs import fill

        arguments = (mean1, variance1, mean2, variance2, covariance)
        arrays = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in arguments))
        q, p = np.empty(arrays[0].size), np.empty(arrays[0].size)
        m1, v1, m2, v2, c = (x.flatten() for x in arrays)
        fill(self.kind, m1, v1, m2, v2, c, q, p)
        return q.reshape(arrays[0].shape), p.reshape(arrays[0].shape)


class MehlerPairs:
    """Averages of any smooth nonlinearity by its Mehler series."""

    def __init__(self, nonlinearity: Any) -> None:
        self.nonlinearity = nonlinearity
        self._warned = False

    def first(self, mean: ArrayLike, variance: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return <phi> and <phi'>."""
        z, w = normal_quadrature()
        x = np.asarray(mean, dtype=float)[..., None] + np.sqrt(np.asarray(variance, dtype=float))[..., None] * z
        return np.asarray(self.nonlinearity(x), float) @ w, np.asarray(self.nonlinearity.derivative(x), float) @ w

    def coefficients(self, mean: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the Hermite coefficients of phi and phi', shape (n_terms, n_time), at means and variances (n_time,).

        The last term of each carries what the cut series misses at equal times, so that c = v is exact there.
        """
        z, w = normal_quadrature()
        x = mean + np.sqrt(variance) * z[:, None]
        tables = []
        for function in (self.nonlinearity, self.nonlinearity.derivative):
            values = np.broadcast_to(np.asarray(function(x), dtype=float), x.shape)
            if not np.all(np.isfinite(values)):
                raise FloatingPointError(f"{function!r} is not finite at x = {x[~np.isfinite(values)][0]:.6g}")
            table = hermite_coefficients(values, MEHLER_TERMS)
            square = w @ values**2
            missing = square - np.sum(table**2, axis=0)
            if not self._warned and function is self.nonlinearity and np.any(missing > _POOR * square):
                self._warned = True
                worst = float(np.max(missing / np.where(square > 0, square, 1.0)))
                warnings.warn(
                    f"the Mehler series of {self.nonlinearity!r} misses {worst:.1g} of <phi^2> after {MEHLER_TERMS} "
                    "terms: phi is not smooth, or its argument varies widely",
                    AccuracyWarning,
                    stacklevel=3,
                )
            tables.append(np.concatenate([table, np.sqrt(np.maximum(missing, 0.0))[None]]))
        return tables[0], tables[1]

    def pair(
        self, mean1: ArrayLike, variance1: ArrayLike, mean2: ArrayLike, variance2: ArrayLike, covariance: ArrayLike
    ) -> tuple[FloatArray, FloatArray]:
        """Return <phi phi> and <phi' phi'>."""
        m1, v1, m2, v2, c = (np.asarray(x, dtype=float) for x in (mean1, variance1, mean2, variance2, covariance))
        one = self._spread(m1, v1)
        two = self._spread(m2, v2)
        scale = np.sqrt(v1 * v2)
        with np.errstate(invalid="ignore", divide="ignore"):
            r = np.where(scale > 0, np.clip(c / scale, -1.0, 1.0), 0.0)
        sums = []
        for left, right in zip(one, two, strict=True):
            total = np.zeros(np.broadcast_shapes(r.shape, left.shape[1:], right.shape[1:]))
            for x, y in zip(left[::-1], right[::-1], strict=True):
                total = total * r + x * y
            sums.append(total)
        return sums[0], sums[1]

    def _spread(self, mean: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        m, v = np.broadcast_arrays(mean, variance)
        a, b = self.coefficients(m.ravel(), v.ravel())
        return a.reshape(-1, *m.shape), b.reshape(-1, *m.shape)
