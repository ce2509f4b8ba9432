"""The bivariate normal distribution function, to double precision, in compiled code.

Drezner & Wesolowsky, J. Stat. Comput. Simul. 35, 101 (1990), in the form of Genz, Stat. Comput. 14, 251 (2004):
Gauss-Legendre in the arcsine of the correlation; near a correlation of +-1 from there, with the singular part
subtracted.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled

_NODES_6, _WEIGHTS_6 = np.polynomial.legendre.leggauss(6)
_NODES_12, _WEIGHTS_12 = np.polynomial.legendre.leggauss(12)
_NODES_20, _WEIGHTS_20 = np.polynomial.legendre.leggauss(20)
_SQRT_HALF = math.sqrt(0.5)
_SQRT_2PI = math.sqrt(2.0 * math.pi)
_FAR = 37.0  # beyond it the normal density and the tail underflow


@compiled()
def normal_density(x: float) -> float:
    """Return the standard normal density."""
    return math.exp(-0.5 * x * x) / _SQRT_2PI if abs(x) < _FAR else 0.0


@compiled()
def normal_cdf(x: float) -> float:
    """Return the standard normal distribution function."""
    return 0.5 * math.erfc(-_SQRT_HALF * x)


@compiled()
def _from_zero(a: float, b: float, r: float, nodes: FloatArray, weights: FloatArray) -> float:
    """Integrate dPhi2/dr from r = 0, in the arcsine."""
    half_sum, product, arc = 0.5 * (a * a + b * b), a * b, 0.5 * math.asin(r)
    total = 0.0
    for i in range(len(nodes)):
        s = math.sin(arc * (1.0 + nodes[i]))
        total += weights[i] * math.exp((s * product - half_sum) / ((1.0 - s) * (1.0 + s)))
    return total * arc / (2.0 * math.pi) + normal_cdf(a) * normal_cdf(b)


@compiled()
def _from_one(a: float, b: float, sine2: float) -> float:
    """Return Phi2(a, b; r) - Phi(min(a, b)) for r near 1; `sine2` = 1 - r^2.

    The exponential of -(a - b)^2/(2 (1 - r^2)) is subtracted with the first three terms of what multiplies it.
    """
    ab, square = a * b, (a - b) ** 2
    c, d = (4.0 - ab) / 8.0, (12.0 - ab) / 16.0
    sine = math.sqrt(sine2)
    exponent = -0.5 * (square / sine2 + ab)
    total = 0.0
    if exponent > -100.0:
        total = (
            sine
            * math.exp(exponent)
            * (1.0 - c * (square - sine2) * (1.0 - d * square / 5.0) / 3.0 + c * d * sine2 * sine2 / 5.0)
        )
    if ab > -100.0:
        gap = abs(a - b)
        total -= (
            math.exp(-0.5 * ab)
            * _SQRT_2PI
            * normal_cdf(-gap / sine)
            * gap
            * (1.0 - c * square * (1.0 - d * square / 5.0) / 3.0)
        )
    half = 0.5 * sine
    for i in range(len(_NODES_20)):
        x2 = (half * (1.0 + _NODES_20[i])) ** 2
        exponent = -0.5 * (square / x2 + ab)
        if exponent > -100.0:
            root = math.sqrt(1.0 - x2)
            smooth = math.exp(-ab * x2 / (2.0 * (1.0 + root) ** 2)) / root - (1.0 + c * x2 * (1.0 + d * x2))
            total += half * _WEIGHTS_20[i] * math.exp(exponent) * smooth
    return -total / (2.0 * math.pi)


@compiled()
def phi2(a: float, b: float, r: float, sine2: float) -> float:
    """Return P(x < a, y < b) for standard normal x, y of correlation r; `sine2` = 1 - r^2, which the caller may know
    without the cancellation.

    Accuracy: 1e-13 for all correlations, 1 - 1e-9 included (`tests/unit/test_bivariate_normal.py`, against mpmath).
    Cost: 0.1-0.3 us.
    """
    size = abs(r)
    if size < 0.3:
        return _from_zero(a, b, r, _NODES_6, _WEIGHTS_6)
    if size < 0.75:
        return _from_zero(a, b, r, _NODES_12, _WEIGHTS_12)
    if size < 0.925:
        return _from_zero(a, b, r, _NODES_20, _WEIGHTS_20)
    if r > 0:
        total = normal_cdf(min(a, b))
        return total + _from_one(a, b, sine2) if sine2 > 0 else total
    # Phi2(a, b; r) = Phi(a) - Phi2(a, -b; -r), and for r = -1 the mass between -b and a.
    if a + b <= 0:
        total = 0.0
    elif a < 0:
        total = normal_cdf(a) - normal_cdf(-b)
    else:
        total = normal_cdf(b) - normal_cdf(-a)
    return total - _from_one(a, -b, sine2) if sine2 > 0 else total
