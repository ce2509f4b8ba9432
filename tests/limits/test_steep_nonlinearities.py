"""Steep, scaled and nearly critical networks that are another network in other units, or have a closed form.

x = J phi(x): scaling x by b turns phi(x) = tanh(b x) at gain g into tanh at gain b g; scaling phi by a is a gain a g.
"""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

import dmft

S, R = dmft.Symbolic, dmft.RandomNetwork


def exponents_agree(steep, plain, most):
    """Both exponents, within what they say of their errors, which must be small."""
    own, right = dmft.lyapunov_exponent(steep), dmft.lyapunov_exponent(plain)
    assert own.error <= 1e-5 * max(1.0, right)
    assert abs(own - right) <= max(most, own.error + right.error)


@pytest.mark.parametrize(
    ("g", "b", "most"),
    [
        (23.0, 1.0, 1e-6),
        (1.5, 50.0, 1e-6),
        pytest.param(3.3, 100.0, 1e-6, marks=pytest.mark.long),
        pytest.param(3.3, 1e4, 1e-6, marks=pytest.mark.long),
        (1.0, 1e6, 1e-6),
        pytest.param(0.02, 75.0, 1e-6, marks=pytest.mark.long),
    ],
)
def test_a_slope_is_a_gain(g, b, most):
    steep = dmft.solve_stationary(R(g, S(f"tanh({b!r}*x)")))
    plain = dmft.solve_stationary(R(g * b))
    assert steep.state == plain.state == "chaotic"
    assert steep.variance * b**2 == pytest.approx(plain.variance, rel=1e-8)
    assert abs(steep.variance * b**2 / plain.variance - 1.0) <= steep.convergence.error + plain.convergence.error
    lags = np.array([0.5, 3.0])
    assert steep.corr_x_at(lags) * b**2 == pytest.approx(plain.corr_x_at(lags), rel=1e-7)
    exponents_agree(steep, plain, most)


def test_a_factor_of_phi_is_a_gain():
    small = dmft.solve_stationary(R(5000.0, S("1e-4*(1+tanh(x))")))
    plain = dmft.solve_stationary(R(0.5, S("1+tanh(x)")))
    assert small.state == plain.state == "fixed point"
    assert small.variance == pytest.approx(plain.variance, rel=1e-10)
    assert plain.variance == pytest.approx(0.2992, abs=5e-5)
    assert dmft.lyapunov_exponent(small) == pytest.approx(dmft.lyapunov_exponent(plain), abs=1e-9)


@pytest.mark.parametrize("g", [0.5, 0.999, 0.999999])
def test_a_slow_static_state_in_closed_form(g):
    # c = g^2 <(1 + x)^2> = g^2 (1 + c)
    found = dmft.solve_stationary(R(g, S("1+x")))
    right = g * g / ((1.0 - g) * (1.0 + g))
    assert found.state == "fixed point"
    assert abs(found.variance / right - 1.0) <= found.convergence.error
    assert found.convergence.error <= 1e-8
    assert dmft.lyapunov_exponent(found) == pytest.approx(g - 1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("network", "exponent"),
    [
        (R(1.27, dmft.ThresholdPower(1.5)), -1.0),
        (R(0.019, S("tanh(50*x)")), 50 * 0.019 - 1.0),
        (R(0.01, S("tanh(50*x)")), 50 * 0.01 - 1.0),
        (R(0.5, S("-tanh(x)")), -0.5),
        (R(1e-9, S("1e8*x*exp(-x**2)")), 0.1 - 1.0),
        (R(1.3, dmft.ReLU()), 1.3 / math.sqrt(2.0) - 1.0),  # half of the neurons pass it on
        (R(0.9, S("x/(1+abs(x))")), -0.1),
        (R(1.0), 0.0),
    ],
    ids=str,
)
def test_at_rest_slopes_are_exact(network, exponent):
    found = dmft.solve_stationary(network)
    assert found.state == "quiescent"
    assert found.variance == 0.0
    assert dmft.lyapunov_exponent(found) == pytest.approx(exponent, abs=1e-12)


@pytest.mark.parametrize("size", [3e-4, 1e-7])
@pytest.mark.parametrize("g", [0.5, 0.99])
def test_a_small_static_state_is_none_at_rest(g, size):
    # phi = tanh + size: c = g^2 (<tanh^2> + size^2), tanh being odd.
    def excess(log_c):
        c = math.exp(log_c)
        square, _ = quad(
            lambda z: np.tanh(math.sqrt(c) * z) ** 2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / c,
            -12,
            12,
            epsabs=0,
            epsrel=1e-13,
            limit=200,
        )
        return 1.0 - g * g * (square + size**2 / c)

    right = math.exp(brentq(excess, math.log(size**2) - 5, 0.0, xtol=1e-14))
    found = dmft.solve_stationary(R(g, S(f"tanh(x)+{size}")))
    assert found.state == "fixed point"
    assert found.variance == pytest.approx(right, rel=1e-9)
    assert abs(found.variance / right - 1.0) <= found.convergence.error + 1e-11


def test_close_above_the_transition():
    # c = g - 1 to leading order [Sompolinsky, Crisanti & Sommers 1988], lambda = (g - 1)^2/2 to leading order.
    found = dmft.solve_stationary(R(1.0001))
    assert found.state == "chaotic"
    assert found.variance == pytest.approx(1e-4, rel=1e-3)
    assert dmft.lyapunov_exponent(found) == pytest.approx(0.5e-8, rel=5e-3)


@pytest.mark.parametrize("intensity", [1e-10, 1e-6])
@pytest.mark.parametrize("g", [1.5, 2.0, 7.0])
def test_weak_noise_changes_little(g, intensity):
    noisy = dmft.solve_stationary(R(g, drive=dmft.WhiteNoise(intensity)))
    silent = dmft.solve_stationary(R(g))
    # The energy knows the intensity by its square only: C(0)^2 W(1) = (intensity/2)^2.
    assert noisy.variance == pytest.approx(silent.variance, rel=1e-8)
    assert dmft.lyapunov_exponent(noisy) == pytest.approx(dmft.lyapunov_exponent(silent), abs=1e-8 + intensity)


def test_a_step_is_the_limit_of_a_strong_gain():
    # C(0)/g^2 -> 2 (1 - 2/pi) with a correction of order 1/g^2; lambda grows like log g.
    gains = np.array([3.3e3, 3.3e4, 3.3e5, 1e6])
    found = [dmft.solve_stationary(R(float(g))) for g in gains]
    assert [s.state for s in found] == ["chaotic"] * 4
    level = 2.0 * (1.0 - 2.0 / math.pi)
    for g, s in zip(gains, found, strict=True):
        assert s.variance / g**2 == pytest.approx(level, abs=3.0 / g**2 + 1e-11)
    values = np.array([float(dmft.lyapunov_exponent(s)) for s in found])
    rates = np.diff(values) / np.diff(np.log(gains))
    # its derivative in log g changes slowly and in one direction
    assert np.all(np.diff(values) > 0)
    assert np.all(np.abs(np.diff(rates)) < 0.1 * rates[:-1])
