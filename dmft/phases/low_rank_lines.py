"""Lines of the diagram of random plus rank-one couplings: where structure and chaos begin."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from dmft.models.network import Network
from dmft.models.nonlinearity import Nonlinearity
from dmft.numerics.gaussian import averages
from dmft.theories.stationary import solve_stationary
from dmft.theories.stationary.low_rank.method import LowRankStates

if TYPE_CHECKING:
    pass


G, OUTLIER = "couplings.random.g", "couplings.low_rank.outlier"
POINTS = 121  # of a line


def structure_line(network: Network, gain: float, steep: float) -> float:
    """Return the outlier from which on the homogeneous state is unstable to a structure."""
    if gain * steep <= 1.0:
        return 1.0 / steep
    changed = network.replace(**{G: gain, OUTLIER: 0.0})
    return 1.0 / float(solve_stationary(changed, method=LowRankStates("homogeneous")).mean_slope)


def structured_chaos(nonlinearity: Nonlinearity, largest: float) -> tuple[Any, Any]:
    """Return the line (g, outlier) where the structured fixed point becomes chaotic, up to an outlier.

    Along it the variance grows: outlier 1/<phi'>, g = 1/sqrt<phi'^2>.
    """
    gains, outliers = [], []
    for variance in np.geomspace(1e-6, 1e6, 20 * POINTS):
        of = averages(nonlinearity, float(variance))
        if not of.mean_slope > 0.0 or 1.0 / of.mean_slope > largest:
            break
        gains.append(1.0 / math.sqrt(of.mean_square_slope))
        outliers.append(1.0 / of.mean_slope)
    return np.array(gains), np.array(outliers)
