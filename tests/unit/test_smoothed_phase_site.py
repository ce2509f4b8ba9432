"""Averages under a sinusoid of random phase for nonlinearities that are steep or not analytic."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import dmft
from dmft.budget import OutOfWorkError, limited, spend
from dmft.theories.stationary.centred.phase_averages import PhaseAverages
from dmft.theories.stationary.centred.smoothed_phases import SmoothedPhaseAverages

RANDOM = "random"


def by_direct_quadrature(site, c0, part, shift):
    lag = shift / site.omega
    return float(site.corr_phi(np.array([c0 * part]), np.array([lag]))[0])


PAIRS = json.loads((Path(__file__).parents[1] / "reference" / "phase_pairs_reference.json").read_text())
SOFT, STEEP = (
    [(row["part"], row["shift"], row["value"]) for row in PAIRS if row["phi"] == phi] for phi in ("softsign", "steep")
)


@pytest.fixture(scope="module")
def soft():
    return SmoothedPhaseAverages(dmft.Symbolic("x/(1+abs(x))"), _of_response(0.31), 0.05)


@pytest.fixture(scope="module")
def steep():
    return SmoothedPhaseAverages(dmft.Symbolic("tanh(20*(x-1))"), _of_response(0.85), 8.0)


def _of_response(amplitude, frequency=0.1):
    return dmft.Sinusoid(amplitude * math.hypot(1.0, 2.0 * math.pi * frequency), frequency, RANDOM)


@pytest.mark.parametrize(("part", "shift", "value"), SOFT)
def test_softsign_against_quadrature(soft, part, shift, value):
    assert by_direct_quadrature(soft, 0.05, part, shift) == pytest.approx(value, rel=1e-10)


@pytest.mark.parametrize(("part", "shift", "value"), STEEP)
def test_steep_tanh_against_quadrature(steep, part, shift, value):
    assert by_direct_quadrature(steep, 8.0, part, shift) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("name", ["corr_phi", "corr_slope", "corr_by_variance"])
@pytest.mark.parametrize("text", ["tanh(x)", "exp(-x**2)", "tanh(x)+0.3*x/(1+x**2)+0.2"])
def test_harmonics_agree_with_hermite_series(text, name):
    """At all covariances of both signs, and away from the variance that the table was made for."""
    phi, sine = dmft.Symbolic(text), dmft.Sinusoid(1.0, 0.2, RANDOM)
    site = SmoothedPhaseAverages(phi, sine, 1.3).at(1.2)
    lags, c = np.linspace(0.0, 8.0, 200), 1.2 * np.linspace(-1.0, 1.0, 200)
    expected = getattr(PhaseAverages(phi, sine, 1.2), name)(c, lags)
    np.testing.assert_allclose(getattr(site, name)(c, lags), expected, rtol=0, atol=2e-10 * np.max(np.abs(expected)))


def test_slope_is_the_derivative(steep):
    c, lags, h = np.array([2.0, -3.0, -7.0, 7.5]), np.array([0.3, 1.0, 3.0, 0.5]), 1e-4
    difference = (steep.corr_phi(c + h, lags) - steep.corr_phi(c - h, lags)) / (2.0 * h)
    np.testing.assert_allclose(steep.corr_slope(c, lags), difference, rtol=1e-5)


def test_derivative_by_the_variance(steep):
    c, lags, h = np.array([2.0, -3.0, -7.0, 7.5]), np.array([0.3, 1.0, 3.0, 0.5]), 1e-4
    difference = (steep.at(8.0 + h).corr_phi(c, lags) - steep.at(8.0 - h).corr_phi(c, lags)) / (2.0 * h)
    np.testing.assert_allclose(steep.corr_by_variance(c, lags), difference, rtol=1e-5, atol=1e-8)


@pytest.mark.long
def test_what_a_kink_loses_is_told():
    """Harmonics of a kink decay like k^-4: the sum of those kept against <phi^2> by a closed form."""
    sine, phi = dmft.Sinusoid(1.0, 0.2, RANDOM), dmft.Symbolic("Max(-1,Min(1,x))")
    site, exact = SmoothedPhaseAverages(phi, sine, 1.3), PhaseAverages(phi, sine, 1.3)
    here = np.array([1.3]), np.zeros(1)
    wrong = abs(float(site.corr_phi(*here)[0] / exact.corr_phi(*here)[0]) - 1.0)
    assert wrong <= 2.0 * site.missing
    assert 1e-12 < site.missing < 1e-7


def test_softsign_is_solved():
    """C(0) and the exponent from the Hermite series with its kinks taken out, which shares no table with this route."""
    network = dmft.RandomNetwork(0.978, dmft.Symbolic("x/(1+abs(x))"), dmft.Sinusoid(1.216, 0.597, RANDOM))
    solution = dmft.solve_stationary(network)
    exponent = dmft.lyapunov_exponent(solution)
    assert solution.corr_x[0] == pytest.approx(0.05105266, abs=2e-8)
    assert float(exponent) == pytest.approx(-0.30631461, abs=2e-8)


def test_work_is_counted_and_ends():

    with limited(1.0):
        spend(0.7)
        with limited(100.0), pytest.raises(OutOfWorkError):
            spend(0.4)
    spend(1e9)
