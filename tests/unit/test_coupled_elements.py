"""Coupled functions on spectral elements, against one dense matrix."""

import numpy as np
import pytest

from dmft.numerics.coupled_elements import bent, sign_of_coupled, solve_coupled
from dmft.numerics.spectral_elements import HalfLine


def test_direct_solves_agree_with_a_dense_matrix():
    rng = np.random.default_rng(1)
    mesh, n_fields = HalfLine([0.0, 0.5, 1.7, 4.0], degree=6), 3
    n, scale = len(mesh.nodes), np.array([1.0, 4.0, 0.3])
    potential = np.eye(n_fields) + 0.3 * rng.normal(size=(n, n_fields, n_fields))
    right = rng.normal(size=(n, n_fields, 2))
    stiff = np.array([mesh.apply(0.0, column) for column in np.eye(n)]).T
    dense = np.einsum("ij,ab->iajb", stiff, np.diag(scale))
    dense[np.arange(n), :, np.arange(n), :] += mesh.weights[:, None, None] * potential
    size = n * n_fields
    expected = np.linalg.solve(dense.reshape(size, size), right.reshape(size, 2)).reshape(right.shape)
    np.testing.assert_allclose(solve_coupled(mesh, scale, potential, right), expected, rtol=1e-9, atol=1e-11)


def test_stiffness_is_that_of_the_mesh():
    mesh = HalfLine([0.0, 0.5, 1.7])
    values = np.stack([np.cos(mesh.nodes), np.exp(-mesh.nodes)], axis=1)
    expected = np.stack([mesh.apply(0.0, column) for column in values.T], axis=1)
    np.testing.assert_allclose(bent(mesh, values), expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_the_sign_of_the_determinant(seed):
    rng = np.random.default_rng(seed)
    mesh = HalfLine(np.array([0.0, 0.7, 1.5, 4.0]), degree=4)
    n, scale = len(mesh.nodes), rng.uniform(0.5, 2.0, 2)
    potential = rng.normal(-3.0, 3.0, (n, 2, 2))
    whole = np.zeros((n, 2, n, 2))
    for a in range(2):
        whole[:, a, :, a] += scale[a] * bent(mesh, np.eye(n))
        for b in range(2):
            whole[np.arange(n), a, np.arange(n), b] += mesh.weights * potential[:, a, b]
    assert sign_of_coupled(mesh, scale, potential) == np.linalg.slogdet(whole.reshape(2 * n, 2 * n))[0]
