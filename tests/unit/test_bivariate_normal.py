"""The bivariate normal distribution function against mpmath and against exact cases."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from dmft.numerics.gaussian.bivariate_normal import phi2


@np.vectorize
def bivariate_normal_cdf(a: float, b: float, r: float) -> float:
    return phi2(a, b, r, (1.0 - r) * (1.0 + r))


def by_quadrature(a: float, b: float, r: float) -> float:
    """P(x < a, y < b) as one integral over x in mpmath, split where the inner distribution function is steep."""
    with mpmath.workdps(30):
        a, b, r = mpmath.mpf(a), mpmath.mpf(b), mpmath.mpf(r)
        width = mpmath.sqrt((1 - r) * (1 + r))
        steep = b / r
        cuts = sorted({x for k in (-8, -3, -1, 0, 1, 3, 8) if -14 < (x := steep + k * width / abs(r)) < a})
        points = [mpmath.mpf(-14), *(mpmath.mpf(k) for k in range(-12, 13, 2) if k < a), *cuts, a]
        value = mpmath.quad(lambda x: mpmath.npdf(x) * mpmath.ncdf((b - r * x) / width), sorted(set(points)))
        return float(value)


@pytest.mark.parametrize("correlation", [-1 + 1e-6, -0.97, -0.6, -0.1, 0.2, 0.5, 0.9, 0.93, 0.99, 1 - 1e-5, 1 - 1e-9])
def test_equals_quadrature(correlation: float) -> None:
    points = [(-0.39, -0.39), (0.3, -1.2), (1.7, 1.6999), (-2.5, 3.0), (-4.0, -4.1), (0.0, 0.0)]
    a, b = np.array(points).T
    expected = [by_quadrature(x, y, correlation) for x, y in points]
    np.testing.assert_allclose(bivariate_normal_cdf(a, b, correlation), expected, rtol=0, atol=1e-14)


def test_median_is_the_arcsine_law() -> None:
    r = np.concatenate([np.linspace(-1, 1, 41), [1 - 1e-12, -1 + 1e-12]])
    np.testing.assert_allclose(bivariate_normal_cdf(0.0, 0.0, r), 0.25 + np.arcsin(r) / (2 * math.pi), atol=1e-15)


def test_slope_in_the_correlation_is_the_density() -> None:
    """dPhi2/dr is the bivariate density, on both sides of the change of method at 0.925."""
    a, b, h = 0.7, -0.4, 1e-5
    for r in (0.3, 0.75, 0.925, -0.925):
        slope = (bivariate_normal_cdf(a, b, r + h) - bivariate_normal_cdf(a, b, r - h)) / (2 * h)
        w2 = 1 - r * r
        density = math.exp(-(a * a - 2 * r * a * b + b * b) / (2 * w2)) / (2 * math.pi * math.sqrt(w2))
        assert slope == pytest.approx(density, rel=1e-6)
