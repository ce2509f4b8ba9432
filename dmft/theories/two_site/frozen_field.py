"""What pairs of units need of a population whose units keep frozen fields mu: averages given mu, and over mu.

x of a unit is N(mu, c(0) - c(inf)), mu ~ N(m, c(inf)). Given mu, with a_n the Hermite coefficients of phi there,
    C(lag|mu) = sum_{n >= 1} a_n^2 r^n,  r = (c(lag) - c(inf))/(c(0) - c(inf)),  <phi'|mu> = a'_0.
The mean over mu of C(w1|mu) C(w2|mu) is a sum over few terms: C is smooth in mu, and its singular values fall fast.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.frozen_nodes import frozen_nodes
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs
from dmft.numerics.gaussian.normal_moments import NormalMoments

_KEPT = 1e-9  # singular values, relative to the largest, below which terms are left out
_STILL = 1e-13  # part of a variance that moves, below which nothing does
_MISSING = {True: 1e-11, False: 1e-9}  # part of <phi^2> that a series may lack, whether nothing is frozen
_LONGEST = {True: 2048, False: 512}  # with many mu terms are dear, and the rule over mu is what counts
_OCTAVES = 14


@dataclass(frozen=True, eq=False)
class FrozenField:
    """Averages of one population.

    Attributes
    ----------
    slope_square : mean over mu of <phi'|mu>^2.
    terms : functions of the lag whose products at two lags, summed, are the mean over mu of C(l1|mu) C(l2|mu), shape
        (k, n_lag).
    mean : mean over mu of C(lag|mu), shape (n_lag,).
    moving : c(lag) - c(inf), shape (n_lag,).
    """

    slope_square: float
    terms: FloatArray
    mean: FloatArray
    moving: FloatArray


def frozen_field(
    nonlinearity: Any, mean: float, covariance: FloatArray, frozen: float, accuracy: float, *, other: bool
) -> FrozenField:
    """Return the averages of a population.

    Parameters
    ----------
    covariance : c at the lags, the first of which is 0.
    frozen : c(inf).
    accuracy : of the rule over mu.
    other : whether to take other nodes, and a series of half the length.
    """
    series = MehlerPairs(nonlinearity)
    moving = covariance - frozen
    variance = float(moving[0])
    if variance <= _STILL * float(covariance[0]) or variance <= 0.0:  # nothing moves
        nothing = np.zeros(len(covariance))
        square = NormalMoments(series)(mean, max(float(covariance[0]), 0.0)).square_slope
        return FrozenField(square, nothing[None], nothing, nothing)
    mu, weights = frozen_nodes(series, mean, max(frozen, 0.0), variance, accuracy, other=other)
    spread = np.full(len(mu), variance)
    table = series.coefficients(mu, spread)
    alone = len(mu) == 1
    while series.n_terms < _LONGEST[alone] and _missing(table, weights) > _MISSING[alone] and series.lengthened():
        table = series.coefficients(mu, spread)
    squares = table[0, 1:] ** 2  # shape (n_terms, n_mu)
    if other and len(squares) > 64:
        squares = np.concatenate([squares[: len(squares) // 2], squares[len(squares) // 2 :].sum(axis=0)[None]])
    ratio = np.clip(moving / variance, -1.0, 1.0)
    given = _powers(squares[:-1], ratio) + np.outer(squares[-1], _tail(squares @ weights, ratio))
    left = np.sqrt(weights)[:, None] * given
    _, sizes, functions = np.linalg.svd(left, full_matrices=False)
    kept = sizes > _KEPT * max(float(sizes[0]), 1e-300)
    return FrozenField(float(weights @ table[1, 0] ** 2), sizes[kept, None] * functions[kept], weights @ given, moving)


def _powers(squares: FloatArray, ratio: FloatArray) -> FloatArray:
    """Return sum_n squares[n - 1] r^n, shape (n_mu, n_lag); terms that count nowhere are left out."""
    last = np.flatnonzero(squares.max(axis=1) > 1e-18 * squares.max())
    n = int(last[-1]) + 1 if last.size else 1
    powers = np.empty((n, len(ratio)))
    powers[0] = ratio
    for k in range(1, n):
        powers[k] = powers[k - 1] * ratio
    return np.asarray(squares[:n].T @ powers, dtype=float)


def _tail(squares: FloatArray, ratio: FloatArray) -> FloatArray:
    """Return what r^n is on average over the terms that a series lacks, shape (n_lag,).

    Their sum from n on falls as a power of n where phi has kinks, faster where it is smooth; how fast is seen between
    half the length and the whole. The terms are gathered at n = N 2^(k + 1/2), k = 0, 1, ...
    """
    n = len(squares)
    half, whole = float(squares[n // 2 :].sum()), float(squares[-1])
    if not whole > 0.0:
        return np.zeros(len(ratio))
    power = min(max(math.log2(half / whole), 0.25), 40.0)
    share = 2.0 ** (-power * np.arange(_OCTAVES))
    positive = np.maximum(ratio, 0.0)  # at such n only what is next to r = 1 counts
    return np.asarray(
        sum(p * positive ** (n * 2.0 ** (k + 0.5)) for k, p in enumerate(share / share.sum())), dtype=float
    )


def _missing(table: FloatArray, weights: FloatArray) -> float:
    """Return the part of <phi^2> - <phi>^2 that the series lacks."""
    squares = table[0, 1:] ** 2 @ weights
    return float(squares[-1] / max(squares.sum(), 1e-300))
