"""How often a class is taken for another by a read-out that has seen a few examples of each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.models.checks import integer
from dmft.models.responses import responses
from dmft.numerics.gaussian.excess import beyond

_ROUNDING = 1e-14  # deviation from the mean, in units of the responses, that is none


@dataclass(frozen=True)
class FewShot:
    """The geometry of two classes, and the error that follows from it.

    Attributes
    ----------
    error : probability that a response of class a is taken for one of b.
    snr : signal over noise; error = H(snr).
    signal : (|Delta|^2/R_a^2 + (R_b^2/R_a^2 - 1)/m)/2, with Delta the difference of the means and R^2 the total
        variances.
    dimension : D_a, the participation ratio of the covariance of class a.
    shots : m.
    """

    error: float
    snr: float
    signal: float
    dimension: float
    shots: int

    def __float__(self) -> float:
        return self.error


def few_shot_error(a: ArrayLike, b: ArrayLike, shots: int = 1) -> FewShot:
    """Return how often a response of class a is taken for one of class b, after m examples of each.

    The nearer of the two means of m examples decides. With Gaussian fluctuations of the decision variable error_a =
    H(signal/sqrt(variance)),

        variance = 1/(D_a m) + (Delta' S_a Delta + Delta' S_b Delta/m + tr(S_a S_b)/m)/R_a^4
                   + (tr S_a^2 + tr S_b^2)/(2 m^2 R_a^4),

    S the covariances [after Sorscher, Ganguli & Sompolinsky, PNAS 119, e2200800119 (2022); all terms: without the last
    two errors come out too small where dimensions are low or subspaces overlap, 2.4 % for 10.5 %].

    Parameters
    ----------
    a, b : responses, shapes (n_a, n_features) and (n_b, n_features), at least two of each. Covariances are those of
        these responses, as if they were all there are: an example is any of them.
    shots : m >= 1.

    Raises
    ------
    ValueError, TypeError : for arrays of other shapes, that are not finite, fewer than two responses of a class, a
        class without variance.

    Accuracy
    --------
    Within 0.01 of drawn examples of Gaussian classes of ten dimensions. Where there are few, the decision variable is
    a skewed one of squares and not Gaussian: 0.14 for 0.08 of a class of two dimensions beside one of five. Both:
    `tests/statistical/test_few_shot.py`.

    Cost
    ----
    Products of the responses with each other: 1 ms for 100 responses of 1000 features.
    """
    first, second = responses("a", a, least=2), responses("b", b, least=2)
    if first.shape[1] != second.shape[1]:
        raise ValueError(f"a and b must have one number of features, got {first.shape[1]} and {second.shape[1]}")
    m = integer("shots", shots, least=1)
    apart = first.mean(axis=0) - second.mean(axis=0)
    x, y = first - first.mean(axis=0), second - second.mean(axis=0)
    n_a, n_b = len(x), len(y)
    total_a, total_b = float(np.sum(x * x)) / n_a, float(np.sum(y * y)) / n_b
    if total_a <= (_ROUNDING * float(np.max(np.abs(first)))) ** 2:
        raise ValueError("the responses of class a are all the same: there is no error to speak of; give its variance")
    square_a, square_b = _trace_square(x, x), _trace_square(y, y)
    along_a, along_b = float(np.mean((x @ apart) ** 2)), float(np.mean((y @ apart) ** 2))
    signal = 0.5 * (float(apart @ apart) / total_a + (total_b / total_a - 1.0) / m)
    noise = square_a / m + along_a + along_b / m + _trace_square(x, y) / m + (square_a + square_b) / (2.0 * m * m)
    snr = signal * total_a / math.sqrt(noise)
    return FewShot(beyond(snr), snr, signal, total_a**2 / square_a, m)


def _trace_square(x: Any, y: Any) -> float:
    """Return tr(S_x S_y) of centred responses, by whichever products are fewer."""
    if len(x) * len(y) <= x.shape[1] ** 2:
        return float(np.sum((x @ y.T) ** 2)) / (len(x) * len(y))
    return float(np.sum((x.T @ x / len(x)) * (y.T @ y / len(y))))
