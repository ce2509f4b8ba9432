"""The exponent of plastic networks where it is known."""

import numpy as np
import pytest

from dmft import Erf, PlasticNetwork, RandomNetwork, solve_plastic, solve_stationary
from dmft.observables.lyapunov import lyapunov_exponent


@pytest.mark.parametrize(("g", "exact"), [(2.0, 0.1124581096), (3.0, 0.2354609640)])
def test_without_plasticity_it_is_that_of_the_random_network(g, exact):
    solution = solve_plastic(PlasticNetwork(g=g, k=0.0, p=2.5), samples=64, noise_seeds=2)
    exponent = lyapunov_exponent(solution)
    assert exponent == pytest.approx(exact, abs=1e-4)
    assert exponent.standard_error < 1e-4


def test_without_plasticity_for_another_nonlinearity():
    solution = solve_plastic(PlasticNetwork(g=2.0, k=0.0, p=1.0, nonlinearity=Erf()), samples=64, noise_seeds=2)
    exact = lyapunov_exponent(solve_stationary(RandomNetwork(g=2.0, nonlinearity=Erf())))
    assert lyapunov_exponent(solution) == pytest.approx(exact, abs=1e-4)


def test_it_does_not_depend_on_the_number_of_paths():
    # no 1/M bias: the couplings of the perturbation are averaged out
    values = []
    network = PlasticNetwork(g=2.0, k=0.5, p=2.5)
    for samples in (48, 160):
        solution = solve_plastic(network, samples=samples, window=204.8, noise_seeds=3, on_failure="ignore")
        values.append(lyapunov_exponent(solution))
    error = np.hypot(values[0].standard_error, values[1].standard_error)
    assert abs(values[0] - values[1]) < 5 * error + 1e-3
    assert values[1].standard_error < 3e-3


def test_a_quiescent_state_has_the_exponent_of_the_linear_network():
    solution = solve_plastic(PlasticNetwork(g=0.8, k=0.5, p=2.5), samples=32, noise_seeds=2)
    assert lyapunov_exponent(solution) == pytest.approx(-0.2)
