"""Covariance matrices of drawn couplings against exact equations, plain sums over frequencies, and planar diagrams."""

import math

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

import dmft


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


def spectra(stationary, drive, step, n):
    """Frequencies on half a circle of 2 n lags, with C^phi and C^I there, by a Fourier transform of C^phi(lag)."""
    lags = step * np.arange(n)
    half = np.where(lags < 60.0, stationary.corr_phi_at(np.minimum(lags, 60.0)), 0.0)
    omega = np.pi / (n * step) * np.arange(n + 1)
    c_phi = step * np.fft.rfft(np.concatenate([half, [0.0], half[:0:-1]])).real
    rate = 0.0 if drive is None else 1.0 / drive.correlation_time
    c_i = np.zeros(n + 1) if drive is None else 2.0 * drive.variance * rate / (rate**2 + omega**2)
    return omega, c_phi, c_i


@pytest.mark.long
@pytest.mark.parametrize("drive", [None, dmft.OrnsteinUhlenbeck(1.0, 0.7)], ids=["chaos", "coloured noise"])
@pytest.mark.parametrize("of", ["phi", "x"])
def test_equal_time_is_the_integral_over_frequencies(drive, of):
    """Linear equivalence, R = (1/S - J)^-1, Q = R/S - 1, A = C^phi (1/|S|^2 - g^2), summed over frequencies.

    Sigma^phi = A R R+, and Sigma^x = |F|^2 (C^I R R+/|S|^2 + (A - C^I) Q Q+), F = 1/(1 + i w), S = <phi'> F.
    """
    stationary = dmft.solve_stationary(dmft.RandomNetwork(g=3.0, drive=drive))
    couplings = drawn(24, 3.0, 8)
    assert np.max(np.linalg.eigvals(couplings).real) * stationary.mean_slope < 0.97
    omega, c_phi, c_i = spectra(stationary, drive, 0.02, 2**15)
    weight = np.full(len(omega), (omega[1] - omega[0]) / np.pi)
    weight[0] *= 0.5
    total, eye = np.zeros((24, 24)), np.eye(24)
    for part in np.array_split(np.flatnonzero(omega < 80.0), 40):
        inverse_s = (1.0 + 1j * omega[part]) / stationary.mean_slope
        source = c_phi[part] * (np.abs(inverse_s) ** 2 - 9.0)
        resolvent = np.linalg.inv(inverse_s[:, None, None] * eye - couplings)
        sigma = resolvent @ np.conj(np.swapaxes(resolvent, 1, 2))
        if of == "phi":
            sigma = source[:, None, None] * sigma
        else:
            q = inverse_s[:, None, None] * resolvent - eye
            sigma = (c_i[part] * np.abs(inverse_s) ** 2)[:, None, None] * sigma
            sigma += (source - c_i[part])[:, None, None] * (q @ np.conj(np.swapaxes(q, 1, 2)))
            sigma /= (1.0 + omega[part] ** 2)[:, None, None]
        total += np.einsum("w,wij->ij", weight[part], sigma.real)
    found = dmft.covariance_of(couplings, stationary, of=of).matrix
    np.testing.assert_allclose(found, total, atol=1e-6 * np.max(total))


@pytest.mark.long
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
