"""The largest lambda of coupled operators with positive inverses."""

import numpy as np
import pytest
from scipy.linalg import eig

from dmft.numerics.positive_root import constant_root, positive_root
from dmft.numerics.spectral_elements import HalfLine

TAU = np.array([1.0, 3.0])
COUPLING = np.array([[2.0, 1.0], [0.5, 4.0]])


def companion(stiff, coupling, tau):
    """Return the largest real lambda of (1 + lambda tau)^2 - coupling + stiff, a quadratic pencil, all dense."""
    size, square, twice = len(coupling), np.diag(tau**2), np.diag(2.0 * tau)
    rest = np.eye(size) - coupling + stiff
    left = np.block([[np.zeros((size, size)), np.eye(size)], [-rest, -twice]])
    right = np.block([[np.eye(size), np.zeros((size, size))], [np.zeros((size, size)), square]])
    values = eig(left, right, right=False)
    return float(np.max(values.real[np.abs(values.imag) < 1e-8]))


def test_a_constant_potential():
    expected = companion(np.zeros((2, 2)), COUPLING, TAU)
    assert constant_root(TAU, COUPLING) == pytest.approx(expected, rel=1e-12)
    assert constant_root(np.array([2.0, 2.0]), COUPLING) == pytest.approx(
        (np.sqrt(np.max(np.linalg.eigvals(COUPLING))) - 1.0) / 2.0, rel=1e-13
    )
    assert constant_root(np.array([2.0]), np.zeros((1, 1))) == -0.5


@pytest.mark.parametrize("strength", [0.05, 0.5, 3.0])
@pytest.mark.parametrize("ratio", [1.0, 4.0, 30.0])
def test_a_well_is_that_of_one_dense_matrix(strength, ratio):
    tau, mesh = np.array([1.0, ratio]), HalfLine([0.0, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0], degree=12)
    well = strength * COUPLING * (np.exp(-mesh.nodes / 3.0) + 0.1)[:, None, None]
    rate, u = positive_root(mesh, tau, well)
    n, w = len(mesh.nodes), mesh.weights
    stiff = np.array([mesh.apply(0.0, column) for column in np.eye(n)]).T / w[:, None]
    whole = np.zeros((2 * n, 2 * n))
    for a in range(2):
        for b in range(2):
            whole[a * n : (a + 1) * n, b * n : (b + 1) * n] = np.diag(well[:, a, b])
    of_lags = np.kron(np.diag(tau**2), stiff)
    assert rate == pytest.approx(companion(of_lags, whole, np.repeat(tau, n)), abs=1e-9)
    assert np.all(u > -1e-3)
