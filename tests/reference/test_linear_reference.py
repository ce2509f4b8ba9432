"""Linear networks under coloured noise and under a sinusoid of random phase: closed forms."""

import numpy as np
import pytest

import dmft


def test_coloured_noise_of_a_linear_network_is_exact():
    # Spectrum V 2 a/((w^2 + a^2)(w^2 + k^2)), k^2 = 1 - g^2, a = 1/tau_s: C(0) = V/(k (k + a)).
    g, variance, tau = 0.6, 0.7, 3.0
    network = dmft.RandomNetwork(g, dmft.Linear(), dmft.OrnsteinUhlenbeck(variance, tau))
    solution = dmft.solve_stationary(network)
    k, a = np.sqrt(1 - g**2), 1 / tau
    assert solution.corr_x[0] == pytest.approx(variance / (k * (k + a)), rel=1e-10)
    lag = 4.0
    expected = variance * (k * np.exp(-a * lag) - a * np.exp(-k * lag)) / (k * (k**2 - a**2))
    assert solution.corr_x_at(lag) == pytest.approx(expected, rel=1e-9)


def test_random_phase_sine_of_a_linear_network_is_exact():
    # The sine passes through the recurrent network too: each harmonic is a Gaussian field of its own.
    g, amplitude, frequency = 0.6, 1.3, 0.15
    network = dmft.RandomNetwork(g, dmft.Linear(), dmft.Sinusoid(amplitude, frequency, "random"))
    solution = dmft.solve_stationary(network)
    omega = 2 * np.pi * frequency
    gain2 = 1 + omega**2 - g**2
    lags = np.array([0.0, 1.0, 3.0, 50.0])
    assert solution.corr_x_at(lags) == pytest.approx(0.5 * amplitude**2 / gain2 * np.cos(omega * lags), rel=1e-9)
