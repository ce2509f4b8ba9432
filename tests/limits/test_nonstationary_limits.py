"""Two-time theory where it is solvable: linear networks, isolated units, and the stationary state of other solvers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import i0

import dmft


def test_linear_network_is_a_bessel_function() -> None:
    """(1 + d_t)(1 + d_s) c = g^2 c from c(0, 0) = v: c(t, s) = v exp(-t - s) I_0(2 g sqrt(t s))."""
    net = dmft.RandomNetwork(g=1.3, nonlinearity=dmft.Linear())
    sol = dmft.solve_nonstationary(net, 4.0, method=dmft.TwoTimeMarch(dt=0.02), init=(0.0, 0.7))
    t = sol.times[:, None]
    exact = 0.7 * np.exp(-t - t.T) * i0(2 * 1.3 * np.sqrt(t * t.T))
    assert np.max(np.abs(sol.covariance - exact)) < 2e-4 * np.max(exact)


def test_covariance_is_centred_and_the_couplings_see_the_whole_rate() -> None:
    """x(t) = exp((J - 1) t) x(0) with <x(0)> = m: <x x> of the linear network grows from v + m^2, its mean from m."""
    net = dmft.RandomNetwork(g=1.3, nonlinearity=dmft.Linear())
    sol = dmft.solve_nonstationary(net, 3.0, method=dmft.TwoTimeMarch(dt=0.02), init=(0.8, 0.5))
    t = sol.times[:, None]
    fade = np.exp(-t - t.T)
    exact = fade * ((0.5 + 0.64) * i0(2 * 1.3 * np.sqrt(t * t.T)) - 0.64)
    assert np.max(np.abs(sol.covariance - exact)) < 2e-4 * np.max(exact)


@pytest.mark.parametrize("phi", [dmft.Tanh(), dmft.Erf(), dmft.ReLU()], ids=lambda x: type(x).__name__)
def test_isolated_units_relax(phi) -> None:
    net = dmft.RandomNetwork(g=1e-6, nonlinearity=phi)
    sol = dmft.solve_nonstationary(net, 3.0, init=(0.4, 0.5))
    np.testing.assert_allclose(sol.mean_x, 0.4 * np.exp(-sol.times), rtol=2e-4)
    np.testing.assert_allclose(sol.covariance, 0.5 * np.exp(-sol.times[:, None] - sol.times[None, :]), rtol=1e-9)


def test_isolated_units_follow_private_inputs() -> None:
    """Variance of an isolated unit from rest: white noise D/2 (1 - e^{-2t}); OU and random phases by quadrature."""
    t = np.linspace(0, 4, 4001)
    end = -1
    white = dmft.solve_nonstationary(dmft.RandomNetwork(1e-6, drive=dmft.WhiteNoise(0.3)), 4.0, init=(0, 0))
    np.testing.assert_allclose(white.variance, 0.15 * (1 - np.exp(-2 * white.times)), rtol=1e-6, atol=1e-12)
    tau = 2.0
    ou = dmft.solve_nonstationary(dmft.RandomNetwork(1e-6, drive=dmft.OrnsteinUhlenbeck(0.3, tau)), 4.0, init=(0, 0))
    kernel = np.exp(-(4.0 - t))
    weights = np.full_like(t, t[1])
    weights[[0, -1]] *= 0.5
    exact = (kernel * weights) @ (0.3 * np.exp(-np.abs(t[:, None] - t[None, :]) / tau)) @ (kernel * weights)
    assert ou.variance[end] == pytest.approx(exact, rel=2e-3)
    sine = dmft.RandomNetwork(1e-6, drive=dmft.Sinusoid(0.8, 0.3, phases="random"))
    omega = 2 * math.pi * 0.3
    sol = dmft.solve_nonstationary(sine, 4.0, init=(0, 0))
    response = 0.8 / (1 + 1j * omega) * (np.exp(1j * omega * sol.times) - np.exp(-sol.times))
    np.testing.assert_allclose(sol.variance, 0.5 * np.abs(response) ** 2, rtol=1e-9, atol=1e-12)


def test_common_input_moves_the_mean() -> None:
    """m' = -m + I(t), by the exact solution for a sinusoid; a function of time does the same as the sinusoid."""
    omega = 2 * math.pi * 0.2
    sine = dmft.RandomNetwork(1.2, nonlinearity=dmft.Erf(), drive=dmft.Sinusoid(0.9, 0.2))
    sol = dmft.solve_nonstationary(sine, 6.0, init=(0.5, 1.0))
    t = sol.times
    exact = 0.5 * np.exp(-t) + 0.9 / (1 + omega**2) * (
        np.sin(omega * t) - omega * np.cos(omega * t) + omega * np.exp(-t)
    )
    np.testing.assert_allclose(sol.mean_x, exact, atol=2e-5)
    own = dmft.RandomNetwork(1.2, nonlinearity=dmft.Erf())
    assert own.drive is None
    balanced = dmft.BalancedNetwork(2.0, 100, drive=dmft.Sinusoid(3.0, 0.2))
    function = balanced.replace(drive=lambda t: 3.0 * math.sin(omega * t))
    one, two = (dmft.solve_nonstationary(net, 10.0, method=dmft.TwoTimeMarch(dt=0.1)) for net in (balanced, function))
    np.testing.assert_allclose(one.covariance, two.covariance, rtol=1e-10)


@pytest.mark.parametrize(
    "drive",
    [
        None,
        dmft.WhiteNoise(0.3),
        dmft.OrnsteinUhlenbeck(0.3, 2.0),
        dmft.Sinusoid(1.0, 0.2, phases="random"),
        dmft.WhiteNoise(0.3) + dmft.OrnsteinUhlenbeck(0.3, 2.0),
    ],
    ids=["autonomous", "white", "OU", "random phases", "white and OU"],
)
def test_reaches_the_stationary_state(drive) -> None:
    """Against `solve_stationary`, which shares neither equations in two times nor averages."""
    net = dmft.RandomNetwork(2.0, nonlinearity=dmft.Erf(), drive=drive)
    expected = dmft.solve_stationary(net)
    fine, coarse = (
        dmft.solve_nonstationary(net, 120.0, method=dmft.TwoTimeMarch(dt=dt, window=60.0)) for dt in (0.125, 0.25)
    )
    lag = 16
    for got_fine, got_coarse, value in (
        (fine.variance[-1], coarse.variance[-1], expected.corr_x_at(0.0)),
        (fine.band[-1, lag], coarse.band[-1, lag // 2], expected.corr_x_at(2.0)),
    ):
        extrapolated = got_fine + (got_fine - got_coarse) / 3
        assert extrapolated == pytest.approx(value, rel=3e-4)
    noisy = drive is not None and not drive.phased
    assert fine.state == ("noisy" if noisy else "chaotic")


def test_isolated_units_hear_a_sum_of_everything() -> None:
    """Means and variances of what each drive does alone add; a second sinusoid as a function of time."""
    omega = 0.4 * math.pi
    common = (dmft.Sinusoid(0.9, 0.2), dmft.Constant(0.4), dmft.OfTime(lambda t: 0.5 * math.cos(omega * t), 5.0))
    private = (dmft.WhiteNoise(0.3), dmft.OrnsteinUhlenbeck(0.3, 2.0), dmft.Sinusoid(0.8, 0.2, "random"))

    def solved(drive):
        net = dmft.Network(dmft.Population(dmft.Erf(), drive=drive), dmft.Couplings(dmft.Random(1e-6)))
        return dmft.solve_nonstationary(net, 6.0, init=(0.0, 0.0))

    together, apart = solved(dmft.Sum(common + private)), [solved(drive) for drive in private]
    np.testing.assert_allclose(together.variance, sum(sol.variance for sol in apart), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(together.covariance, sum(sol.covariance for sol in apart), rtol=1e-9, atol=1e-12)
    t = together.times
    response = (0.5 - 0.9j) / (1 + 1j * omega)
    exact = 0.4 * (1 - np.exp(-t)) + np.real(response * (np.exp(1j * omega * t) - np.exp(-t)))
    np.testing.assert_allclose(together.mean_x, exact, atol=2e-5)
    assert together.period == 5.0
    assert together.state == "noisy"


def test_exponent_under_noise_and_a_common_sinusoid() -> None:
    """A sinusoid of next to no amplitude beside noise leaves the exponent under the noise alone."""
    noisy = dmft.RandomNetwork(2.0, dmft.Erf(), dmft.WhiteNoise(0.3))
    both = noisy.replace(drive=noisy.drive + dmft.Sinusoid(1e-5, 0.2))
    found = dmft.lyapunov_exponent(dmft.solve_nonstationary(both, 5.0))
    expected = dmft.lyapunov_exponent(dmft.solve_stationary(noisy))
    assert abs(found - expected) <= found.error + expected.error
    assert found.error < 1e-3
    with pytest.raises(ValueError, match="a private input keeps x from repeating with the drive"):
        dmft.solve_periodic(both)


def test_tanh_reaches_the_stationary_state() -> None:
    net = dmft.RandomNetwork(1.8)
    fine, coarse = (
        dmft.solve_nonstationary(net, 120.0, method=dmft.TwoTimeMarch(dt=dt, window=40.0)).variance[-1]
        for dt in (0.1, 0.2)
    )
    assert fine + (fine - coarse) / 3 == pytest.approx(dmft.solve_stationary(net).variance, rel=2e-4)


def test_quiescent_network_dies_out() -> None:
    sol = dmft.solve_nonstationary(dmft.RandomNetwork(0.8, nonlinearity=dmft.Erf()), 60.0)
    assert sol.variance[-1] < 1e-9
