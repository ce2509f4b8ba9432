"""Lyapunov spectra of couplings that a user brings: eigenvalues where phi is linear, and a trained oscillation."""

import numpy as np
import pytest

import dmft
import validation


def matrix(n=12, radius=0.8, seed=0):
    """Couplings with real eigenvalues, well apart: the rates of convergence are their gaps."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((n, n)))[0] @ np.diag(np.linspace(1.0, 1.3, n))
    values = np.linspace(0.1, 1.0, n) * radius * np.where(np.arange(n) % 2, 1.0, -0.97)
    return basis @ np.diag(values) @ np.linalg.inv(basis), values


def stated(dynamics):
    return dmft.Network(dmft.Population(dmft.Linear(), dynamics), dmft.Couplings(dmft.Random(0.5)))


@pytest.mark.parametrize("tau", [1.0, 0.5])
def test_with_leak(tau):
    """(Re l - 1)/tau."""
    couplings, values = matrix()
    # A linear network at rest: perturbations of any size grow alike.
    found = validation.lyapunov_spectrum(
        stated(dmft.Leaky(tau)), couplings=couplings, duration=60.0, dt=0.02, dtype="float64", seed=1
    )
    np.testing.assert_allclose(found.exponents, np.sort((values - 1.0) / tau)[::-1], atol=2e-3)
    assert found.size == 12


def test_in_discrete_time():
    """log |l|."""
    couplings, values = matrix()
    found = validation.lyapunov_spectrum(
        stated(dmft.Map()), couplings=couplings, duration=400.0, burn_in=50.0, dtype="float64", seed=1
    )
    np.testing.assert_allclose(found.exponents, np.sort(np.log(np.abs(values)))[::-1], atol=5e-3)


def test_a_trained_oscillation_is_a_stable_cycle():
    """By itself it moves freely along its cycle, lambda_1 = 0, and comes back to it: lambda_2 < 0."""
    net = dmft.RandomNetwork(g=1.5)
    task = validation.SumOfSines(20.0, pulse=0.0, cycles=(1,))
    trained = validation.train(validation.FullForce(net, task, target_amplitude=2.0), size=100, seed=1, trials=60)
    assert trained.phase_aligned_error < 0.05
    found = validation.lyapunov_spectrum(net, k=2, couplings=trained.couplings, duration=400.0, burn_in=200.0, seed=1)
    assert abs(found.exponents[0]) < 5e-3
    assert found.exponents[1] < -0.01


def test_sizes_and_couplings_do_not_go_together():
    with pytest.raises(ValueError, match="size must be left out"):
        validation.lyapunov_spectrum(stated(dmft.Leaky()), 12, couplings=np.eye(12), seed=0)
    with pytest.raises(ValueError, match="square matrix of finite numbers"):
        validation.lyapunov_spectrum(stated(dmft.Leaky()), couplings=np.ones((3, 4)), seed=0)
    with pytest.raises(TypeError, match="size must be an integer"):
        validation.lyapunov_spectrum(stated(dmft.Leaky()), seed=0)
    with pytest.raises(ValueError, match="k"):
        validation.lyapunov_spectrum(stated(dmft.Leaky()), k=13, couplings=np.eye(12), seed=0)
