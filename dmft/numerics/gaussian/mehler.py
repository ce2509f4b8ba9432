"""Averages of any smooth nonlinearity by its Mehler series, <phi phi> = sum_n a_n^2 r^n, r = c/c0.

a_n are the coefficients of phi(sqrt(c0) z) in normalised Hermite polynomials. All terms are positive at r > 0: nothing
cancels. What a cut series misses, <phi^2> - sum a_n^2, is put on the next power, so that r = 1 is exact.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.averages import Averages, as_points
from dmft.numerics.gaussian.hermite import hermite_coefficients, normal_quadrature
from dmft.numerics.gaussian.normal_panels import Panels
from dmft.numerics.gaussian.panels import both, evaluated

_LENGTHS = (64, 256, 1024)
_FEW = 100  # points at most for which all powers are made at once: for many, Horner's rule is as fast
_ENOUGH = 1e-14  # relative mass of the tail at which the series is long enough


class MehlerAverages(Averages):
    """Averages of a nonlinearity known only by its values and derivative.

    Attributes
    ----------
    error, slope_error : relative mass that the two series lost when they were cut, or by which their quadrature differs
        from a second one.
    """

    def __init__(
        self,
        nonlinearity: Any,
        variance: float,
        panels: Panels | None = None,
        lengths: tuple[int, ...] = _LENGTHS,
    ) -> None:
        self.variance = float(variance)
        self.nonlinearity = nonlinearity
        self._kernel = getattr(nonlinearity, "gaussian_kernel", None)
        z, w = normal_quadrature()
        x = math.sqrt(variance) * z
        evaluated(nonlinearity, np.zeros(1))  # no node is at 0: a pole there would pass
        values, slopes = both(nonlinearity, x)
        self.mean = float(values @ w)
        self.mean_square = float(values**2 @ w)
        self.mean_slope = float(slopes @ w)
        self.mean_square_slope = float(slopes**2 @ w)
        for n_terms in lengths:
            self._phi = _squares(values, n_terms, self.mean_square)
            self._slope = _squares(slopes, n_terms, self.mean_square_slope)
            tail = max(_relative_tail(self._phi), _relative_tail(self._slope))
            if tail < _ENOUGH:
                break
        self.error, self.slope_error = _relative_tail(self._phi), _relative_tail(self._slope)
        if panels is not None:
            square, slope = panels.mean(panels.values**2), panels.mean(panels.slopes**2)
            self.error += abs(self.mean_square / square - 1.0) if square > 0 else 0.0
            self.slope_error += abs(self.mean_square_slope / slope - 1.0) if slope > 0 else 0.0
            if panels.parity < 0:
                self.mean = 0.0
        self._phi, self._slope = _trimmed(self._phi), _trimmed(self._slope)

    def corr_phi(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi phi>, by the nonlinearity's own `gaussian_kernel(c0, c)` if it has one."""
        if self._kernel is not None:
            return np.asarray(self._kernel(self.variance, np.asarray(covariance, dtype=float)), dtype=float)
        return self._series(covariance, self._phi)

    def corr_slope(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi' phi'>."""
        return self._series(covariance, self._slope)

    def potential(self, covariance: ArrayLike) -> FloatArray:
        """Return int_0^c <phi phi> dc = c0 sum a_n^2 r^(n+1)/(n+1)."""
        integrated = np.concatenate([[0.0], self._phi / np.arange(1, len(self._phi) + 1)])
        return self.variance * self._series(covariance, integrated)

    def _series(self, covariance: ArrayLike, coefficients: FloatArray) -> FloatArray:
        c, restore = as_points(covariance, self.variance)
        r = c / self.variance
        if len(r) > _FEW:
            return restore(np.asarray(np.polynomial.polynomial.polyval(r, coefficients), dtype=float))
        powers = np.multiply.accumulate(np.broadcast_to(r, (len(coefficients) - 1, len(r))), axis=0)
        return restore(coefficients[0] + coefficients[1:] @ powers)


def _squares(values: FloatArray, n_terms: int, total: float) -> FloatArray:
    squares = hermite_coefficients(values, n_terms) ** 2
    return np.append(squares, max(total - squares.sum(), 0.0))


def _relative_tail(squares: FloatArray) -> float:
    # An odd (even) phi has every other coefficient zero: the last two are looked at besides the mass left over.
    total = squares.sum()
    return float(max(squares[-1], squares[-2], squares[-3]) / total) if total > 0 else 0.0


def _trimmed(squares: FloatArray) -> FloatArray:
    remaining = np.cumsum(squares[::-1])[::-1]
    keep = np.flatnonzero(remaining > 1e-17 * remaining[0])
    return squares[: keep[-1] + 1] if len(keep) else squares[:1]
