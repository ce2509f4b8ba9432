"""Covariance matrices of drawn couplings against exact equations, plain sums over frequencies, and planar diagrams."""

import math

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

import dmft
from dmft.numerics.spectral_elements import HalfLine, graded_edges
from dmft.observables.covariance import _at_frequency


def drawn(n, g, seed):
    return np.random.default_rng(seed).standard_normal((n, n)) * (g / math.sqrt(n))


@pytest.mark.parametrize("of", ["phi", "x"])
def test_linear_network_obeys_the_lyapunov_equation(of):
    network = dmft.RandomNetwork(g=0.7, nonlinearity=dmft.Linear(), drive=dmft.WhiteNoise(1.3))
    couplings = drawn(60, 0.7, 3)
    exact = solve_continuous_lyapunov(couplings - np.eye(60), -1.3 * np.eye(60))
    found = dmft.covariance_of(couplings, dmft.solve_stationary(network), of=of)
    np.testing.assert_allclose(found.matrix, exact, atol=2e-8 * np.max(exact))
    np.testing.assert_allclose(found.eigenvalues, np.linalg.eigvalsh(exact)[::-1], rtol=1e-7)


@pytest.mark.parametrize("drive", [None, dmft.OrnsteinUhlenbeck(1.0, 0.7)], ids=["chaos", "coloured noise"])
@pytest.mark.parametrize("of", ["phi", "x"])
def test_equal_time_is_the_integral_over_frequencies(drive, of):
    stationary = dmft.solve_stationary(dmft.RandomNetwork(g=3.0, drive=drive))
    couplings = drawn(24, 3.0, 8)
    assert np.max(np.linalg.eigvals(couplings).real) * stationary.mean_slope < 0.97
    two_site = dmft.solve_two_site(stationary, lags=[0.0])
    mesh = HalfLine(graded_edges(0.02, np.inf, 300.0))
    total = sum(
        weight / np.pi * _at_frequency(couplings, two_site, of, w).real
        for w, weight in zip(mesh.nodes, mesh.weights, strict=True)
    )
    found = dmft.covariance_of(couplings, stationary, of=of).matrix
    np.testing.assert_allclose(found, total, atol=1e-6 * np.max(total))


def test_averaged_over_couplings_it_is_the_two_site_theory():
    """tr Sigma/N -> C(0) and tr Sigma^2/N -> psi_at(0), and the same at a frequency; to 1 %, within the error."""
    stationary = dmft.solve_stationary(dmft.RandomNetwork(g=1.5, drive=dmft.WhiteNoise(3.0)))
    two_site = dmft.solve_two_site(stationary)
    n, rows = 200, []
    for seed in range(10):
        couplings = drawn(n, 1.5, seed)
        row = []
        for of in ("phi", "x"):
            for frequency in (None, 0.05):
                found = dmft.covariance_of(couplings, stationary, of=of, frequency=frequency)
                single = (
                    two_site.kernel.single(0.0, of)
                    if frequency is None
                    else two_site.kernel.single_spectrum(2 * np.pi * frequency, of)
                )
                inverse = 1.0 / (found.dimension * float(np.trace(found.matrix).real / n / single) ** -2)
                expected = 1.0 / dmft.effective_dimension(two_site, of, frequency=frequency)
                row += [float(np.trace(found.matrix).real) / n / float(single), inverse / expected]
        rows.append(row)
    mean = np.mean(rows, axis=0)
    error = np.std(rows, axis=0, ddof=1) / math.sqrt(len(rows))
    assert np.all(error < 0.02)
    assert np.all(np.abs(mean - 1.0) < 4.0 * error)
