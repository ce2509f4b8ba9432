"""Two-time averages of a smooth phi at covariances c that stay above a frozen part b: the series of what moves.

x = mu + sqrt(d) z, mu ~ N(m, b) and d = c0 - b: with a_n(mu) the Hermite coefficients of phi(mu + sqrt(d) z),
    <phi phi> = sum_n <a_n(mu)^2>_mu rho^n,   <phi' phi'> likewise of phi',   rho = (c - b)/d.
A phi that is steep beside all of x is not so beside what moves of it, and the series is short where that of x is long.
All mu and z lie on one uniform grid of x: the trapezoidal rule in both converges geometrically, and phi is evaluated
once for all coefficients, which are windows of its values times one table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.gaussian.hermite import REACH, hermite_functions
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs

_TERMS = (256, 1024)  # tried in turn
_LACKING = np.array([1e-12, 1e-11])  # parts of <phi^2> and <phi'^2> that a series may lack
_LEAST = 0.3  # frozen part, over the variance, from which on it is worth while
_DECADES = 33.0  # log of the accuracy of the rule over mu
_OF_PANELS = 0.12  # step over the width of panels whose 16 nodes resolve phi: exp(-2 pi/step) at its nearest pole
_MOST = 20000  # points of the grid
_OTHER = 0.83  # factor on the step, of nodes that check
_CHECKED, _AT = 64, np.array([0.0, 0.5, 1.0])  # terms, and rho at which they are compared
_EPS = 4e-16


@dataclass(frozen=True, eq=False)
class FrozenSeries:
    """Averages at covariances between the frozen part and the variance.

    Attributes
    ----------
    variance, frozen : c0 and b.
    coefficients : of <phi phi> and <phi' phi'> in rho, shape (2, n + 1).
    error, slope_error : of both, relative to <phi^2> and <phi'^2>: by a rule of other nodes, and what is lacking.
    """

    variance: float
    frozen: float
    coefficients: FloatArray
    error: float
    slope_error: float

    disagreement = (0.0, 0.0)  # is in the errors

    def corr_phi(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi phi>."""
        return self._at(0, covariance)

    def corr_slope(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi' phi'>."""
        return self._at(1, covariance)

    def _at(self, row: int, covariance: ArrayLike) -> FloatArray:
        rho = np.clip((np.asarray(covariance, dtype=float) - self.frozen) / (self.variance - self.frozen), 0.0, 1.0)
        return np.asarray(np.polynomial.polynomial.polyval(rho, self.coefficients[row]), dtype=float)


def frozen_series(series: MehlerPairs, mean: float, variance: float, frozen: float) -> FrozenSeries | None:
    """Return the averages; None where phi has kinks, or is too steep, or too little is frozen.

    Parameters
    ----------
    series : of the nonlinearity, whose panels resolve it.
    mean, variance : m and c0 of x.
    frozen : b, no larger than any covariance that is asked for.
    """
    moving = variance - frozen
    if not (frozen >= _LEAST * variance and moving > 1e-9 * variance):
        return None
    far = math.sqrt(2.0 * _DECADES * frozen) + (REACH + 1.0) * math.sqrt(moving)
    narrow = float(series.panels.narrowest(np.array([mean - far]), np.array([mean + far]))[0])
    if not narrow > 0.0:
        return None
    for n_terms in _TERMS:
        table = _coefficients(series, mean, moving, frozen, n_terms, narrow, 1.0)
        if table is None:
            return None
        lacking = table[:, -1] / table.sum(axis=1)
        if np.all(lacking <= _LACKING):
            other = _coefficients(series, mean, moving, frozen, _CHECKED, narrow, _OTHER)
            if other is None:
                return None
            one, two = (np.polynomial.polynomial.polyval(_AT, rows.T) for rows in (table, other))
            off = np.max(np.abs(one - two), axis=1) / one[:, -1] + lacking + _EPS
            return FrozenSeries(variance, frozen, table, float(off[0]), float(off[1]))
    return None


def _coefficients(
    series: MehlerPairs, mean: float, moving: float, frozen: float, n_terms: int, narrow: float, part: float
) -> FloatArray | None:
    """Return the means of a_n^2 over mu, of phi and phi', what is lacking as one term more, shape (2, n_terms + 1)."""
    deviation = math.sqrt(moving)
    step = part * min(2.0 * math.pi / (3.2 * math.sqrt(2.0 * n_terms) + 8.0), _OF_PANELS * narrow / deviation)
    widest = 2.0 * math.pi / math.sqrt(2.0 * (2.0 / moving + 1.0 / frozen) * _DECADES) / deviation
    stride = max(int(widest / step), 1)
    side = math.ceil(math.sqrt(2.0 * _DECADES * frozen) / (stride * step * deviation))
    reach = math.ceil(REACH / step)
    count = stride * side + reach
    if count > _MOST:
        return None
    spend(1e-8 * count + 4e-10 * side * reach * n_terms)
    z: FloatArray = step * np.arange(-reach, reach + 1, dtype=float)
    density = step / math.sqrt(2.0 * math.pi) * np.exp(-0.5 * z * z)
    rule = hermite_functions(z, n_terms) * (step / math.sqrt(2.0 * math.pi) * np.exp(-0.25 * z * z))
    mu = stride * step * deviation * np.arange(-side, side + 1)
    weights = np.exp(-0.5 * mu**2 / frozen)
    weights /= weights.sum()
    out = np.empty((2, n_terms + 1))
    x: FloatArray = mean + step * deviation * np.arange(-count, count + 1, dtype=float)
    values: Any = series.values(x)
    for row, of in zip(out, values, strict=True):
        windows = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(of, len(z))[::stride])
        row[:-1] = weights @ (windows @ rule.T) ** 2
        row[-1] = max(float(weights @ (windows**2 @ density)) - float(row[:-1].sum()), 0.0)
    return out
