"""The two-time march across the halt: its basis, its noise, its memory."""

import numpy as np
import pytest

from dmft import PlasticNetwork, solve_plastic
from dmft.theories.frozen import solve_frozen
from dmft.theories.frozen.march import March


@pytest.fixture
def march():
    return March(PlasticNetwork(g=2.0, k=0.9, p=2.5), 2000, 0.2, 400, np.random.default_rng(3))


def test_basis_and_noise_are_orthogonal_as_the_limit_asks(march):
    for _ in range(120):
        march.advance()
    basis, noise = march.basis[: march.rank].astype(float), march.noise[: march.rank].astype(float)
    eye = np.eye(march.rank)
    np.testing.assert_allclose(basis @ basis.T / 2000, eye, atol=1e-4)
    np.testing.assert_allclose(noise @ noise.T / 2000, eye, atol=1e-5)
    # z_r sees no b_s up to its own time; later rates depend on it
    np.testing.assert_allclose(np.tril(noise @ basis.T / 2000), 0, atol=1e-4)
    assert np.abs(np.triu(noise @ basis.T / 2000, 1)).max() > 0.1


def test_force_is_noise_plus_the_weighted_memory_of_all_rates(march):
    g, k, p, h = 2.0, 0.9, 2.5, 0.2
    rates = []
    for _ in range(40):
        rates.append(march.phi)
        march.advance()
    phi = march.phi
    march.halt()
    alpha = march.coordinates(phi)
    rates = np.array(rates)
    # A after the last learning step: exact weights for phi phi^T linear in a step, no A before the first
    decay = np.exp(-h / p)
    mean = (1 - decay) / (h / p)
    weights = np.zeros(40)
    for n in range(1, 40):
        weights *= decay
        weights[n - 1] += mean - decay
        weights[n] += 1 - mean
    memory = k * (weights * (rates @ phi / 2000)) @ rates
    eta = g * alpha @ march.noise[: march.rank]
    np.testing.assert_allclose(march.force(alpha), memory + eta, atol=0.01 * np.std(eta))
    # the noise of two times has the covariance of the rates
    early = (rates[30] @ march.basis[: march.rank].T) / 2000
    eta_early = g * early @ march.noise[: march.rank]
    assert np.mean(eta * eta_early) == pytest.approx(g * g * np.mean(phi * rates[30]), abs=1e-3)


@pytest.mark.long
def test_plastic_epoch_agrees_with_the_stationary_theory():
    solution = solve_plastic(PlasticNetwork(g=2.0, k=-2.0, p=2.5), samples=64, noise_seeds=2)
    march = March(solution.network, 4000, 0.1, 900, np.random.default_rng(1))
    values = []
    for step in range(700):
        march.advance()
        if step > 300:
            values.append(np.mean(march.phi**2))
    assert not march.full
    assert np.mean(values) == pytest.approx(solution.corr_phi[0], abs=5e-3)


def test_a_halted_state_that_rests_is_a_fixed_point_of_the_halted_dynamics():
    march = March(PlasticNetwork(g=1.5, k=1.2, p=2.5), 3000, 0.2, 700, np.random.default_rng(2))
    for _ in range(350):
        march.advance()
    march.halt()
    for _ in range(1500):
        march.advance()
        if march.velocity < 1e-5:
            break
    assert march.velocity < 1e-5
    force = march.force(march.coordinates(march.phi))
    np.testing.assert_allclose(march.x, force, atol=2e-3)


def test_a_quiescent_state_is_not_frozen():
    solution = solve_plastic(PlasticNetwork(g=0.8, k=0.5, p=2.5), samples=32, noise_seeds=2)
    with pytest.raises(ValueError, match="must be chaotic"):
        solve_frozen(solution)


def test_settings_out_of_range_are_refused():
    solution = solve_plastic(PlasticNetwork(g=2.0, k=-1.0, p=2.5), samples=32, noise_seeds=2, on_failure="ignore")
    with pytest.raises(ValueError, match="samples must be at least"):
        solve_frozen(solution, samples=100)
    with pytest.raises(ValueError, match="before must be at least 10 p"):
        solve_frozen(solution, before=5.0)
