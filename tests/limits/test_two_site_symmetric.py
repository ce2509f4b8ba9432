"""Two-site sums and covariance matrices of partially symmetric couplings: drawn matrices, solvable limits."""

import dataclasses
import math

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

import dmft
from dmft.observables.elliptic_covariance import at_frequency

KINDS = ("phi", "x", "x-phi")


def drawn(n, g, symmetry, seed):
    draw = np.random.default_rng(seed).standard_normal((n, n)) * (g / math.sqrt(n))
    plus, minus = math.sqrt(1 + symmetry), math.sqrt(1 - symmetry)
    return 0.5 * (plus + minus) * draw + 0.5 * (plus - minus) * draw.T


def sums(kernel, g, symmetry, n, seed, omega):
    """Return sum_ij C_ij(w1) C_ij(w2)/n of each kind for one matrix: phi = R s, x = F (phi/G - s + I), by inversion."""
    j, identity = drawn(n, g, symmetry, seed), np.eye(n)
    found = {kind: [] for kind in KINDS}
    for w, _, inverse_g, a, c_i in zip(omega, *kernel.parts(omega, kernel.single_spectrum(omega, "phi")), strict=True):
        leak = 1.0 / (1.0 + 1j * w)
        phi = np.linalg.inv(inverse_g * identity - j)  # columns: responses to each source
        x = leak * (inverse_g * phi - identity)
        x_input = leak * inverse_g * phi
        # s = (s - I) + I, of spectra a - c_i and c_i, independent
        found["phi"].append(a * phi @ phi.conj().T)
        found["x"].append((a - c_i) * x @ x.conj().T + c_i * x_input @ x_input.conj().T)
        found["x-phi"].append((a - c_i) * x @ phi.conj().T + c_i * x_input @ phi.conj().T)
    return np.array([np.sum(first * second) / n for first, second in found.values()])


@pytest.mark.long
@pytest.mark.parametrize(("g", "symmetry", "drive"), [(3.0, 0.3, None), (2.0, -0.4, dmft.WhiteNoise(1.0))])
def test_sums_against_drawn_matrices(g, symmetry, drive):
    """N = 400: matrices scatter by 2 to 5 %, their ratios of one kind to another by 1 %."""
    network = dmft.RandomNetwork(g=g, symmetry=symmetry, drive=drive)
    kernel = dmft.solve_two_site(dmft.solve_stationary(network, method=dmft.Sampled(128)), lags=[0.0]).kernel
    omega = np.array([0.5, -0.8])
    expected = np.array([complex(kernel.at_frequencies(*omega, kind)) for kind in KINDS])
    measured = np.array([sums(kernel, g, symmetry, 400, seed, omega) for seed in range(4)]) / expected
    np.testing.assert_allclose(np.mean(measured[:, 0]), 1.0, atol=0.1)
    np.testing.assert_allclose(np.mean(measured / measured[:, :1], axis=0), 1.0, atol=0.02)


def test_without_symmetry_they_are_the_closed_form():
    network = dmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(0.5))
    exact = dmft.solve_two_site(dmft.solve_stationary(network), lags=[0.0]).kernel
    sampled = dmft.solve_two_site(
        dmft.solve_stationary(network.replace(symmetry=1e-9), method=dmft.Sampled(64)), lags=[0.0]
    ).kernel
    w1, w2, lags = np.array([0.0, 0.3]), np.array([0.1, -0.35]), np.array([-3.0, 0.0, 4.0])
    for kind in KINDS:
        np.testing.assert_allclose(
            sampled.at_frequencies(w1, w2, kind), exact.at_frequencies(w1, w2, kind), rtol=2e-3, atol=1e-5
        )
        np.testing.assert_allclose(sampled.on_diagonal(lags, kind), exact.on_diagonal(lags, kind), rtol=2e-3)
        np.testing.assert_allclose(sampled.single(lags, kind), exact.single(lags, kind), rtol=1e-3)


@pytest.mark.parametrize("symmetry", [0.4, -0.4])
@pytest.mark.parametrize("of", ["phi", "x"])
def test_linear_network_obeys_the_lyapunov_equation(symmetry, of):
    network = dmft.RandomNetwork(g=0.6, nonlinearity=dmft.Linear(), drive=dmft.WhiteNoise(1.3), symmetry=symmetry)
    j = drawn(60, 0.6, symmetry, 3)
    exact = solve_continuous_lyapunov(j - np.eye(60), -1.3 * np.eye(60))
    found = dmft.covariance_of(j, dmft.solve_stationary(network, method=dmft.Sampled(64)), of=of)
    # what is fed back at frequencies above that of the step, pi/0.2, is missing
    np.testing.assert_allclose(found.matrix, exact, atol=1e-3 * np.max(exact))


def test_equal_time_is_the_integral_over_frequencies():
    """C^x(0) is sampled, its spectrum comes from the response: to the scatter of both, .2 % at 256 paths."""
    network = dmft.RandomNetwork(g=3.0, symmetry=0.3)
    solution = dmft.solve_stationary(network, method=dmft.Sampled(256))
    two_site = dmft.solve_two_site(solution, lags=[0.0])
    j = drawn(40, 3.0, 0.3, 2)
    omega = 0.02 * (np.arange(600) + 0.5)
    for of in ("phi", "x"):
        found = dmft.covariance_of(j, solution, of=of).matrix
        total = sum(at_frequency(j, two_site, of, w).real for w in omega) * 0.02 / np.pi
        np.testing.assert_allclose(found, total, atol=2e-3 * np.max(total))


def test_an_unstable_linear_equivalent_is_refused():
    solution = dmft.solve_stationary(dmft.RandomNetwork(g=3.0, symmetry=0.3), method=dmft.Sampled(64))
    j = drawn(60, 3.0, 0.3, 2)
    dmft.covariance_of(j, solution)
    with pytest.raises(dmft.DMFTError, match="unstable in 1 modes"):
        dmft.covariance_of(j + 9.0 / 60, solution)


def test_refuses_a_solution_that_did_not_converge():
    solution = dmft.solve_stationary(dmft.RandomNetwork(g=3.0, symmetry=0.3), method=dmft.Sampled(64))
    failed = dataclasses.replace(solution, convergence=dmft.Convergence(dmft.Status.MAX_STEPS, 0.1, 3))
    with pytest.raises(ValueError, match="stationary must have converged"):
        dmft.solve_two_site(failed)
