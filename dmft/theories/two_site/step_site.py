"""What pairs need of single units in discrete time: averages over the frozen field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.frozen_nodes import frozen_nodes
from dmft.numerics.gaussian.normal_moments import given_frozen
from dmft.theories.one_step import OneStep

_RULE = 1e-13  # accuracy of the average over the frozen field


@dataclass(frozen=True, eq=False)
class Site:
    """What pairs need of single units, shape (P,) each.

    Attributes
    ----------
    slope_square : mean over mu of <phi'|mu>^2.
    variance_phi, square_phi : means over mu of the variance of phi given mu, and of its square.
    variance_x, square_x : likewise of x, whose variance does not depend on mu.
    """

    slope_square: FloatArray
    variance_phi: FloatArray
    square_phi: FloatArray
    variance_x: FloatArray
    square_x: FloatArray


def site_of(step: OneStep, mean: FloatArray, variance: FloatArray, frozen: FloatArray, *, other: bool = False) -> Site:
    """Return the averages over the frozen field; with `other` by other nodes."""
    rows = []
    for a in range(len(mean)):
        moving = max(float(variance[a] - frozen[a]), 0.0)
        if moving <= 1e-14 * variance[a] or variance[a] == 0.0:  # a population that does not move
            moments = step.site(a)(float(mean[a]), float(variance[a]))
            rows.append((moments.square_slope, 0.0, 0.0, 0.0, 0.0))
            continue
        mu, weights = frozen_nodes(step.site(a).rule, float(mean[a]), float(frozen[a]), moving, _RULE, other=other)
        slope, phi = given_frozen(step.site(a, other=other), mu, moving)
        d, c, c2 = (float(weights @ values) for values in (slope**2, phi, phi**2))
        rows.append((d, c, c2, moving, moving**2))
    return Site(*np.array(rows, dtype=float).T)
