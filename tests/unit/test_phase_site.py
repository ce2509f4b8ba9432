"""The averages under a sinusoid of random phase, and the closed forms and sums that they are made of."""

import math

import numpy as np
import pytest

import dmft
from dmft.numerics.cosine_series import cosine_sums
from dmft.numerics.gaussian.ramp_pairs import ramp_averages
from dmft.numerics.kinks import bends, kinks
from dmft.theories.stationary.centred.phase_averages import PhaseAverages
from dmft.theories.stationary.centred.smoothed_phases import phase_site

SINE = dmft.Sinusoid(1.0, 0.2, "random")


@pytest.mark.parametrize("n", [20, 700])
def test_long_and_short_cosine_series_are_summed_alike(n):
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(3, n)) * np.exp(-np.arange(n) / 30.0)
    s = rng.uniform(-50.0, 50.0, 200)
    direct = weights @ np.cos(np.outer(np.arange(n), s))
    np.testing.assert_allclose(cosine_sums(weights, s), direct.T, rtol=0, atol=1e-11)


@pytest.mark.parametrize("orders", [(1, 1), (1, 2), (2, 2), (3, 1), (3, 3)])
def test_averages_of_ramps(orders):
    """Against a two-dimensional trapezoid in the Gaussian variables; the derivatives against differences."""
    amplitude, c0, places = 1.3, 0.7, (0.2, -0.5)
    r, shift = np.array([0.3, -0.6, 0.9]), np.array([0.4, 2.0, 0.1])

    def value(variance, covariance):
        return ramp_averages(places, amplitude, variance, covariance / variance, shift, 64, orders)

    here = value(c0, r * c0)
    z = np.linspace(-8.0, 8.0, 801)
    w = np.exp(-0.5 * z * z)
    w /= w.sum()
    for j in range(3):
        x = math.sqrt(c0) * z[:, None]
        y = math.sqrt(c0) * (r[j] * z[:, None] + math.sqrt(1.0 - r[j] ** 2) * z)
        total = 0.0
        for t in 2.0 * math.pi * (np.arange(16) + 0.5) / 16:
            a = np.maximum(x + amplitude * math.cos(t - 0.5 * shift[j]) - places[0], 0.0) ** orders[0]
            b = np.maximum(y + amplitude * math.cos(t + 0.5 * shift[j]) - places[1], 0.0) ** orders[1]
            total += float(w @ (a * b) @ w) / 16
        expected = total / math.factorial(orders[0]) / math.factorial(orders[1])
        assert here[0, j] == pytest.approx(expected, rel=3e-4)
    h = 1e-5
    slope = (value(c0, r * c0 + h)[0] - value(c0, r * c0 - h)[0]) / (2 * h)
    heat = (value(c0 + h, r * c0)[0] - value(c0 - h, r * c0)[0]) / (2 * h)
    np.testing.assert_allclose(here[1], slope, rtol=1e-8)
    np.testing.assert_allclose(here[2], heat, rtol=1e-8)


@pytest.mark.parametrize(
    ("text", "places", "strengths"),
    [
        ("Abs(x)", [0.0], [2.0]),
        ("Max(-1,Min(1,x))", [-1.0, 1.0], [1.0, -1.0]),
        ("tanh(x)", [], []),
        ("tanh(1000000*x)", [], []),
    ],
)
def test_kinks_are_found_and_steep_places_are_none(text, places, strengths):
    found, sizes = kinks(dmft.Symbolic(text), 30.0)
    np.testing.assert_allclose(found, places, atol=1e-12)
    np.testing.assert_allclose(sizes, strengths, rtol=1e-8)


def test_jump_of_the_second_derivative_is_found():
    places, second, _ = bends(dmft.Symbolic("x/(1+abs(x))"), 20.0)
    np.testing.assert_allclose(places, [0.0], atol=1e-9)
    np.testing.assert_allclose(second, [-4.0], rtol=1e-6)


@pytest.mark.long
@pytest.mark.parametrize("text", ["tanh(x)", "tanh(x)+0.3", "Max(-1,Min(1,x))", "x/(1+abs(x))", "tanh(Max(x,0))"])
def test_averages_and_their_error_against_quadrature(text):
    """<phi^2> and <phi'^2> by a fine trapezoid over phase and Gaussian: within what the site says it lost."""
    phi, c0 = dmft.Symbolic(text), 0.8
    site = phase_site(phi, SINE, c0)
    theta = 2.0 * math.pi * (np.arange(3000) + 0.5) / 3000
    z = np.linspace(-9.0, 9.0, 3001)
    w = np.exp(-0.5 * z * z)
    w /= w.sum()
    x = site.amplitude * np.cos(theta) + math.sqrt(c0) * z[:, None]
    square, slope = float(np.mean(w @ phi(x) ** 2)), float(np.mean(w @ phi.derivative(x) ** 2))
    at_zero = float(site.corr_phi(np.array([c0]), np.zeros(1))[0])
    assert abs(at_zero - square) <= (1e-7 + site.missing) * square
    assert abs(site.mean_square_slope - slope) <= (1e-4 + site.missing_slope) * slope
    assert site.missing < 1e-8


def test_what_a_steep_nonlinearity_loses_is_told():
    site = PhaseAverages(dmft.Symbolic("tanh(30*(x-1))"), SINE, 2.0)
    assert site.missing > 1e-7
    assert site.missing_slope > site.missing


def test_other_nodes_give_the_same():
    site = PhaseAverages(dmft.Tanh(), SINE, 1.3)
    lags = np.linspace(0.0, 4.0, 50)
    c = 1.3 * np.exp(-(lags**2))
    np.testing.assert_allclose(site.refined().corr_phi(c, lags), site.corr_phi(c, lags), rtol=1e-13)
