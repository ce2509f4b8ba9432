"""Moments of the backward signals of a vectorised nonnegative network, from the output down.

b_i = G_i sum_j w_ji b_j is one number for each unit, and the global rule puts G_i in its place: among open units, cos =
E b/sqrt(E b^2). Units stand in pairs (+, -) with one gate and weights [relu(V), relu(-V); relu(-V), relu(V)], so that
two numbers close the recursion [derived after Clark, Abbott & Chung (2021)]: over open pairs of a layer

    A = E[b_+^2]/(E b)^2,    B = E[b_+ b_-]/(E b)^2.

A layer of N units has N/4 open pairs, each with an independent V of variance s^2 and E|V| = m s to every unit below:

    E b' = (N/4) m s E b
    A' = 1 + (2/N) [(2/m^2 - 1) A - B],    B' = 1 + (2/N) [(2/m^2 - 1) B - A],

and at the last hidden layer, where b is one weight, A = 2/m^2, B = 0: no width helps there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.layered import LayeredNetwork

_VARIANCE = 4.0  # of V, times what comes in


@dataclass(frozen=True)
class Backward:
    """Moments over open units, first hidden layer to last.

    Attributes
    ----------
    square : A, shape (n_layer,).
    pair : B.
    mean : E b.
    """

    square: FloatArray
    pair: FloatArray
    mean: FloatArray


def backward_moments(network: LayeredNetwork) -> Backward:
    """Return the moments of the signals of all hidden layers."""
    widths, size = network.widths, network.law.mean_size
    spread = 2.0 / size**2 - 1.0
    square, pair = 2.0 / size**2, 0.0
    mean = 0.5 * size * math.sqrt(_VARIANCE / widths[-1])
    rows = [(square, pair, mean)]
    for below, above in zip(widths[-2::-1], widths[:0:-1], strict=True):
        square, pair = (
            1.0 + 2.0 / above * (spread * square - pair),
            1.0 + 2.0 / above * (spread * pair - square),
        )
        mean *= 0.25 * above * size * math.sqrt(_VARIANCE / below)
        rows.append((square, pair, mean))
    return Backward(*np.array(rows[::-1]).T)
