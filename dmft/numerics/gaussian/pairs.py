"""Gaussian averages of a nonlinearity at two times whose means and variances differ.

`pair_averages(nonlinearity)` gives them in the first form that exists: closed form (ReLU, erf), else a Mehler series
whose coefficients depend on one time only (`mehler_pairs`).
"""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.nonlinearity import Erf, ReLU
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs

__all__ = ["ClosedPairs", "MehlerPairs", "PairAverages", "pair_averages"]


class PairAverages(Protocol):
    """Averages over x ~ N(m1, v1), y ~ N(m2, v2) of covariance c; all arguments broadcast.

    Attributes
    ----------
    error, slope_error : largest error so far of <phi phi> and of <phi' phi'>, relative to the root of the mean squares
        of phi (of phi') at the two times; 0 for closed forms.
    """

    error: float
    slope_error: float

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
    ValueError : when asked for, if it jumps or its slope diverges.

    Notes
    -----
    Accuracy: ReLU and erf to 1e-13 against mpmath (`tests/unit/test_nonstationary_pairs.py`); the others, smooth,
    steep or with kinks, to 1e-8 against graded quadrature, or within their `error` (`tests/reference/
    test_pair_reference.py`). Cost: closed forms 0.1-0.3 us a point; series of smooth functions 0.1 ms a time, 50 ns a
    point; of steep ones and of kinks 1-10 ms a time, up to 1 us a point, 0.1 s a point of correlation beyond 0.995.
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

    error = slope_error = 0.0

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
