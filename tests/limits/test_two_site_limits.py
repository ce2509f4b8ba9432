"""Two-site theory where it can be solved by hand, or from one matrix without any averaging."""

import math

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

import dmft
from dmft.theories.two_site.pole import PoleKernel


def solved(**settings):
    return dmft.solve_two_site(dmft.solve_stationary(dmft.RandomNetwork(**settings)))


@pytest.mark.parametrize("g", [0.1, 0.5, 0.9, 0.99])
def test_linear_network_at_zero_frequency(g):
    two_site = solved(g=g, nonlinearity=dmft.Linear(), drive=dmft.WhiteNoise(1.7))
    for of in ("phi", "x"):
        assert dmft.effective_dimension(two_site, of, frequency=0.0) == pytest.approx((1 - g * g) ** 2, rel=1e-7)


@pytest.mark.parametrize("g", [0.5, 0.9])
def test_linear_network_phi_is_x(g):
    two_site = solved(g=g, nonlinearity=dmft.Linear(), drive=dmft.WhiteNoise(1.0))
    lags = np.array([0.0, 0.7, 5.0])
    for of in ("x", "x-phi"):
        np.testing.assert_allclose(two_site.psi_at(lags, of=of), two_site.psi_at(lags, of="phi"), rtol=1e-7)


def linear_covariances(couplings, intensity, lag):
    """Return Sigma and C(lag) = exp((J - 1) lag) Sigma of dx = (J - 1) x dt + noise, from the Lyapunov equation."""
    from scipy.linalg import expm

    n = len(couplings)
    drift = couplings - np.eye(n)
    sigma = solve_continuous_lyapunov(drift, -intensity * np.eye(n))
    return sigma, expm(drift * lag) @ sigma


@pytest.mark.parametrize("g", [0.4, 0.6])
def test_linear_network_against_lyapunov_equation(g):
    """Exact covariances of drawn matrices: their mean within its error (1 %) of the theory."""
    n, lag, n_matrices = 250, 1.5, 12
    two_site = solved(g=g, nonlinearity=dmft.Linear(), drive=dmft.WhiteNoise(1.0))
    rng = np.random.default_rng(11)
    measured = []
    for _ in range(n_matrices):
        sigma, later = linear_covariances(rng.standard_normal((n, n)) * (g / math.sqrt(n)), 1.0, lag)
        measured.append((np.sum(sigma**2) / n, np.sum(later**2) / n, np.sum(sigma * later) / n))
    expected = (*two_site.psi_at([0.0, lag]), _with_diagonal(two_site, 0.0, lag))
    ratio = np.array(measured) / expected
    error = np.std(ratio, axis=0, ddof=1) / math.sqrt(n_matrices)
    assert np.all(error < 0.012)
    assert np.all(np.abs(ratio.mean(axis=0) - 1.0) < 4.0 * error)


def _with_diagonal(two_site, lag1, lag2, of="phi"):
    single = two_site.kernel.single(np.array([lag1, lag2]), of)
    return float(two_site.psi(lag1, lag2, of=of)[0, 0] + single[0] * single[1])


def test_onset():
    """PR/N -> 4 kappa^3/(pi I) with kappa = eps/sqrt(3): the near-critical solution C ~ sech(kappa lag)."""
    from scipy.integrate import quad

    integral = quad(lambda y: 1.0 / np.cosh(0.5 * np.pi * y) ** 2 / (1.0 + y * y), -60, 60)[0]
    limit = 4.0 / (3.0**1.5 * np.pi * integral)
    assert limit == pytest.approx(0.23399, abs=5e-6)
    eps = np.array([0.004, 0.008, 0.016])
    for of in ("phi", "x"):
        scaled = [float(dmft.effective_dimension(solved(g=1.0 + e), of)) / e**3 for e in eps]
        # the correction is a power series in eps: extrapolate it away
        extrapolated = np.polynomial.Polynomial.fit(eps, scaled, 2).convert().coef[0]
        assert extrapolated == pytest.approx(limit, rel=2e-4)


def test_large_gain():
    """Saturated units: PR^phi/N -> .1265 and PR^x/N -> .0602, g <phi'> -> .935932, approached like 1/g."""
    gains = np.array([300.0, 1000.0])
    rows = []
    for g in gains:
        # the residual of the stationary solution is 1e-6 here, above what it accepts by default
        stationary = dmft.solve_stationary(dmft.RandomNetwork(g=g, nonlinearity=dmft.Erf()), on_failure="ignore")
        kernel = PoleKernel(stationary)
        zero = np.zeros(1)
        dimensions = [kernel.single(zero, of)[0] ** 2 / kernel.on_diagonal(zero, of)[0] for of in ("phi", "x")]
        rows.append((*dimensions, g * stationary.mean_slope))
    limits = [np.polynomial.Polynomial.fit(1 / gains, column, 1).convert().coef[0] for column in np.transpose(rows)]
    exact_slope = math.sqrt(2.0 / math.pi) / math.sqrt(2.0 * (1.0 - 2.0 / math.pi))
    for limit, expected, digits in zip(limits, (0.1265, 0.0602, exact_slope), (1e-4, 1e-4, 2e-6), strict=True):
        assert limit == pytest.approx(expected, abs=digits)


def test_without_coupling():
    """At g -> 0 units are independent: all N dimensions are filled."""
    two_site = solved(g=1e-3, drive=dmft.WhiteNoise(1.0))
    for of in ("phi", "x"):
        assert dmft.effective_dimension(two_site, of) == pytest.approx(1.0, abs=5e-6)


@pytest.mark.parametrize("intensity", [10.0, 25.0])
def test_strong_white_noise_decouples_neurons(intensity):
    """x moves by 1 within 1/intensity, so that phi(x) has frequencies far above those of the network: PR/N -> 1.

    x ~ N(0, intensity/2) is all but its own noise and <phi'> ~ 1/sqrt(intensity), so that 1 - PR/N ~ 1/intensity.
    """
    missing = []
    for strength in (intensity, 4.0 * intensity):
        network = dmft.RandomNetwork(g=0.5, drive=dmft.WhiteNoise(strength))
        two_site = dmft.solve_two_site(dmft.solve_stationary(network), lags=[0.0])
        assert two_site.convergence.residual < 1e-9
        missing.append(1.0 - dmft.effective_dimension(two_site, "phi"))
    assert missing[0] / missing[1] == pytest.approx(4.0, rel=0.1)
