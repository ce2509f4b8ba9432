"""Two-time Gaussian averages against quadrature that shares nothing with them."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

import dmft
from dmft.numerics.gaussian.pairs import pair_averages

# m1, v1, m2, v2
POINTS = [(-0.4, 1.0, -0.4, 1.0), (0.3, 0.5, -1.2, 2.0), (2.0, 1.0, 1.9, 1.1), (-3.0, 1.5, -2.5, 1.0)]
CORRELATIONS = [-1 + 1e-6, -0.5, 0.2, 0.67, 0.93, 0.999, 1 - 1e-9]


def relu_by_quadrature(m1: float, v1: float, m2: float, v2: float, r: float) -> tuple[float, float]:
    """<phi phi> and <phi' phi'> of ReLU: the inner average over y given x in closed form, the outer by mpmath."""
    with mpmath.workdps(30):
        m1, v1, m2, v2, r = (mpmath.mpf(x) for x in (m1, v1, m2, v2, r))
        s1, s2 = mpmath.sqrt(v1), mpmath.sqrt(v2)
        w = s2 * mpmath.sqrt((1 - r) * (1 + r))

        def given(z, order):
            m = m2 + s2 * r * z
            return mpmath.ncdf(m / w) if order == 0 else m * mpmath.ncdf(m / w) + w * mpmath.npdf(m / w)

        start = -m1 / s1
        steep = -m2 / (s2 * r)
        cuts = [steep + k * abs(w / (s2 * r)) for k in (-8, -3, -1, 0, 1, 3, 8)]
        points = sorted(
            {start, *(x for x in cuts if start < x < 14), *(mpmath.mpf(k) for k in range(-6, 15, 2) if k > start)}
        )
        both = mpmath.quad(lambda z: mpmath.npdf(z) * (m1 + s1 * z) * given(z, 1), points)
        slopes = mpmath.quad(lambda z: mpmath.npdf(z) * given(z, 0), points)
        return float(both), float(slopes)


@pytest.mark.long
@pytest.mark.parametrize("r", CORRELATIONS)
def test_relu_is_exact(r: float) -> None:
    m1, v1, m2, v2 = np.array(POINTS).T
    c = r * np.sqrt(v1 * v2)
    q, p = pair_averages(dmft.ReLU()).pair(m1, v1, m2, v2, c)
    # the correlation the code works with, rounding of c included
    expected = [relu_by_quadrature(*x, float(k / math.sqrt(x[1] * x[3]))) for x, k in zip(POINTS, c, strict=True)]
    np.testing.assert_allclose(q, [e[0] for e in expected], rtol=0, atol=1e-13)
    np.testing.assert_allclose(p, [e[1] for e in expected], rtol=0, atol=1e-13)


def test_relu_at_full_correlation_and_in_silence() -> None:
    averages = pair_averages(dmft.ReLU())
    m, v = 0.3, 2.0
    first, slope = averages.first(m, v)
    a, s = m / math.sqrt(v), math.sqrt(v)
    phi, n = 0.5 * math.erfc(-a / math.sqrt(2)), math.exp(-a * a / 2) / math.sqrt(2 * math.pi)
    assert float(first) == pytest.approx(s * (a * phi + n), rel=1e-14)
    q, p = averages.pair(m, v, m, v, v)
    assert float(q) == pytest.approx(v * ((1 + a * a) * phi + a * n), rel=1e-14)
    assert float(p) == pytest.approx(float(slope), rel=1e-14)
    assert averages.pair(-80.0, 1.0, 0.0, 1.0, 0.5) == (0.0, 0.0)
    # two deterministic times: the product of the rates
    assert averages.pair(0.5, 0.0, 2.0, 0.0, 0.0) == (1.0, 1.0)


def by_grid(phi, m1: float, v1: float, m2: float, v2: float, c: float) -> float:
    """Two-dimensional trapezoidal rule over independent normals: exponentially accurate for entire functions."""
    z = np.arange(-9.0, 9.0001, 0.05)
    w = np.exp(-0.5 * z * z) * 0.05 / math.sqrt(2 * math.pi)
    r = c / math.sqrt(v1 * v2)
    y = m2 + math.sqrt(v2) * (r * z[:, None] + math.sqrt(1 - r * r) * z[None, :])
    return float((w * phi(m1 + math.sqrt(v1) * z)) @ (np.asarray(phi(y)) @ w))


@pytest.mark.parametrize(
    ("phi", "tolerance"), [(dmft.Erf(), 2e-13), (dmft.Tanh(), 1e-9), (dmft.Linear(), 1e-12)], ids=lambda x: str(x)
)
def test_smooth_nonlinearities_equal_two_dimensional_quadrature(phi, tolerance: float) -> None:
    averages = pair_averages(phi)
    for m1, v1, m2, v2 in [(-0.4, 1.0, -0.4, 1.0), (0.3, 0.5, -1.2, 2.0), (0.0, 4.0, 0.5, 3.0)]:
        for r in (-0.9, 0.2, 0.67, 0.93):
            c = r * math.sqrt(v1 * v2)
            q, p = averages.pair(m1, v1, m2, v2, c)
            assert float(q) == pytest.approx(by_grid(phi, m1, v1, m2, v2, c), abs=tolerance)
            assert float(p) == pytest.approx(by_grid(phi.derivative, m1, v1, m2, v2, c), abs=30 * tolerance)


@pytest.mark.parametrize("phi", [dmft.ReLU(), dmft.Erf(), dmft.Tanh()], ids=lambda x: type(x).__name__)
def test_slope_of_the_correlation_is_the_correlation_of_slopes(phi) -> None:
    """Price's theorem, d<phi phi>/dc = <phi' phi'>, and d<phi>/dm = <phi'>."""
    averages = pair_averages(phi)
    h = 1e-5
    up, _ = averages.pair(0.2, 1.3, -0.4, 0.8, 0.5 + h)
    down, _ = averages.pair(0.2, 1.3, -0.4, 0.8, 0.5 - h)
    assert float((up - down) / (2 * h)) == pytest.approx(float(averages.pair(0.2, 1.3, -0.4, 0.8, 0.5)[1]), rel=1e-7)
    slope = (averages.first(0.2 + h, 1.3)[0] - averages.first(0.2 - h, 1.3)[0]) / (2 * h)
    assert float(slope) == pytest.approx(float(averages.first(0.2, 1.3)[1]), rel=1e-7)


@pytest.mark.parametrize("variance", [1e8, 1e14, 1e20])
def test_erf_of_nearly_equal_times_at_huge_variance(variance):
    """<phi' phi'> goes by 1/sqrt(1 - r^2), of which a rounded r would leave no digit."""
    c = variance - 3.0
    q, p = pair_averages(dmft.Erf()).pair(0.0, variance, 0.0, variance, np.array([c]))
    with mpmath.workdps(60):
        k2, v = mpmath.pi / 2, mpmath.mpf(variance)
        r = k2 * mpmath.mpf(c) / (1 + k2 * v)
        expected = 2 / mpmath.pi * mpmath.asin(r), 2 * k2 / (mpmath.pi * (1 + k2 * v) * mpmath.sqrt(1 - r * r))
    assert float(q[0]) == pytest.approx(float(expected[0]), rel=1e-9)
    assert float(p[0]) == pytest.approx(float(expected[1]), rel=1e-9)
