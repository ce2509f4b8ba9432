"""Effective dimension with partially symmetric couplings, against independent couplings and exact linear networks."""

import math

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

import dmft


def test_vanishing_symmetry():
    network = dmft.RandomNetwork(g=2.0)
    exact = dmft.solve_two_site(dmft.solve_stationary(network))
    sampled = dmft.solve_two_site(dmft.solve_stationary(network.replace(symmetry=1e-9), samples=64))
    for of in ("phi", "x"):
        assert dmft.effective_dimension(sampled, of) == pytest.approx(dmft.effective_dimension(exact, of), rel=2e-3)
        np.testing.assert_allclose(sampled.psi_at([0.0, 6.0], of), exact.psi_at([0.0, 6.0], of), rtol=4e-3)


@pytest.mark.parametrize(("g", "symmetry"), [(0.5, 0.4), (0.7, -0.4)])
def test_linear_networks(g, symmetry):
    """Exact covariances from the Lyapunov equation, of drawn matrices."""
    network = dmft.RandomNetwork(g=g, nonlinearity=dmft.Linear(), drive=dmft.WhiteNoise(1.0), symmetry=symmetry)
    theory = dmft.effective_dimension(dmft.solve_two_site(dmft.solve_stationary(network, samples=256)), "x")
    n, rng = 400, np.random.default_rng(2)
    a = (math.sqrt(1 + symmetry) + math.sqrt(1 - symmetry)) / 2
    b = (math.sqrt(1 + symmetry) - math.sqrt(1 - symmetry)) / 2
    measured = []
    for _ in range(2):
        draw = rng.standard_normal((n, n)) * (g / math.sqrt(n))
        sigma = solve_continuous_lyapunov(a * draw + b * draw.T - np.eye(n), -np.eye(n))
        measured.append(np.trace(sigma) ** 2 / np.sum(sigma**2) / n)
    assert theory == pytest.approx(np.mean(measured), rel=0.02)


def test_carries_its_error():
    two_site = dmft.solve_two_site(dmft.solve_stationary(dmft.RandomNetwork(g=3.0, symmetry=0.3), samples=512))
    found = dmft.effective_dimension(two_site)
    # another sampler: .0416(1) from the equation sheet; single-site numbers enter through small differences
    assert 0.0 < found.standard_error < 0.004
    assert abs(found - 0.0416) < 4.0 * found.standard_error + 0.0006
    with pytest.raises(ValueError, match="of must be 'phi' or 'x' for partially symmetric couplings"):
        two_site.psi_at(0.0, of="x-phi")
