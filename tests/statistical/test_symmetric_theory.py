"""Partially symmetric couplings: the sampled theory against networks and against theories without sampling."""

import numpy as np
import pytest

import dmft
import validation


def test_weak_symmetry_is_independent_couplings():
    """The sampler at a vanishing symmetry is the Gaussian theory: everything but the memory term is tested exactly."""
    network = dmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(1.0))
    exact = dmft.solve_stationary(network)
    sampled = dmft.solve_stationary(network.replace(symmetry=1e-9), method=dmft.Sampled(256))
    assert sampled.corr_x[0] == pytest.approx(exact.corr_x[0], rel=3e-4)
    np.testing.assert_allclose(sampled.corr_phi[:50], exact.corr_phi_at(sampled.lags[:50]), atol=2e-4)
    assert sampled.mean_slope == pytest.approx(exact.mean_slope, rel=1e-4)
    omega = np.array([0.0, 0.5, 2.0])
    np.testing.assert_allclose(sampled.process.response(omega), exact.mean_slope / (1 + 1j * omega), rtol=1e-4)


@pytest.mark.parametrize("symmetry", [-0.4, 0.3])
def test_linear_network(symmetry):
    """phi = x: G = F, and S = F + rho g^2 F S^2 in closed form, C^x from S alone."""
    g, intensity = 0.6, 1.0
    network = dmft.RandomNetwork(g=g, nonlinearity=dmft.Linear(), drive=dmft.WhiteNoise(intensity), symmetry=symmetry)
    solution = dmft.solve_stationary(network, method=dmft.Sampled(256))
    omega = np.linspace(0.0, 400.0, 400001)
    leak = 1.0 / (1.0 + 1j * omega)
    a = symmetry * g**2
    response = (1.0 - np.sqrt(1.0 - 4.0 * a * leak**2)) / (2.0 * a * leak)
    spectrum = intensity * np.abs(response) ** 2 / (1.0 - g**2 * np.abs(response) ** 2)
    variance = np.trapezoid(spectrum, omega) / np.pi
    variance += intensity / (np.pi * omega[-1])  # beyond
    # what is fed back at frequencies above that of the step, pi/0.2, is missing
    assert solution.corr_x[0] == pytest.approx(variance, rel=5e-4)
    np.testing.assert_allclose(solution.process.response(omega[:3000:500]), response[:3000:500], rtol=1e-4)


def test_networks():
    network = dmft.RandomNetwork(g=3.0, symmetry=0.3)
    solution = dmft.solve_stationary(network)
    simulation = validation.simulate(
        network, 1000, n_realizations=6, duration=60.0, burn_in=40.0, initial_states=4, seed=3
    )
    for name in ("corr_x", "corr_phi"):
        measured, error = simulation.mean(name, 1000)[0], simulation.standard_error(name, 1000)[0]
        expected, sampled = getattr(solution, name)[0], getattr(solution, f"{name}_error")[0]
        assert abs(measured - expected) < 4.0 * np.hypot(error, sampled) + 10.0 / 1000 * expected
    # without the memory term C^x(0) would be 5.4, not 10.1
    assert simulation.mean("corr_x", 1000)[0] > 1.5 * dmft.solve_stationary(network.replace(symmetry=0.0)).corr_x[0]


@pytest.mark.long
@pytest.mark.parametrize(
    ("g", "symmetry", "corr_x", "corr_x_error", "corr_phi"),
    [
        (4, -0.4, 2.877, 0.003, 0.5382),
        (5, -0.3, 7.373, 0.006, 0.6862),
        (4, 0.3, 18.734, 0.024, 0.8546),
        (3, 0.3, 10.135, 0.015, 0.7987),
    ],
)
def test_against_another_sampler(g, symmetry, corr_x, corr_x_error, corr_phi):
    """Picard iteration of plain samples, averaged over many iterations (equation sheet; its scatter of seeds, tripled).

    At rho = -.4 its longest run gave 2.867(5); here 8 groups of 1024 paths give 2.8667(10).
    """
    solution = dmft.solve_stationary(dmft.RandomNetwork(g=g, symmetry=symmetry), method=dmft.Sampled(2048, seed=1))
    assert solution.corr_x_error[0] < 0.002 * corr_x
    assert abs(solution.corr_x[0] - corr_x) < 4.0 * np.hypot(solution.corr_x_error[0], corr_x_error)
    assert abs(solution.corr_phi[0] - corr_phi) < 4.0 * solution.corr_phi_error[0] + 0.001


def test_refusals():
    with pytest.raises(ValueError, match="nonlinearity must be odd when symmetry != 0"):
        dmft.solve_stationary(dmft.RandomNetwork(g=1.0, nonlinearity=dmft.ReLU(), symmetry=0.2))
    with pytest.raises(ValueError, match="paths must be a multiple of 8, at least 64, got 30"):
        dmft.solve_stationary(dmft.RandomNetwork(g=3.0, symmetry=0.2), method=dmft.Sampled(30))
    with pytest.raises(ValueError, match=r"symmetry must be in \[-1, 1\], got 1\.5"):
        dmft.RandomNetwork(g=3.0, symmetry=1.5)
    with pytest.raises(TypeError, match="this state of a network with partially symmetric couplings"):
        dmft.lyapunov_exponent(dmft.solve_stationary(dmft.RandomNetwork(g=3.0, symmetry=0.3), method=dmft.Sampled(64)))


def test_at_rest():
    """Below g (1 + rho) = 1 nothing is sampled: the state is x = 0, with the response of a linear network."""
    for g, symmetry in [(1.2, -0.4), (0.7, 0.3)]:
        network = dmft.RandomNetwork(g=g, symmetry=symmetry)
        solution = dmft.solve_stationary(network)
        assert (solution.state, solution.variance) == ("quiescent", 0.0)
        assert not np.any(solution.corr_x)
        assert solution.convergence.converged
        s = solution.process.response(np.array([0.0, 0.03, 0.7, -0.7, 4.0]))
        leak = 1.0 / (1.0 + 1j * np.array([0.0, 0.03, 0.7, -0.7, 4.0]))
        np.testing.assert_allclose(s, leak * (1.0 + symmetry * g**2 * s * s), atol=1e-7)
        np.testing.assert_array_equal(solution.corr_phi_error, 0.0)
        with pytest.raises(ValueError, match="stationary must fluctuate, got a quiescent state"):
            dmft.solve_two_site(solution)
    silent = dmft.RandomNetwork(g=1.2, symmetry=-0.4, drive=dmft.WhiteNoise(0.0))
    assert dmft.solve_stationary(silent).state == "quiescent"


@pytest.mark.long
def test_a_state_that_freezes_says_so():
    """Near full symmetry the activity is slower than any window."""
    network = dmft.RandomNetwork(g=2.0, symmetry=0.9)
    with pytest.raises(dmft.NotConvergedError, match="the window is shorter than the memory of the process"):
        dmft.solve_stationary(network, method=dmft.Sampled(64), max_steps=20)
