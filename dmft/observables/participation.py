"""The participation ratio of measured responses, without the bias of few samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.models.responses import responses
from dmft.numerics.value import Value


def participation_ratio(points: ArrayLike, *, unbiased: bool = True) -> Value:
    """Return D = (tr C)^2/tr C^2 of the covariance C of responses.

    Of M responses the plain ratio is low, 1/D_M ~ 1/D + 1/M. Unbiased estimates of (tr C)^2 and tr C^2 of Gaussian
    responses, with n = M - 1 and S the sample covariance, are

        tr C^2 ~ n^2/((n - 1)(n + 2)) [tr S^2 - (tr S)^2/n],
        (tr C)^2 ~ n (n + 1)/((n - 1)(n + 2)) [(tr S)^2 - 2 tr S^2/(n + 1)]

    [Bai & Saranadasa, Stat. Sin. 6, 311 (1996)], and their ratio is taken.

    Parameters
    ----------
    points : shape (M, n_features), at least 3 of them.
    unbiased : take the bias off; else the plain ratio.

    Returns
    -------
    Value : with a standard error, from leaving out one response at a time. inf where the estimate of tr C^2 is not
        positive: there are far more dimensions than responses.

    Raises
    ------
    ValueError, TypeError : for responses of another shape, fewer than 3, not finite, or all the same.

    Accuracy
    --------
    Bias below a fifth of the standard error for M >= D/2: `tests/unit/test_geometry_of_data.py`.

    Cost
    ----
    M^2 n_features products.
    """
    x = responses("points", points, least=3)
    x = x - x.mean(axis=0)
    gram = x @ x.T
    if not np.trace(gram) > 0.0:
        raise ValueError("the responses are all the same: their covariance is zero and has no dimension")
    whole = _ratio(gram, unbiased)
    left = np.array([_without(gram, i, unbiased) for i in range(len(gram))])
    many = len(left)
    spread = float(np.sum((left - left.mean()) ** 2)) if np.isfinite(left).all() else np.nan
    error = float(np.sqrt((many - 1.0) / many * spread))
    return Value(whole, error, "unbiased" if unbiased else "plain")


def _without(gram: Any, index: int, unbiased: bool) -> float:
    """Return the ratio without one response: its mean moves, by a rank-one change of the inner products."""
    keep = np.arange(len(gram)) != index
    part = gram[np.ix_(keep, keep)]
    rows = part.mean(axis=0)
    return _ratio(part - rows[:, None] - rows[None, :] + rows.mean(), unbiased)


def _ratio(gram: Any, unbiased: bool) -> float:
    n = len(gram) - 1.0
    first, second = float(np.trace(gram)) / n, float(np.sum(gram * gram)) / n**2
    if not unbiased:
        return first * first / second
    square = n * n * (second - first * first / n)
    total = n * (n + 1.0) * (first * first - 2.0 * second / (n + 1.0))
    return total / square if square > 1e-12 * second else float("inf")
