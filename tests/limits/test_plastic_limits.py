"""Plastic networks where the answer is known: no plasticity, no gain, synapses that do not matter."""

import numpy as np
import pytest

from dmft import Erf, Linear, PlasticNetwork, RandomNetwork, solve_plastic, solve_stationary


@pytest.mark.parametrize(
    ("g", "nonlinearity", "corr_x", "corr_phi"),
    [
        # energy conservation, 10 digits: the table of tests of the stationary theory
        (2.0, None, 1.9248054137, 0.5131780660),
        (1.5, Erf(), 0.8387525278, 0.3849539069),
    ],
)
def test_without_plasticity_the_random_network_comes_out_exactly(g, nonlinearity, corr_x, corr_phi):
    extra = {} if nonlinearity is None else {"nonlinearity": nonlinearity}
    solution = solve_plastic(PlasticNetwork(g=g, k=0.0, p=2.5, **extra), samples=32, noise_seeds=2, rtol=1e-6)
    assert solution.corr_phi[0] == pytest.approx(corr_phi, abs=1e-5)
    assert solution.corr_x[0] == pytest.approx(corr_x, abs=1e-4)
    assert solution.state == "chaotic"
    exact = solve_stationary(RandomNetwork(g=g, **extra))
    # the taper at the end of the window moves the tail a little
    np.testing.assert_allclose(
        solution.corr_phi[:150], exact.corr_phi_at(solution.lags[:150]), atol=3e-4 * solution.corr_phi[0]
    )


@pytest.mark.parametrize(("g", "k"), [(0.8, 0.0), (0.8, 1.0), (0.9, -2.0)])
def test_below_the_transition_the_state_is_quiescent(g, k):
    solution = solve_plastic(PlasticNetwork(g=g, k=k, p=2.5), samples=32, noise_seeds=2)
    assert solution.state == "quiescent"
    assert solution.convergence.converged
    assert solution.corr_phi[0] == 0


def test_a_linear_network_below_gain_one_is_quiescent():
    solution = solve_plastic(PlasticNetwork(g=0.5, k=0.0, p=1.0, nonlinearity=Linear()), samples=32, noise_seeds=2)
    assert solution.state == "quiescent"


@pytest.mark.long
def test_slow_anti_hebbian_synapses_average_the_correlations_away():
    # kernel area (1/p) int C: the distance to k = 0 falls like 1/p once p exceeds the correlation time
    distance = []
    for p in (8.0, 32.0):
        solution = solve_plastic(PlasticNetwork(g=2.0, k=-1.0, p=p), samples=48, noise_seeds=2, window=320.0)
        distance.append(0.5131780660 - solution.corr_phi[0])
    assert distance[0] > 0.02
    assert 2.5 < distance[0] / distance[1] < 5.0
