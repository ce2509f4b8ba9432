"""Capacity of balls: closed forms in the coordinate of the centre, quadrature over the distance in the others.

With u normal and t of the chi distribution with D degrees of freedom, b_- = kappa - t/R and b_+ = kappa + R t,

    1/alpha = E_t { int_{b_-}^{b_+} Du (b_+ - u)^2/(1 + R^2) + int_{-inf}^{b_-} Du [(u - kappa)^2 + t^2] }

[Chung, Lee & Sompolinsky, Phys. Rev. X 8, 031003 (2018)]. The first region holds the anchors on the surface, -R t/|t|;
in the second all points are at the margin, and the anchor t/(u - kappa) lies inside.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.excess import second_excess
from dmft.numerics.gaussian.legendre import legendre_rule, on_panels
from dmft.theories.manifolds.found import Found, exact

_REACH = 9.0  # standard deviations of |t| about sqrt(D), beyond which there is nothing
_EDGE = 12.0  # of u, likewise
_NODES, _OTHER_NODES = 100, 80  # of a panel; the others judge
_SMOOTH = 8.0  # dimension from which on broken powers of t are smooth enough
_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)


def point(margin: float) -> Found:
    """Return what is known of a single point: 1/alpha = E (kappa - u)_+^2 [Gardner, J. Phys. A 21, 257 (1988)]."""
    cost = second_excess(-margin)
    return exact(cost, 4.0 * np.finfo(float).eps * cost, radius=0.0, dimension=0.0, axes=0.0)


def ball(radius: float, dimension: float, margin: float) -> Found:
    """Return what is known of a ball; the difference of two quadratures bounds the error."""
    if radius == 0.0:
        return point(margin)
    results = [_averages(radius, dimension, margin, n) for n in (_NODES, _OTHER_NODES)]
    (cost, square), (other, _) = results
    off = abs(cost - other) + 16.0 * np.finfo(float).eps * cost
    return exact(cost, off, radius=math.sqrt(square), dimension=dimension, axes=dimension, gaussian_radius=radius)


def _averages(radius: float, dimension: float, margin: float, n: int) -> tuple[float, float]:
    """Return 1/alpha and the mean square of the anchors."""
    from scipy.special import ndtr

    t, weight = _distances(radius, dimension, margin, n)
    low, high = margin - t / radius, margin + radius * t
    surface = (_missed(high, high) - _missed(low, high)) / (1.0 + radius * radius)
    gone = ndtr(low)
    inside = _missed(low, np.full_like(t, margin)) + t * t * gone
    square = radius * radius * (1.0 - gone) + t * t * np.array([_inverse_square(-b + margin, margin) for b in low])
    return float(weight @ (surface + inside)), float(weight @ square)


def _missed(b: FloatArray, m: FloatArray) -> FloatArray:
    """Return int_{-inf}^b Du (m - u)^2."""
    from scipy.special import ndtr

    return np.asarray((m * m + 1.0) * ndtr(b) + (2.0 * m - b) * _DENSITY * np.exp(-0.5 * b * b))


def _inverse_square(a: float, margin: float) -> float:
    """Return int_a^inf dy phi(y - kappa)/y^2, by parts."""
    from scipy.special import ndtr

    if a >= margin + 38.0:
        return 0.0
    if a <= 0.0:
        return 0.0  # only at t = 0, where it has no weight
    edge = _DENSITY * math.exp(-0.5 * (a - margin) ** 2) / a
    rest = -float(ndtr(margin - a))
    if margin > 0.0:
        low, high = max(a, margin - _EDGE), margin + 1.0 + _EDGE
        if low < high:
            node, w = legendre_rule(_NODES)
            s = 0.5 * math.log(high / low) * (node + 1.0)
            y = low * np.exp(s)
            rest += margin * 0.5 * math.log(high / low) * float(w @ (_DENSITY * np.exp(-0.5 * (y - margin) ** 2)))
    return max(edge + rest, 0.0)


def _distances(radius: float, dimension: float, margin: float, n: int) -> tuple[FloatArray, FloatArray]:
    """Return nodes of the distance |t| and weights that sum to one; panels end where the integrand changes fast."""
    from scipy.special import roots_jacobi

    middle = math.sqrt(dimension)
    start, end = max(middle - _REACH, 0.0), middle + _REACH
    fast = [(margin - _EDGE) * radius, margin * radius, (margin + _EDGE) * radius, 1.0 / radius, _EDGE / radius]
    if start == 0.0 and dimension < _SMOOTH and dimension != round(dimension):  # t^(D - 1) beyond the first panel
        first = min([at for at in fast if at > 0.0] + [1.0])
        fast += [first * 10.0**n for n in range(1, max(1, math.ceil(-math.log10(first))))]
    edges = np.array(sorted({start, end, *(at for at in fast if start < at < end)}))
    t, w = on_panels(edges[:-1], edges[1:], n)
    nodes: Any = [*t[1:]] if start == 0.0 else [*t]
    weights: Any = [*w[1:]] if start == 0.0 else [*w]
    power = np.full(len(edges) - 1, dimension - 1.0)
    if start == 0.0:  # t^(D - 1) at 0 goes into the weight
        x, first = roots_jacobi(n, 0.0, min(dimension - 1.0, 60.0))
        half = 0.5 * edges[1]
        power[0] = dimension - 1.0 - min(dimension - 1.0, 60.0)
        nodes, weights = [half * (x + 1.0), *nodes], [first * half, *weights]
        weights[0] = weights[0] * math.exp(min(dimension - 1.0, 60.0) * math.log(half))
    every, mass = np.concatenate(nodes), np.concatenate(weights)
    powers = np.repeat(power, n)
    if start > 0.0:  # about its middle, where large powers cancel
        off = every - middle
        return _normal(every, mass, powers * np.log1p(off / middle) - off * (middle + 0.5 * off))
    peak = (dimension - 1.0) * math.log(middle) - 0.5 * dimension
    return _normal(every, mass, powers * np.log(every) - 0.5 * every * every - peak)


def _normal(every: FloatArray, mass: FloatArray, exponent: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return nodes, and weights times a density that is known but for its norm."""
    mass = mass * np.exp(exponent)
    return every, mass / mass.sum()
