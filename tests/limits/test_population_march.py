"""Transients of several populations where the answer is known: linear units, and long times."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.linalg import expm

import dmft
from dmft.arrays import FloatArray

FRACTIONS = np.array([0.4, 0.6])


def linear(K: FloatArray, **couplings: dmft.Mean) -> dmft.Network:
    populations = {n: dmft.Population(dmft.Linear(), fraction=f) for n, f in zip("ab", FRACTIONS)}
    return dmft.Network(populations, dmft.Couplings(dmft.Random(np.sqrt(K / FRACTIONS).tolist()), **couplings))


@pytest.mark.parametrize("dt", [0.2, 0.1, 0.05])
def test_linear_units_of_one_time_constant(dt: float) -> None:
    """c(t, s) = exp(-t - s) sum_n K^n v (t s)^n/n!^2, of x(0) of variances v: the sum over walks of n couplings."""
    K, v = np.array([[0.5, 0.3], [0.7, 0.2]]), np.array([1.0, 0.3])
    solution = dmft.solve_nonstationary(linear(K), 4.0, init=(0.0, v), method=dmft.TwoTimeMarch(dt=dt))
    t, walks = solution.times, v
    exact = np.zeros((2, len(t), len(t)))
    for n in range(60):
        exact += walks[:, None, None] * (np.outer(t, t) ** n / math.factorial(n) ** 2) * np.exp(-t - t[:, None])
        walks = K @ walks
    variance = np.diagonal(exact, axis1=1, axis2=2)
    error = np.max(np.abs(solution.variance - variance) / variance)
    assert error <= solution.convergence.error < 40.0 * error
    assert np.max(np.abs(solution.covariance - exact)) < solution.convergence.error


def test_linear_means() -> None:
    """The exponential of the matrix, of two time constants, under a common sinusoid of its own for each population."""
    tau, omega = np.array([1.0, 2.5]), 2.0 * math.pi * 0.2
    mean, amplitudes = np.array([[1.5, -2.0], [2.0, -1.0]]), np.array([0.5, 1.0])
    populations = {
        name: dmft.Population(dmft.Linear(), dmft.Leaky(t), fraction=f, bias=h, drive=dmft.Sinusoid(a, 0.2))
        for name, t, f, h, a in zip("ab", tau, FRACTIONS, (0.2, 0.0), amplitudes)
    }
    network = dmft.Network(populations, dmft.Couplings(dmft.Random([[0.5, 0.6], [0.7, 0.3]]), dmft.Mean(mean.tolist())))
    solution = dmft.solve_nonstationary(network, 10.0, init=((0.5, -0.2), 0.1))
    flow = np.zeros((5, 5))  # of the means, sin, cos, 1
    flow[:2, :2] = (mean * FRACTIONS - np.eye(2)) / tau[:, None]
    flow[:2, 2], flow[:2, 4] = amplitudes / tau, np.array([0.2, 0.0]) / tau
    flow[2, 3], flow[3, 2] = omega, -omega
    exact = np.array([(expm(flow * t) @ [0.5, -0.2, 0.0, 1.0, 1.0])[:2] for t in solution.times]).T
    assert np.max(np.abs(solution.mean_x - exact)) < 1e-4
    assert np.max(np.abs(solution.mean_x - exact)) < solution.convergence.error


def test_linear_units_under_noise() -> None:
    """Two time constants, private noises and thresholds: the integral of the spectra, which are P equations for each
    frequency, beside the frozen part."""
    K, tau = np.array([[0.3, 0.2], [0.4, 0.1]]), np.array([1.0, 2.5])
    noise, fields = np.array([1.0, 0.5]), np.array([0.2, 0.4])
    populations = {
        n: dmft.Population(dmft.Linear(), dmft.Leaky(t), fraction=f, threshold_variance=s, drive=dmft.WhiteNoise(w))
        for n, t, f, s, w in zip("ab", tau, FRACTIONS, fields, noise)
    }
    network = dmft.Network(populations, dmft.Couplings(dmft.Random(np.sqrt(K / FRACTIONS).tolist())))
    solution = dmft.solve_nonstationary(network, 40.0, init=(0.0, 0.5))
    angle = (np.arange(4000) + 0.5) * (math.pi / 4000) - 0.5 * math.pi
    omega = np.tan(angle)
    spectra = [np.linalg.solve(np.diag(1.0 + (w * tau) ** 2) - K, noise) for w in omega]
    moving = np.mean(np.array(spectra) / np.cos(angle)[:, None] ** 2, axis=0) / 2.0
    exact = moving + np.linalg.solve(np.eye(2) - K, fields)
    error = np.max(np.abs(solution.variance[:, -1] / exact - 1.0))
    assert error < solution.convergence.error < 0.01


STATIONARY = {
    "noise": (
        dmft.Network(
            {
                "a": dmft.Population(dmft.Tanh(), dmft.Leaky(1.0), fraction=0.4, drive=dmft.WhiteNoise(1.0)),
                "b": dmft.Population(dmft.Tanh(), dmft.Leaky(2.5), fraction=0.6, drive=dmft.WhiteNoise(0.5)),
            },
            dmft.Couplings(dmft.Random(np.sqrt([[1.5, 0.8], [2.0, 0.5]]).tolist())),
        ),
        30.0,
    ),
    "means and thresholds": (
        dmft.Network(
            {
                "E": dmft.Population(
                    dmft.Tanh(), fraction=0.8, bias=0.2, threshold_variance=0.3, drive=dmft.WhiteNoise(0.5)
                ),
                "I": dmft.Population(dmft.Erf(), dmft.Leaky(0.7), fraction=0.2, bias=0.2),
            },
            dmft.Couplings(dmft.Random([[1.2, 1.5], [1.3, 1.7]]), dmft.Mean([[1.0, -2.0], [1.0, -2.0]])),
        ),
        20.0,
    ),
    "chaos": (
        dmft.Network(
            {
                "a": dmft.Population(dmft.Tanh(), fraction=0.5),
                "b": dmft.Population(dmft.Tanh(), dmft.Leaky(2.5), fraction=0.5),
            },
            dmft.Couplings(dmft.Random([[4.0, 2.0], [3.0, 3.0]])),
        ),
        80.0,
    ),
}


@pytest.mark.parametrize("case", [pytest.param(c, marks=pytest.mark.long if c == "chaos" else []) for c in STATIONARY])
def test_long_times_are_the_stationary_state(case: str) -> None:
    network, duration = STATIONARY[case]
    march, still = dmft.solve_nonstationary(network, duration), dmft.solve_stationary(network)
    error = march.convergence.error
    assert error < 0.01
    assert np.all(np.abs(march.variance[:, -1] / still.variance - 1.0) < error)
    assert np.all(np.abs(march.mean_x[:, -1] - still.mean_x) < error * np.sqrt(still.variance))
    cell = round(2.0 / march.settings["dt"])
    lagged = still.cov_x_at(march.lags[cell])
    assert np.all(np.abs(march.band[:, -1, cell] - np.ravel(lagged)) < error * still.variance)
    assert march.state == ("chaotic" if case == "chaos" else "noisy")


def test_weak_couplings_come_to_rest() -> None:
    """Undriven, rho(K) < 1: variances vanish, at no less than the rate of the linear network."""
    K = np.array([[0.2, 0.1], [0.3, 0.1]])
    populations = {n: dmft.Population(dmft.Tanh(), fraction=f) for n, f in zip("ab", FRACTIONS)}
    network = dmft.Network(populations, dmft.Couplings(dmft.Random(np.sqrt(K / FRACTIONS).tolist())))
    solution = dmft.solve_nonstationary(network, 20.0)
    rate = 2.0 * (1.0 - math.sqrt(float(np.max(np.linalg.eigvals(K).real))))
    assert np.all(solution.variance[:, -1] < 2.0 * math.exp(-20.0 * rate))
    assert np.all(solution.mean_x == 0.0)


@pytest.mark.parametrize("case", ["noise", "means and thresholds"])
def test_the_error_bounds_what_a_fine_step_shows(case: str) -> None:
    network, _ = STATIONARY[case]
    init = ((0.5, -0.5), (1.5, 0.2))
    coarse = dmft.solve_nonstationary(network, 4.0, init=init, method=dmft.TwoTimeMarch(dt=0.08))
    fine = dmft.solve_nonstationary(network, 4.0, init=init, method=dmft.TwoTimeMarch(dt=0.01))
    of_variance = np.abs(coarse.variance / fine.variance[:, ::8] - 1.0)
    of_mean = np.abs(coarse.mean_x - fine.mean_x[:, ::8]) / np.sqrt(fine.variance[:, ::8])
    error = float(max(of_variance.max(), of_mean.max()))
    assert error < coarse.convergence.error < 50.0 * error
