"""States under sinusoids of random phase: limits in amplitude and frequency, rescaling, continuity."""

import math

import numpy as np
import pytest

import dmft


def state(amplitude, frequency, g=1.5, phi=None, **settings):
    drive = dmft.Sinusoid(amplitude, frequency, "random")
    return dmft.solve_stationary(dmft.RandomNetwork(g, phi or dmft.Tanh(), drive), **settings)


UNDRIVEN = 0.7476863806, 0.0467462195  # C^x(0) and exponent at g = 1.5, equation sheet


@pytest.mark.parametrize("frequency", [1e-3, 1e-2, 0.1, 10.0, 1e3])
def test_a_weak_sinusoid_changes_nothing(frequency):
    sol = state(1e-3, frequency, rtol=1e-11)
    assert sol.convergence.residual <= 1e-11
    assert sol.corr_x_at(0.0) == pytest.approx(UNDRIVEN[0], abs=5e-6)
    assert dmft.lyapunov_exponent(sol) == pytest.approx(UNDRIVEN[1], abs=5e-6)


@pytest.mark.parametrize("frequency", [50.0, 1e3])
def test_a_fast_sinusoid_is_filtered_out(frequency):
    """A = I/w: what is left is of order A^2."""
    sol = state(2.0, frequency)
    response = 2.0 / (2.0 * math.pi * frequency)
    assert sol.corr_x_at(0.0) == pytest.approx(UNDRIVEN[0], abs=response**2)
    assert dmft.lyapunov_exponent(sol) == pytest.approx(UNDRIVEN[1], abs=response**2)


def test_a_slow_sinusoid_is_a_frozen_input():
    """The fixed point under inputs I cos(theta), one for each neuron: its variance up to f^2, its radius as a bound."""
    sol, faster = state(1.0, 1e-3), state(1.0, 2e-3)
    theta = math.pi * (np.arange(200) + 0.5) / 200
    z, w = np.polynomial.hermite_e.hermegauss(80)
    w /= w.sum()
    c0 = 1.0
    for _ in range(400):  # c0 = g^2 <tanh^2>
        c0 = 2.25 * float(np.mean(w @ np.tanh(np.cos(theta) + math.sqrt(c0) * z[:, None]) ** 2))
    assert sol.variance == pytest.approx(c0, rel=3e-4)
    assert (faster.variance - c0) / (sol.variance - c0) == pytest.approx(4.0, rel=0.1)
    radius = 1.5 * math.sqrt(sol.mean_square_slope) - 1.0
    assert radius - 5e-3 < dmft.lyapunov_exponent(sol) < radius


@pytest.mark.parametrize("frequency", [1e-2, 0.3, pytest.param(20.0, marks=pytest.mark.long)])
def test_linear_network(frequency):
    """C_G = a cos(w lag), a (1 + w^2) = g^2 (a + A^2/2): nothing but the response to the sine."""
    g, amplitude, w = 0.6, 3.0, 2.0 * math.pi * frequency
    sol = state(amplitude, frequency, g, dmft.Linear())
    response = amplitude / math.hypot(1.0, w)
    expected = g**2 * 0.5 * response**2 / (1.0 + w * w - g**2)
    assert sol.variance == pytest.approx(expected, rel=1e-9)
    assert dmft.lyapunov_exponent(sol) == pytest.approx(g - 1.0, abs=1e-9)


@pytest.mark.long
def test_continuous_in_amplitude_where_chaos_ends():
    """The exponent passes through 0 between .48 and .52, without a gap."""
    values = [float(dmft.lyapunov_exponent(state(a, 0.05))) for a in (0.48, 0.5, 0.52)]
    assert values[0] > values[1] > values[2]
    assert values[0] == pytest.approx(0.00131391, abs=1e-7)
    assert values[2] == pytest.approx(-0.00182761, abs=1e-7)
    assert abs(values[1] - 0.5 * (values[0] + values[2])) < 1e-3


@pytest.mark.long
def test_erf_under_a_strong_sinusoid():
    """From amplitude 4 the state was followed by init= to C^x(0) = 6.14 and an exponent of .0431."""
    sol = state(5.0, 0.3, 3.3, dmft.Erf())
    assert sol.corr_x_at(0.0) == pytest.approx(6.14, abs=5e-3)
    exponent = dmft.lyapunov_exponent(sol)
    assert exponent == pytest.approx(0.0431, abs=1e-4)
    assert dmft.lyapunov_exponent(sol, method="riccati") == pytest.approx(float(exponent), abs=1e-8)


def test_rescaled_nonlinearity():
    """x -> 2 x: tanh(2 x) at g = .75 under I is tanh at g = 1.5 under 2 I."""
    scaled = state(0.5, 0.2, 0.75, dmft.Symbolic("tanh(2*x)"))
    plain = state(1.0, 0.2)
    assert 4.0 * scaled.corr_x_at(0.0) == pytest.approx(plain.corr_x_at(0.0), rel=1e-10)
    assert float(dmft.lyapunov_exponent(scaled)) == pytest.approx(float(dmft.lyapunov_exponent(plain)), abs=1e-9)


def test_exponent_of_a_slow_strong_sinusoid_ends():
    exponent = dmft.lyapunov_exponent(state(2.0, 0.018))
    assert exponent < 0
    assert exponent.numerical_error < 1e-6


def test_window_beyond_all_memory_is_refused():
    network = dmft.RandomNetwork(1.5, drive=dmft.OrnsteinUhlenbeck(0.5, 1.0))
    with pytest.raises(dmft.DMFTError, match="window"):
        dmft.solve_stationary(network, method=dmft.LagEquation(window=1e149))


@pytest.mark.parametrize("time", [1e-3, 1.0, 1e4])
def test_ornstein_uhlenbeck_of_any_correlation_time(time):
    """Under short correlations it is white noise of intensity 2 variance time; residual with finer nodes below rtol."""
    sol = dmft.solve_stationary(dmft.RandomNetwork(1.5, drive=dmft.OrnsteinUhlenbeck(0.5, time)), rtol=1e-11)
    assert sol.convergence.residual <= 1e-11
    assert sol.convergence.error < 1e-9
    if time == 1e-3:
        white = dmft.solve_stationary(dmft.RandomNetwork(1.5, drive=dmft.WhiteNoise(1e-3)))
        assert sol.corr_x_at(0.0) == pytest.approx(white.corr_x_at(0.0), rel=1e-3)


def test_tolerance_that_rounding_forbids_is_not_said_to_be_reached():
    with pytest.raises(ValueError, match="rtol must be in"):
        state(0.5, 0.2, rtol=1e-20)
    sol = state(0.5, 0.2, rtol=1.1e-14, on_failure="ignore")
    assert not sol.convergence.converged or sol.convergence.residual <= 1.1e-14
