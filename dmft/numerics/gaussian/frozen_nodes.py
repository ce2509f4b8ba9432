"""Nodes for averages over a frozen field mu ~ N(m, frozen), of squares of what the rest of x smooths.

A function of mu that is an average over x ~ N(mu, moving) is smooth on the scale sqrt(moving), and its square on
sqrt(moving/2), which a rule of few nodes in units of sqrt(frozen) misses where moving << frozen. The trapezoidal rule
of a step h errs by exp(-(2 pi/h)^2/(2 S)), S = 2/moving + 1/frozen: the width of the integrand's transform.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost

_MOST = 20_000


def frozen_nodes(
    mean: float, frozen: float, moving: float, accuracy: float, offset: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Return nodes mu and weights that add up to 1; one node without a frozen part.

    Parameters
    ----------
    mean, frozen : mean and variance of mu.
    moving : variance of x given mu, > 0.
    accuracy : of the rule, relative to the size of what is averaged.
    offset : shift of the nodes in steps: the same rule by other nodes.
    """
    if frozen <= 1e-15 * moving:
        return np.array([mean]), np.ones(1)
    decades = math.log(1.0 / accuracy)
    step = 2.0 * math.pi / math.sqrt(2.0 * (2.0 / moving + 1.0 / frozen) * decades)
    reach = math.sqrt(2.0 * decades * frozen)
    most = math.ceil(reach / step) + 1
    check_cost(
        f"averages over {2 * most + 1:,} frozen fields",
        seconds=1e-4 * most,
        longest=1e-4 * _MOST,
        remedy="stay off the point where the fluctuations around the frozen part vanish",
    )
    y = (np.arange(-most, most + 1) + offset) * step
    weights = np.exp(-0.5 * y**2 / frozen)
    return np.asarray(mean + y, dtype=float), np.asarray(weights / weights.sum(), dtype=float)
