"""tanh(b x) at gain g is tanh at gain b g with x in other units: C^x(0) b^2 times, every rate the same.

Two routes of averages: panels that find the steep place for the expression, what `Tanh` has for strong gain.
"""

import pytest

import dmft


def solved(g, phi=None):
    return dmft.solve_stationary(dmft.RandomNetwork(g, phi or dmft.Tanh()))


@pytest.mark.parametrize(
    ("b", "g"),
    [
        (1, 23.0),
        (50, 1.5),
        (2000, 0.02),
        pytest.param(10_000, 33.0, marks=pytest.mark.long),
        pytest.param(1_000_000, 1.0, marks=pytest.mark.long),
        (1_000_000, 3.3),
    ],
)
def test_correlations_and_exponent(b, g):
    steep, strong = solved(g, dmft.Symbolic(f"tanh({b}*x)")), solved(b * g)
    for lag in (0.0, 1.0, 10.0):
        assert b**2 * steep.corr_x_at(lag) == pytest.approx(strong.corr_x_at(lag), rel=1e-8, abs=1e-8 * strong.variance)
    one, two = dmft.lyapunov_exponent(steep), dmft.lyapunov_exponent(strong)
    assert abs(one - two) <= one.error + two.error + 1e-12
    assert abs(one - two) <= 1e-6 * max(1.0, b * g / 1e6)
    assert max(one.error, two.error) <= 2e-6 * max(1.0, b * g / 3.3e5)


def test_exponent_of_tanh_at_23():
    """1.283599, where a series of 1-2 hundred terms of the expression gave 1.28986."""
    assert dmft.lyapunov_exponent(solved(23.0, dmft.Symbolic("tanh(x)"))) == pytest.approx(1.283599, abs=1e-6)


@pytest.mark.parametrize("g", [3.3e4, 3.3e5])
def test_exponents_of_strong_gain_by_shooting(g):
    solution = solved(g)
    exponent = dmft.lyapunov_exponent(solution)
    shooting = dmft.lyapunov_exponent(solution, method="riccati")
    assert abs(exponent - shooting) <= exponent.error + 1e-6


def test_fixed_points_too():
    """phi = a f at g is f at a g in units of a: 1 + tanh settles at the same C^x(0) for any a."""
    small, plain = solved(5000.0, dmft.Symbolic("1e-4*(1+tanh(x))")), solved(0.5, dmft.Symbolic("1+tanh(x)"))
    assert small.phase == plain.phase == "fixed point"
    assert small.corr_x_at(0.0) == pytest.approx(plain.corr_x_at(0.0), rel=1e-12)
    assert dmft.lyapunov_exponent(small) == pytest.approx(float(dmft.lyapunov_exponent(plain)), abs=1e-12)
