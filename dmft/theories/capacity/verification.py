"""The equations of an optimum by other means than those that found it: averages by quadrature, not in closed form."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.capacity.large import Optimum
from dmft.theories.capacity.patterns import Patterns
from dmft.theories.capacity.weights import Weights

_NODES = 240
_REACH = 80.0  # twice the exponent beyond which the Gaussian has ended
# Residual of the equations, relative, at which a solution counts as one.
TOLERANCE = 1e-9
_ROUNDING = 8 * np.finfo(float).eps


@cache
def legendre_rule() -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights on [-1, 1]."""
    return np.polynomial.legendre.leggauss(_NODES)


def integrated_excess(x: float) -> tuple[float, float]:
    """Return G1(x) and G2(x) as integrals over s = t - x > 0 by Gauss-Legendre nodes."""
    nodes, weights = legendre_rule()
    low = max(0.0, -x - math.sqrt(_REACH))
    high = -x + math.sqrt(_REACH) if x < 0.0 else _REACH / (x + math.sqrt(x * x + _REACH))
    s = 0.5 * (high - low) * (nodes + 1.0) + low
    mass = 0.5 * (high - low) * weights * np.exp(-0.5 * (s + x) ** 2) / math.sqrt(2.0 * math.pi)
    return float(mass @ s), float(mass @ s**2)


def misfit(weights: Weights, patterns: Patterns, found: Optimum) -> float:
    """Return by how much the load of an optimum may be off, relative: alpha J - C, and the squares of the gradients.

    Gradients count by their squares, since the optimum is stationary. What the weights offer, a minimum over the
    multiplier, is found once more by itself: where means are far above deviations gradients are lost in rounding.
    """
    p, (e, i), (c_e, c_i) = patterns.positive, weights.fractions, weights.drive
    sine, cosine = math.sin(found.theta), math.cos(found.theta)
    plus, minus = integrated_excess(found.shift - found.k), integrated_excess(-found.shift - found.k)
    cost = p * plus[1] + (1.0 - p) * minus[1]
    if weights.signed:
        first_e, second_e = integrated_excess(found.eta * c_e)
        first_i, second_i = integrated_excess(-found.eta * c_i)
        m_e, m_i = math.sqrt(e * second_e), math.sqrt(i * second_i)
        # In units of c, the slopes are of order one.
        pull = (sine * e * first_e * c_e / m_e if m_e else 0.0) - (cosine * i * first_i * c_i / m_i if m_i else 0.0)
        unit = max(c_e, c_i)
    else:
        m_e, m_i = math.hypot(1.0, found.eta * c_e), 0.0
        pull, unit = -found.eta * c_e**2 / m_e, c_e
    reach = sine * m_e + cosine * m_i + found.eta * found.th
    balance = (pull - found.th) / unit
    offered = weights.reach(found.theta, weights.multiplier(found.theta, found.th), found.th)
    lost = abs(offered * offered / (found.load * cost) - 1.0)
    return abs(reach * reach / (found.load * cost) - 1.0) + lost + balance * balance + _ROUNDING


def outcome(relative: float, remedy: str = "take cv, sd and positive nearer to 1") -> Convergence:
    """Return how a solver ended whose result is off by `relative` at most; `remedy` is for where that is much."""
    if math.isfinite(relative) and relative <= TOLERANCE:
        return Convergence(Status.CONVERGED, float(relative), 1, error=float(relative))
    detail = f"not converged: the equations are off by {relative:.2g}, the parameters are too extreme; {remedy}"
    return Convergence(Status.UNRESOLVED, float(relative), 1, error=float(relative), detail=detail)


def none(detail: str) -> Convergence:
    """Return how a solver ended where there is no solution."""
    return Convergence(Status.NO_SOLUTION, math.nan, 1, detail=detail)


def stalled(detail: str) -> Convergence:
    """Return how a solver ended that did not get there."""
    return Convergence(Status.STALLED, math.nan, 1, detail=detail)


def load_for_margin(patterns: Patterns, found: Optimum) -> float:
    """Return the relative change of the margin for a relative change of the load."""
    slope: Any = patterns.slopes(found.k, found.shift)[0]
    return float(patterns.cost(found.k, found.shift) / (slope * found.k)) if found.k > 0.0 else math.inf
