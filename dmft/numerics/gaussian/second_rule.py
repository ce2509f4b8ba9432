"""Averages held against a second rule of quadrature, of other nodes."""

from __future__ import annotations

import math
from typing import Any

from dmft.numerics.gaussian.averages import Averages
from dmft.numerics.gaussian.normal_panels import OTHER_NODES, resolve

_PLACES = (1.0, 0.999, 0.93, 0.5, 0.03)  # covariances over the variance


def disagreement(averages: Averages, nonlinearity: Any) -> tuple[float, float]:
    """Return the largest differences of <phi phi>, relative to <phi^2>, and of <phi' phi'>, relative to itself.

    <phi' phi'> below a millionth of <phi'^2> counts as that.
    """
    from dmft.numerics.gaussian.graded import GradedAverages

    other = GradedAverages(
        nonlinearity, averages.variance, resolve(nonlinearity, math.sqrt(averages.variance), OTHER_NODES)
    )
    phi = slope = 0.0
    for place in _PLACES:
        q, p = other.at(place * averages.variance)
        own_q = float(averages.corr_phi(place * averages.variance))
        own_p = float(averages.corr_slope(place * averages.variance))
        phi = max(phi, abs(q - own_q) / max(other.mean_square, 1e-300))
        slope = max(slope, abs(p - own_p) / max(abs(p), 1e-6 * other.mean_square_slope, 1e-300))
    return phi, slope


def second_mean_square(nonlinearity: Any, variance: float) -> float:
    """Return <phi^2> by the second rule."""
    panels = resolve(nonlinearity, math.sqrt(variance), OTHER_NODES)
    return panels.mean(panels.values**2)
