"""<phi phi> and <phi' phi'> of one pair of times by quadrature in two dimensions, exact for any steepness.

y given x = m1 + s1 z is normal of mean m2 + r s2 z and deviation s2 sqrt(1 - r^2): the inner average has panels of its
own around each mean. Slow; for what no series reaches.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.axis_panels import NODES
from dmft.numerics.gaussian.legendre import under_normal

if TYPE_CHECKING:
    from dmft.numerics.gaussian.mehler_pairs import MehlerPairs


_WIDTHS = (0.5, 0.8)  # panels in z of the result, and of the rule that measures its error


def conditional_pair(
    averages: MehlerPairs, m1: float, v1: float, m2: float, v2: float, r: float
) -> tuple[FloatArray, FloatArray]:
    """Return (<phi phi>, <phi' phi'>), and their errors relative to the root of the mean squares."""
    if v1 == 0.0 or v2 == 0.0:
        return averages.averaged(m1, v1, _WIDTHS[0]) * averages.averaged(m2, v2, _WIDTHS[0]), np.zeros(2)
    (fine, scale), (coarse, _) = (_once(averages, m1, v1, m2, v2, r, width) for width in _WIDTHS)
    return fine, np.abs(fine - coarse) / np.maximum(scale, 1e-300)


def _once(
    averages: MehlerPairs, m1: float, v1: float, m2: float, v2: float, r: float, width: float
) -> tuple[FloatArray, FloatArray]:
    s1, s2 = math.sqrt(v1), math.sqrt(v2)
    spread = s2 * math.sqrt(max((1.0 - r) * (1.0 + r), 0.0))
    z, w = _outer(averages, m1, s1, m2, r * s2, spread, width)
    z, w = z[w > 1e-22], w[w > 1e-22]
    f = averages.values(m1 + s1 * z)
    given = averages.averaged(m2 + r * s2 * z, np.full(len(z), spread * spread), width)
    return (f * given) @ w, np.sqrt((f**2 @ w) * (given**2 @ w))


def _outer(
    averages: MehlerPairs, m1: float, s1: float, m2: float, tilt: float, spread: float, width: float
) -> tuple[FloatArray, FloatArray]:
    """Return nodes in z graded to where phi(m1 + s1 z) is steep, and to where the smoothed phi of y is."""
    edges = np.arange(-11.0, 11.0 + 0.5 * width, width)
    own = (averages.panels.within(m1 - 11.0 * s1, m1 + 11.0 * s1) - m1) / s1
    parts = [edges, own]
    if tilt != 0.0:
        reach = 11.0 * (abs(tilt) + spread)
        steep = (averages.panels.within(m2 - reach, m2 + reach) - m2) / tilt
        blur = spread / abs(tilt)
        steps = blur * np.concatenate([np.arange(-9.0, 9.1, 1.5 * width / 0.5)])
        near = steep[np.abs(steep) < 11.0 + 9.0 * blur]
        parts += [(near[:, None] + steps).ravel()] if blur < 2.0 else []
    cells = np.unique(np.clip(np.concatenate(parts), -11.0, 11.0))
    z, weights = under_normal(cells[:-1], cells[1:], NODES)
    return z.ravel(), weights.ravel()
