"""The error that a march and a locked state state of themselves bounds the truth, where the truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import i0

import dmft
from dmft.observables.kernel_lyapunov import kernel_exponent


@pytest.mark.parametrize("dt", [0.05, 0.1, 0.25])
def test_linear_network(dt: float) -> None:
    """c(t, t) = v exp(-2t) I_0(2 g t) (`test_nonstationary_limits`): the error is bounded, and not tenfold."""
    sol = dmft.solve_nonstationary(
        dmft.RandomNetwork(1.3, dmft.Linear()), 6.0, method=dmft.TwoTimeMarch(dt=dt), init=(0.0, 0.7)
    )
    exact = 0.7 * np.exp(-2 * sol.times) * i0(2 * 1.3 * sol.times)
    actual = float(np.max(np.abs(sol.variance / exact - 1.0)))
    assert actual <= sol.convergence.error <= 12.0 * actual


@pytest.mark.parametrize("drive", [None, dmft.WhiteNoise(0.3), dmft.OrnsteinUhlenbeck(0.3, 2.0)], ids=repr)
def test_stationary_state(drive) -> None:
    """Against `solve_stationary`, which shares neither the equations in two times nor the averages."""
    net = dmft.RandomNetwork(2.0, dmft.Erf(), drive)
    expected = dmft.solve_stationary(net).corr_x_at(0.0)
    sol = dmft.solve_nonstationary(net, 100.0, method=dmft.TwoTimeMarch(dt=0.2, window=60.0))
    assert abs(float(sol.variance[-1]) / expected - 1.0) <= sol.convergence.error < 0.05


@pytest.mark.parametrize("amplitude", [85.0, 200.0])
def test_locked_state(amplitude: float) -> None:
    """Variance on 64 points a period against 512, whose own error is 64 times less; and the exponent."""
    net = dmft.BalancedNetwork(2.0, 5000, drive=dmft.Sinusoid(amplitude, 0.2))
    truth = dmft.solve_periodic(net, n=512)
    sol = dmft.solve_periodic(net, n=64)
    actual = np.max(np.abs(sol.variance - truth.variance[::8])) / truth.variance.max()
    assert actual <= sol.convergence.error <= 20.0 * actual
    if amplitude > 100.0:
        value, best = dmft.lyapunov_exponent(sol), dmft.lyapunov_exponent(truth)
        assert abs(value - best) <= value.numerical_error + best.numerical_error < 0.02


def test_an_error_beyond_rtol_is_not_converged() -> None:
    net = dmft.RandomNetwork(2.0, dmft.Erf())
    with pytest.raises(dmft.NotConvergedError, match=r"not resolved: with a step of 0.5.*rtol=0.01; try dt=") as info:
        dmft.solve_nonstationary(net, 20.0, method=dmft.TwoTimeMarch(dt=0.5), rtol=1e-2)
    assert info.value.solution.convergence.status is dmft.Status.UNRESOLVED
    assert dmft.solve_nonstationary(net, 20.0, method=dmft.TwoTimeMarch(dt=0.05), rtol=1e-2).convergence.error < 1e-2


def test_going_on_keeps_the_error_known() -> None:
    net = dmft.RandomNetwork(2.0, dmft.Erf(), dmft.Sinusoid(0.5, 0.2))
    first = dmft.solve_nonstationary(net, 5.0)
    both, whole = dmft.solve_nonstationary(net, 5.0, init=first), dmft.solve_nonstationary(net, 10.0)
    assert both.convergence.error == pytest.approx(whole.convergence.error, rel=1e-9)


def test_steepness_is_gain() -> None:
    """tanh(50 x) at g is tanh at 50 g with x scaled: the march too, with the averages of a steep phi."""
    steep = dmft.solve_nonstationary(dmft.RandomNetwork(2.0, dmft.Symbolic("tanh(50*x)")), 4.0, init=(0.2, 1.0))
    strong = dmft.solve_nonstationary(dmft.RandomNetwork(100.0), 4.0, init=(10.0, 2500.0))
    np.testing.assert_allclose(2500.0 * steep.covariance, strong.covariance, rtol=1e-6, atol=1e-3)


@pytest.mark.parametrize("g", [100.0, 1e6])
def test_strong_gain_is_the_gain_of_a_step(g: float) -> None:
    """Any sigmoid of strong gain is a sign: tanh by its series marches as erf by its closed form."""
    tanh, erf = (dmft.solve_nonstationary(dmft.RandomNetwork(g, phi), 4.0) for phi in (dmft.Tanh(), dmft.Erf()))
    np.testing.assert_allclose(tanh.variance, erf.variance, rtol=3e-5 + 2.0 / g)


def test_kinked_expression_is_relu() -> None:
    net = dmft.BalancedNetwork(2.0, 200, drive=dmft.Sinusoid(4.0, 0.25))
    one = dmft.solve_nonstationary(net, 4.0)
    two = dmft.solve_nonstationary(net.replace(nonlinearity=dmft.Symbolic("Max(x,0)")), 4.0)
    np.testing.assert_allclose(two.variance, one.variance, rtol=0.1 * one.convergence.error)
    np.testing.assert_allclose(two.mean_x, one.mean_x, atol=0.1 * one.convergence.error)


@pytest.mark.long
@pytest.mark.parametrize(
    "net",
    [
        dmft.RandomNetwork(7330.82, drive=dmft.Sinusoid(3.1758, 1.57778)),
        dmft.RandomNetwork(100.0, dmft.Erf(), dmft.Sinusoid(1e6, 0.3)),
        dmft.RandomNetwork(2.0, dmft.Erf(), dmft.Sinusoid(1e6, 0.3, "random")),
        dmft.BalancedNetwork(2.0, 1e6, drive=dmft.Sinusoid(1e6, 0.3)),
        dmft.BalancedNetwork(2.0, 1e6, I0=-1.0, drive=dmft.Sinusoid(1e3, 0.3)),
        dmft.RandomNetwork(1e6, dmft.Erf(), dmft.WhiteNoise(1e-12)),
        dmft.RandomNetwork(50.0, dmft.Erf(), dmft.Sinusoid(1.0, 300.0)),
    ],
    ids=lambda net: f"{net.g:g}",
)
def test_variances_stay_variances(net) -> None:
    """Strong gains, strong and fast inputs: finite and positive, or said not to be."""
    period = 1.0 / getattr(net.drive, "frequency", 0.2)
    sol = dmft.solve_nonstationary(net, min(12.0 * period, 4.0), on_failure="ignore")
    assert sol.convergence.status is not dmft.Status.NON_FINITE
    for array in (sol.mean_x, sol.variance, sol.mean_phi):
        assert np.all(np.isfinite(array))
    assert np.all(sol.variance > 0)
    correlation = sol.band[:, 1:].T / np.sqrt(sol.variance)
    assert math.isfinite(float(np.nanmax(np.abs(correlation))))


@pytest.mark.long
def test_a_step_that_a_strong_drive_crosses_is_shortened():
    """phi is crossed within a step of the default, .0736: what is left does not fall by its square from there.

    One extrapolation from .0736 and .147 gave .0199 and told .0011; marches of .0368 and .0184 tend to .02247.
    """
    network = dmft.BalancedNetwork(4.013, 447.7, drive=dmft.Sinusoid(150.0, 0.4245))
    value = dmft.lyapunov_exponent(dmft.solve_periodic(network))
    finer = kernel_exponent(network, dt=0.0184, memory=45.0, accuracy=1e-4)
    assert abs(value - finer.exponent) < value.error + finer.error
    assert value.error < 2e-4
    assert value == pytest.approx(0.02247, abs=2e-4)


@pytest.mark.parametrize("duration", [0.1, 0.4, 1.6])
@pytest.mark.parametrize(
    "network",
    [
        dmft.RandomNetwork(1.2, dmft.ReLU(), dmft.WhiteNoise(0.2)),
        dmft.RandomNetwork(3.0),
        dmft.RandomNetwork(1.5, dmft.Symbolic("tanh(4331*x)")),
        dmft.RandomNetwork(
            1.153, dmft.Symbolic("Max(-1, Min(1, -12.87*x - 0.008))"), dmft.OrnsteinUhlenbeck(0.3, 0.017)
        ),
    ],
    ids=["relu", "tanh", "steep", "kinks"],
)
def test_few_steps(network, duration) -> None:
    """One step and two have no longer ones beside them; a phi as steep as a step is of lower order."""
    fine = dmft.solve_nonstationary(network, duration, method=dmft.TwoTimeMarch(dt=duration / 128))
    for steps in (1, 2, 4, 16):
        sol = dmft.solve_nonstationary(
            network, duration, method=dmft.TwoTimeMarch(dt=min(0.5, duration / steps)), on_failure="ignore"
        )
        if len(sol.variance) == steps + 1:
            off = np.abs(sol.variance - fine.variance[:: 128 // steps])
            assert np.max(off) / np.max(sol.variance) <= sol.convergence.error


@pytest.mark.parametrize("correlation_time", [1e-3, 0.017, 0.5])
def test_no_step_has_to_resolve_the_noise(correlation_time) -> None:
    """A unit without couplings to speak of: the variance is that of the filtered noise from rest, at any step."""
    tau, t = correlation_time, 1.6
    net = dmft.RandomNetwork(1e-9, dmft.Tanh(), dmft.OrnsteinUhlenbeck(0.3, tau))
    sol = dmft.solve_nonstationary(net, t, method=dmft.TwoTimeMarch(dt=0.4), init=(0.0, 1e-12))
    # x(t) = int exp(-(t - s)) xi(s) ds: by direct integration of exp(-|s - u|/tau) over both times
    a, b = 1.0 + 1.0 / tau, 1.0 - 1.0 / tau
    exact = 2 * 0.3 * np.exp(-2 * t) * ((np.exp(2 * t) - 1) / 2 - (np.exp(b * t) - 1) / b) / a
    assert abs(sol.variance[-1] / exact - 1.0) < 1e-9


def test_white_noise_is_fast_noise() -> None:
    fast = dmft.solve_nonstationary(dmft.RandomNetwork(2.0, dmft.Erf(), dmft.OrnsteinUhlenbeck(500.0, 1e-3)), 4.0)
    white = dmft.solve_nonstationary(dmft.RandomNetwork(2.0, dmft.Erf(), dmft.WhiteNoise(1.0)), 4.0)
    np.testing.assert_allclose(fast.variance, white.variance, rtol=5e-3)
