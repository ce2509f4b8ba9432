"""The averages of one nonlinearity over Gaussian x, y of zero mean and common variance."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray

# 2 int_0^1 (1 - s) f(s) ds by Gauss-Legendre; exact to 1e-15 for what `mean_curvature` asks of it.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)
_NODES = 0.5 * (_NODES + 1.0)
_WEIGHTS = _WEIGHTS * (1.0 - _NODES)


class Averages(ABC):
    """Averages over x, y ~ N(0, variance) with covariance c, all vectorised over c.

    Price's theorem ties them together: d/dc <phi phi> = <phi' phi'>, and `potential` is the integral of <phi phi>.

    Attributes
    ----------
    variance : c0, > 0.
    mean, mean_square : <phi(x)>, <phi(x)^2>.
    mean_slope, mean_square_slope : <phi'(x)>, <phi'(x)^2>.
    nonlinearity : what is averaged by quadrature; None of closed forms.
    error, slope_error : bounds on the relative error of <phi phi> and of <phi' phi'>; 0 of closed forms, which are
        exact to rounding.
    """

    variance: float
    mean: float
    mean_square: float
    mean_slope: float
    mean_square_slope: float
    nonlinearity: Any = None
    error: float = 0.0
    slope_error: float = 0.0

    @abstractmethod
    def corr_phi(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi(x) phi(y)>."""

    @abstractmethod
    def corr_slope(self, covariance: ArrayLike) -> FloatArray:
        """Return <phi'(x) phi'(y)>."""

    def corr_slope_below(self, drop: ArrayLike) -> FloatArray:
        """Return <phi' phi'> at c0 - drop, for a drop that is known to more digits than c0 holds."""
        return self.corr_slope(self.variance - np.asarray(drop, dtype=float))

    def slope_and_turn(self, covariance: ArrayLike) -> tuple[FloatArray, FloatArray] | None:
        """Return <phi' phi'> and d<phi phi>/dc0 at given c; None of a form in which the latter is not known."""
        return None

    @abstractmethod
    def potential(self, covariance: ArrayLike) -> FloatArray:
        """Return int_0^c <phi phi> dc."""

    @cached_property
    def disagreement(self) -> tuple[float, float]:
        """By how much <phi phi> and <phi' phi'> differ from a second rule of other nodes; 0 of closed forms."""
        from dmft.numerics.gaussian.second_rule import disagreement

        return (0.0, 0.0) if self.nonlinearity is None else disagreement(self, self.nonlinearity)

    def at(self, covariance: float) -> tuple[float, float]:
        """Return <phi phi> and <phi' phi'> at one covariance."""
        return float(self.corr_phi(covariance)), float(self.corr_slope(covariance))

    def action(self, origin: float) -> float:
        """Return int_o^{c0} [<phi phi>(c) - <phi phi>(o)] dc."""
        swing = self.variance - origin
        return 0.5 * swing**2 * float(self.mean_curvature(origin, np.array([swing]))[0])

    @property
    def small_step(self) -> float:
        """Step in c below which a difference of potentials would cancel."""
        return 0.05 * self.variance

    def mean_curvature(self, origin: float, step: ArrayLike) -> FloatArray:
        """Return 2/d^2 int_o^{o+d} [<phi phi>(c) - <phi phi>(o)] dc for steps d = `step` from o = `origin`.

        It equals 2 int_0^1 (1 - s) <phi' phi'>(o + s d) ds, which is used for small steps, where the difference of
        potentials would cancel.
        """
        d = np.asarray(step, dtype=float)
        small = np.abs(d) < self.small_step
        out = np.empty_like(d)
        if np.any(small):
            points = origin + d[small, None] * _NODES
            out[small] = self.corr_slope(points.ravel()).reshape(points.shape) @ _WEIGHTS
        if not np.all(small):
            large = d[~small]
            rise = self.potential(origin + large) - self.potential(np.array([origin])) - large * self.corr_phi(origin)
            out[~small] = 2.0 * rise / large**2
        return out


def as_points(covariance: ArrayLike, variance: float) -> tuple[FloatArray, Callable[[FloatArray], FloatArray]]:
    """Return covariances as a flat array limited to [-variance, variance], and a function that restores their shape."""
    c = np.asarray(covariance, dtype=float)
    return np.clip(c.ravel(), -variance, variance), lambda values: values.reshape(c.shape)
