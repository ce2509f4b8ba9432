"""What the first derivatives of <phi> and <phi^2> need, of Gaussian x at many means and variances at once.

Derivatives of phi above the first are never asked for: by Stein's lemma <f'(x)> = <z f(x)>/sigma, x = m + sigma z.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs

WIDTH, OTHER_WIDTH = 1.1, 0.37  # widest panels in z; 16 nodes on each leave nothing of a Gaussian
_NEXT_TO_0 = 1e-9  # sigma over the scale of x below which slopes are taken there: on both sides of a kink
_LEAST = 1e-6  # the same of derivatives in the variance, which leave nothing but their rounding below it


@dataclass(frozen=True, eq=False)
class Moments:
    """Averages over x ~ N(m, c), all of one shape.

    Attributes
    ----------
    mean, slope, bend, third : <phi> and its first three derivatives in m, <phi'>, <phi''> and so on.
    square, square_slope : <phi^2>, <phi'^2>.
    lean, turn : <phi phi'> and <phi'^2 + phi phi''>, halves of the first two derivatives of <phi^2> in m.
    """

    mean: FloatArray
    slope: FloatArray
    bend: FloatArray
    third: FloatArray
    square: FloatArray
    square_slope: FloatArray
    lean: FloatArray
    turn: FloatArray


class OneTimeMoments:
    """The one-time averages of populations, each with a nonlinearity of its own; equal ones are averaged together.

    Parameters
    ----------
    nonlinearities : phi_a, P of them.

    Notes
    -----
    Cost: 10-30 us a mean and variance of a smooth phi, 0.1 ms of a kinked or very steep one.
    """

    def __init__(self, nonlinearities: tuple[Any, ...]) -> None:
        self.size = len(nonlinearities)
        self._groups: list[tuple[MehlerPairs, list[int]]] = []
        for place, phi in enumerate(nonlinearities):
            known = next((places for of, places in self._groups if of.nonlinearity == phi), None)
            if known is None:
                self._groups.append((MehlerPairs(phi), [place]))
            else:
                known.append(place)

    @property
    def error(self) -> float:
        """Part of phi or phi' that the panels do not resolve; 0 where they resolve everything."""
        return max(of.panels.error for of, _ in self._groups)

    def at(self, mean: FloatArray, variance: FloatArray, width: float = WIDTH) -> Moments:
        """Return the averages at means and variances, shape (..., P)."""
        rows = self._averaged(mean, variance, width, _products)
        sigma = np.sqrt(variance)
        scale = 1.0 + np.abs(mean)
        if np.any(sigma < _LEAST * scale):
            for part, least in (([1, 3, 4], _NEXT_TO_0), ([5, 6, 7], _LEAST)):
                sigma = np.maximum(sigma, least * scale)
                rows[part] = self._averaged(mean, sigma**2, width, _products)[part]
        bend, third, turn = rows[5] / sigma, rows[7] / sigma**2, rows[6] / sigma
        return Moments(rows[0], rows[1], bend, third, rows[2], rows[3], rows[4], turn)

    def rates(self, mean: FloatArray, variance: FloatArray, width: float = WIDTH) -> FloatArray:
        """Return <phi> and <phi^2>, shape (2, ..., P)."""
        return self._averaged(mean, variance, width, _powers)

    def slopes(self, mean: FloatArray, variance: FloatArray) -> tuple[tuple[FloatArray, FloatArray], ...]:
        """Return nodes and weights of the law of |phi'(x)| of each population, from means and variances, shape (P,)."""
        sigma = np.maximum(np.sqrt(variance), _NEXT_TO_0 * (1.0 + np.abs(mean)))
        laws: list[Any] = [None] * self.size
        for of, places in self._groups:
            for a in places:
                z, w = of.nodes(float(mean[a]), float(sigma[a]), WIDTH)
                laws[a] = np.abs(of.values(mean[a] + sigma[a] * z)[1]), w / w.sum()
        return tuple(laws)

    def _averaged(self, mean: FloatArray, variance: FloatArray, width: float, of: Any) -> FloatArray:
        out = np.empty((len(of(np.zeros(1), np.zeros((2, 1)))), *mean.shape))
        for averages, places in self._groups:
            out[..., places] = averages.averaged(mean[..., places], variance[..., places], width, of)
        return out


def _products(z: FloatArray, values: FloatArray) -> FloatArray:
    phi, slope = values
    product = phi * slope
    third = (z * z - 1.0) * slope
    return np.stack([phi, slope, phi * phi, slope * slope, product, z * slope, z * product, third])


def _powers(z: FloatArray, values: FloatArray) -> FloatArray:
    return np.stack([values[0], values[0] ** 2])
