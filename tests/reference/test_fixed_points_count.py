"""The complexity of fixed points against `make_fixed_points_reference.py`, roots one by one, and small networks."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

from dmft import Erf, PlasticNetwork, ReLU, Tanh
from dmft.theories.fixed_points import coexistence_threshold, fixed_points
from dmft.theories.fixed_points.branches import StableStates
from dmft.theories.fixed_points.complexity import complexity_at
from validation.simulators.plastic_fixed_points import count_fixed_points

ROWS = json.loads(Path(__file__).with_name("fixed_points_reference.json").read_text())
COMPLEXITIES = {(row["k"], row["g"]): row["value"] for row in ROWS if row["quantity"] == "complexity"}
THRESHOLDS = {row["g"]: row["value"] for row in ROWS if row["quantity"] == "threshold"}


@pytest.mark.parametrize(("k", "g"), [(2, 0.8), (2, 1.5), (2, 2.0), (2, 3.0), (3, 1.5), (3, 2.0)])
def test_complexity(k, g):
    assert fixed_points(PlasticNetwork(g=g, k=k, p=2.5)).complexity == pytest.approx(COMPLEXITIES[k, g], abs=1e-3)


@pytest.mark.long
@pytest.mark.parametrize("g", [1.0, 2.0])
def test_coexistence_threshold(g):
    assert coexistence_threshold(PlasticNetwork(g=g, k=0.0, p=1.0), tol=5e-4) == pytest.approx(THRESHOLDS[g], abs=2e-3)


@pytest.mark.parametrize("nonlinearity", [Tanh(), Erf()])
def test_sum_over_branches_is_the_sum_over_roots(nonlinearity):
    """log E_h sum_b exp(theta phi^2 + mu chi^2) by finding the roots x = h + kappa phi(x) for each h."""
    g, k, q, theta, mu = 1.3, 2.0, 0.8, 0.7, -0.2
    kappa = k * q
    grid = np.linspace(-12, 12, 2001)
    nodes, node_weights = np.polynomial.legendre.leggauss(400)
    reach = 8 * g * np.sqrt(q)
    total = 0.0
    spinodal = StableStates(nonlinearity, g=g, k=k, q=q).spinodal_h
    edges = [-reach, -spinodal, spinodal, reach]  # the number of roots changes at the spinodals
    for a, b in pairwise(edges):
        for z, w in zip(0.5 * (b - a) * nodes + 0.5 * (a + b), 0.5 * (b - a) * node_weights, strict=True):
            f = grid - kappa * nonlinearity(grid) - z
            weight = w * np.exp(-z * z / (2 * g * g * q)) / np.sqrt(2 * np.pi * g * g * q)
            for i in np.flatnonzero(f[:-1] * f[1:] < 0):
                x = brentq(lambda x, z=z: x - kappa * nonlinearity(x) - z, grid[i], grid[i + 1])
                slope = nonlinearity.derivative(x)
                if kappa * slope < 1:
                    chi = slope / (1 - kappa * slope)
                    total += weight * np.exp(theta * nonlinearity(x) ** 2 + mu * chi**2)
    value = StableStates(nonlinearity, g=g, k=k, q=q).tilted(theta, mu)[0]
    assert value == pytest.approx(np.log(total), abs=2e-4)


@pytest.mark.long
@pytest.mark.parametrize(("g", "k"), [(1.5, 2.0), (1.5, 3.0), (3.0, 3.0)])
def test_complexity_against_all_fixed_points_of_small_networks(g, k):
    """Every stable fixed point of 100 networks of 12 neurons, found by trying all patterns of signs."""
    n, n_networks = 12, 100
    network = PlasticNetwork(g=g, k=k, p=2.5)
    rng = np.random.default_rng(12)
    numbers = [count_fixed_points(rng.standard_normal((n, n)) * g / np.sqrt(n), network) for _ in range(n_networks)]
    mean, error = np.mean(numbers), np.std(numbers, ddof=1) / np.sqrt(n_networks)
    # a factor of 1.4 in the number, which N -> infinity does not see, is .028; 5 errors are .03 to .04
    allowed = 5 * error / mean / n + 0.028
    complexity = fixed_points(network).complexity
    assert allowed < 0.07
    assert np.log(mean) / n == pytest.approx(complexity, abs=allowed)
    # the complexity at the neighbouring k would be seen to be wrong
    assert abs(np.log(mean) / n - fixed_points(network.replace(k=k + 0.5)).complexity) > allowed


def test_counting_fixed_points_of_a_network_known_by_hand():
    # without random couplings every pattern of signs is one, x = k q tanh x, as soon as k > 2.017; none below
    for k, expected in ((2.2, 2**6), (1.9, 0)):
        assert count_fixed_points(np.zeros((6, 6)), PlasticNetwork(g=1.0, k=k, p=1.0)) == expected
    with pytest.raises(ValueError, match="at most 18"):
        count_fixed_points(np.zeros((19, 19)), PlasticNetwork(g=1.0, k=1.0, p=1.0))


def test_a_nonlinearity_that_does_not_saturate_is_refused():
    with pytest.raises(ValueError, match="odd sigmoid"):
        fixed_points(PlasticNetwork(g=1.0, k=1.0, p=1.0, nonlinearity=ReLU()))


@pytest.mark.parametrize(("k", "q"), [(2.0, 0.95), (2.0, 0.9), (1.5, 0.85)])
def test_multipliers_minimise_the_dual_function(k, q):
    states = StableStates(Tanh(), g=3.0, k=k, q=q)
    count = complexity_at(states)

    def dual(theta, mu):
        return states.tilted(theta, mu)[0] - theta * q - mu / 9.0

    assert count.mu < -1e-4
    assert count.complexity == pytest.approx(dual(count.theta, count.mu), abs=1e-12)
    for theta, mu in ((0.05, 1.0), (-0.05, 1.0), (0.0, 1.3), (0.0, 0.7), (0.05, 1.3)):
        assert dual(count.theta + theta, mu * count.mu) > count.complexity
    # where the bulk binds, the constraints are met exactly
    assert 9.0 * count.weights @ states.chi**2 == pytest.approx(1.0, abs=1e-6)
    assert count.weights @ states.phi**2 == pytest.approx(q, abs=1e-9)


def test_a_rate_that_no_stable_state_has_counts_nothing():
    assert complexity_at(StableStates(Tanh(), g=2.0, k=0.5, q=0.5)).complexity == -np.inf
