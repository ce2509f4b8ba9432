"""The joint Jacobian of neurons and synapses: the reduction to 2 N against all N + N^2 eigenvalues."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from dmft import Erf, PlasticNetwork, Tanh
from validation.simulators.plastic_jacobian import joint_jacobian


def _flow(state, network, couplings):
    n = len(couplings)
    x, plastic = state[:n], state[n:].reshape(n, n)
    phi = np.tanh(x) if isinstance(network.nonlinearity, Tanh) else network.nonlinearity(x)
    dx = -x + (couplings + plastic) @ phi
    da = (-plastic + network.k / n * np.outer(phi, phi)) / network.p
    return np.concatenate([dx, da.ravel()])


def _brute_force(state, network, couplings):
    """The Jacobian of the flow by complex steps: exact to rounding, and no derivative of anything by hand."""
    columns = []
    for i in range(len(state)):
        moved = state.astype(complex)
        moved[i] += 1e-30j
        columns.append(_flow(moved, network, couplings).imag / 1e-30)
    return np.array(columns).T


@pytest.mark.parametrize(
    "network",
    [
        PlasticNetwork(g=2.0, k=1.0, p=2.5),
        PlasticNetwork(g=2.0, k=-4.0, p=0.7),
        PlasticNetwork(g=0.8, k=2.0, p=10.0, nonlinearity=Erf()),
    ],
)
def test_reduction_to_2n(network):
    n = 12
    rng = np.random.default_rng(7)
    couplings = network.g / np.sqrt(n) * rng.standard_normal((n, n))
    x = 1.5 * rng.standard_normal(n)
    plastic = 0.3 * rng.standard_normal((n, n))  # any A: the reduction does not ask where it came from
    full = np.linalg.eigvals(_brute_force(np.concatenate([x, plastic.ravel()]), network, couplings))
    rate = -1.0 / network.p
    order = np.argsort(np.abs(full - rate))
    cluster, rest = full[order[: n * n - n]], full[order[n * n - n :]]
    np.testing.assert_allclose(cluster, rate, atol=1e-8)
    rule = network.compose().couplings.plastic
    phi, slope = network.nonlinearity(x), network.nonlinearity.derivative(x)
    reduced = np.linalg.eigvals(joint_jacobian(rule, couplings + plastic, phi, slope))
    distance = np.abs(rest[:, None] - reduced[None, :])
    rows, columns = linear_sum_assignment(distance)
    assert distance[rows, columns].max() < 1e-10
