"""Averages of a nonlinearity and of its square under one normal density, with their derivatives by mean and variance.

    d<f>/dm = <f'>,  d<f>/dv = <f''>/2 = <z f'>/(2 sqrt(v)),  x = m + sqrt(v) z,
so that phi and phi' are all that is evaluated, on panels that resolve both: kinks and steep places cost nodes, not
digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs

WIDTH, OTHER = 0.5, 0.37  # panels in z of the averages, and of those that check them
_LEAST = 1e-10  # variance, relative to 1 + m^2, below which derivatives by the variance are those at it
_BESIDE = 1e-290  # where one-sided slopes at 0 are read
_SECONDS = 1.2e-4  # of one average


class Moments(NamedTuple):
    """Averages at one mean and variance; `by_mean` and `by_variance` are derivatives."""

    mean: float
    slope: float
    mean_by_variance: float
    square: float
    square_by_mean: float
    square_by_variance: float
    square_slope: float


@dataclass(frozen=True, eq=False)
class NormalMoments:
    """Averages of one nonlinearity.

    Attributes
    ----------
    rule : its panels.
    width : of panels in standard deviations.
    """

    rule: MehlerPairs
    width: float = WIDTH

    @property
    def error(self) -> float:
        """What the panels leave of phi and phi', relative to their size."""
        return float(self.rule.panels.error)

    def __call__(self, mean: float, variance: float) -> Moments:
        """Return the averages; at zero variance those of the point, and the mean of both sides of a kink.

        Raises
        ------
        FloatingPointError : if phi is not finite where the density is.
        """
        if not (math.isfinite(mean) and math.isfinite(variance)):
            raise FloatingPointError("mean and variance are not finite")
        spend(_SECONDS)
        if variance > _LEAST * (1.0 + mean * mean):
            return self._at(mean, math.sqrt(variance))
        near = self._at(mean, math.sqrt(_LEAST * (1.0 + mean * mean)))
        if variance > 0.0:
            known = self._at(mean, math.sqrt(variance))
            return known._replace(mean_by_variance=near.mean_by_variance, square_by_variance=near.square_by_variance)
        beside = max(_BESIDE, abs(mean) * 4e-16)
        phi, slope = self.rule.values(np.array([mean, mean - beside, mean + beside]))
        return Moments(
            float(phi[0]),
            float(np.mean(slope[1:])),
            near.mean_by_variance,
            float(phi[0] ** 2),
            2.0 * float(phi[0] * np.mean(slope[1:])),
            near.square_by_variance,
            float(np.mean(slope[1:] ** 2)),
        )

    def _at(self, mean: float, deviation: float) -> Moments:
        z, w = self.rule.nodes(mean, deviation, self.width)
        phi, slope = self.rule.values(mean + deviation * z)
        both = phi * slope
        return Moments(
            float(w @ phi),
            float(w @ slope),
            float((w * z) @ slope) / (2.0 * deviation),
            float(w @ phi**2),
            2.0 * float(w @ both),
            float((w * z) @ both) / deviation,
            float(w @ slope**2),
        )


def moments_of(nonlinearity: Any) -> tuple[NormalMoments, NormalMoments]:
    """Return the averages of a nonlinearity, and those by other nodes."""
    rule = MehlerPairs(nonlinearity)
    return NormalMoments(rule), NormalMoments(rule, OTHER)


def given_frozen(averages: NormalMoments, means: FloatArray, variance: float) -> tuple[FloatArray, FloatArray]:
    """Return <phi'> and <phi^2> - <phi>^2 of x ~ N(mu, variance) at frozen means mu, shape (n,) each."""
    found = [averages(float(mu), variance) for mu in means]
    phi, slope, square = (np.array([getattr(f, name) for f in found]) for name in ("mean", "slope", "square"))
    return slope, np.maximum(square - phi**2, 0.0)
