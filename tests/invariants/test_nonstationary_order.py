"""The march is second order in its step, and what it must not depend on."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import dmft


@pytest.mark.parametrize(
    ("net", "init"),
    [
        (dmft.RandomNetwork(2.0, nonlinearity=dmft.Erf(), drive=dmft.Sinusoid(0.8, 0.25)), (0.3, 1.0)),
        (dmft.RandomNetwork(1.5, nonlinearity=dmft.Erf(), drive=dmft.WhiteNoise(0.3)), (0.0, 0.2)),
        (dmft.RandomNetwork(1.5), (0.5, 1.0)),
        (dmft.BalancedNetwork(2.0, 1000, drive=dmft.Sinusoid(12.0, 0.25)), None),
    ],
    ids=["erf", "noise", "tanh", "balanced"],
)
def test_second_order(net, init) -> None:
    """Differences between steps of 0.1, 0.05 and 0.025 fall by four, at all times and lags together."""
    maps = []
    for refine in (1, 2, 4):
        sol = dmft.solve_nonstationary(net, 8.0, method=dmft.TwoTimeMarch(dt=0.1 / refine), init=init)
        maps.append(sol.covariance[40 * refine :: 10 * refine, 10 * refine :: 10 * refine])
    first, second = (np.linalg.norm(a - b) for a, b in itertools.pairwise(maps))
    assert first / second == pytest.approx(4.0, rel=0.15)


def test_the_window_does_not_change_the_state() -> None:
    net = dmft.BalancedNetwork(2.0, 5000, drive=dmft.Sinusoid(20.0, 0.2))
    full = dmft.solve_nonstationary(net, 90.0, method=dmft.TwoTimeMarch(dt=0.2))
    cut = dmft.solve_nonstationary(net, 90.0, method=dmft.TwoTimeMarch(dt=0.2, window=40.0))
    np.testing.assert_allclose(cut.variance[-50:], full.variance[-50:], rtol=2e-5)
    np.testing.assert_allclose(cut.band[-1, :100], full.band[-1, :100], rtol=1e-4)


def test_covariance_is_one() -> None:
    sol = dmft.solve_nonstationary(
        dmft.BalancedNetwork(2.0, 500, drive=dmft.Sinusoid(8.0, 0.2)), 10.0, method=dmft.TwoTimeMarch(dt=0.1)
    )
    cov = sol.covariance
    np.testing.assert_array_equal(cov, cov.T)
    np.testing.assert_allclose(np.diag(cov), sol.variance, rtol=1e-15)
    levels = np.linalg.eigvalsh(cov)
    assert levels.min() > -1e-5 * levels.max()  # the step's own error, O(dt^2)


def test_scale_invariance_of_relu() -> None:
    """h -> 2 h: with inputs and their mean doubled, mean and covariance scale as 2 and 4."""
    net = dmft.BalancedNetwork(2.0, 900, I0=1.0, drive=dmft.Sinusoid(9.0, 0.2))
    double = net.replace(I0=2.0, **{"drive.amplitude": 18.0})
    one = dmft.solve_nonstationary(net, 6.0, init=(-1.0, 2.0))
    two = dmft.solve_nonstationary(double, 6.0, init=(-2.0, 8.0))
    np.testing.assert_allclose(two.mean_x, 2 * one.mean_x, rtol=1e-9)
    np.testing.assert_allclose(two.covariance, 4 * one.covariance, rtol=1e-9)


def test_starting_on_the_couplings_is_not_starting_from_them() -> None:
    """From the static fixed point, independent of the couplings, the march leaves it: r(0, t) = 0 (not g^2 q)."""
    sol = dmft.solve_nonstationary(dmft.BalancedNetwork(2.0, 5000), 60.0, method=dmft.TwoTimeMarch(dt=0.2, window=30.0))
    assert sol.state == "chaotic"
    assert sol.band[-1, -1] / sol.band[-1, 0] == pytest.approx(0.673059, abs=0.02)
