"""Values and solutions: they carry their errors, cannot be written to, and survive pickling."""

import copy
import pickle

import numpy as np
import pytest

import dmft
from dmft.models.brief import brief


def test_a_value_is_a_float_with_its_error():
    value = dmft.Value(0.25, 0.01, "sampling", ((1, 0.3), (2, 0.26)))
    assert value == 0.25
    assert f"{value:.3f}" == "0.250"
    assert value + 1 == 1.25
    again = pickle.loads(pickle.dumps(value))
    assert (again, again.standard_error, again.method, again.history) == (0.25, 0.01, "sampling", value.history)
    assert copy.deepcopy(value).standard_error == 0.01


def test_an_error_carries_the_iterate_through_pickle():
    with pytest.raises(dmft.NotConvergedError) as caught:
        dmft.solve_stationary(dmft.RandomNetwork(1.5, dmft.Linear()))
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.solution.network == caught.value.solution.network


def test_solutions_are_frozen():
    solution = dmft.solve_stationary(dmft.RandomNetwork(2.0))
    with pytest.raises(AttributeError):
        solution.corr_x = np.zeros(3)
    with pytest.raises(ValueError, match="read-only"):
        solution.corr_x[0] = 1.0


def test_given_lags_are_not_shared_with_the_solution():
    lags = np.linspace(0, 5, 11)
    solution = dmft.solve_stationary(dmft.RandomNetwork(2.0), lags=lags)
    lags[0] = 7.0
    assert solution.lags[0] == 0.0


def test_repr_of_networks_evaluates_back():
    for network in (
        dmft.RandomNetwork(2.0),
        dmft.RandomNetwork(1.2, dmft.ThresholdPower(1.5), dmft.OrnsteinUhlenbeck(0.5, 2.0), symmetry=-0.4),
        dmft.RandomNetwork(1.2, dmft.Erf(), dmft.Sinusoid(1.0, 0.2, "random")),
    ):
        assert eval(repr(network), vars(dmft) | {name: getattr(dmft, name) for name in dmft.__all__}) == network
        assert hash(network) == hash(network.replace())


def test_a_solution_prints_in_a_line():
    stationary = dmft.solve_stationary(dmft.RandomNetwork(2.0))
    assert repr(stationary) == "<StationarySolution: CONVERGED, chaotic, RandomNetwork(g=2.0)>"
    assert repr([dmft.solve_two_site(stationary)]) == "[<TwoSiteSolution: CONVERGED, RandomNetwork(g=2.0)>]"


def test_printing_shows_each_number_with_its_error():
    both = dmft.Network(
        {"E": dmft.Population(fraction=0.5), "I": dmft.Population(dmft.Erf())}, dmft.Random([[2.0, 1.0], [1.5, 1.0]])
    )
    solution = dmft.solve_stationary(both)
    (line,) = [line for line in str(solution).splitlines() if line.split()[0] == "variance"]
    assert line.split() == ["variance", "E", f"{solution.variance[0]:.6g}", "I", f"{solution.variance[1]:.6g}"]
    clouds = dmft.Manifolds(np.random.default_rng(0).standard_normal((3, 5, 20)) + 1.0)
    capacity = dmft.solve_manifolds(clouds, seed=1)
    assert f"{capacity.capacity:.6g} ± {capacity.capacity_error:.1e}" in str(capacity)


def test_a_statement_in_brief_leaves_its_defaults_out():
    noisy = dmft.Population(dmft.Erf(), dmft.Leaky(2.0), drive=dmft.WhiteNoise(0.5), fraction=0.3)
    stated = {
        "RandomNetwork(g=2.0)": dmft.RandomNetwork(2.0),
        "RandomNetwork(g=1.2, drive=Sinusoid(amplitude=1.0, frequency=0.2))": dmft.RandomNetwork(
            1.2, drive=dmft.Sinusoid(1.0, 0.2)
        ),
    }
    for text, network in stated.items():
        assert brief(network) == text
    others = [
        dmft.Network({"a": noisy, "b": dmft.Population()}, dmft.Couplings(dmft.Random([[1.0, 2.0], [0.5, 1.0]]))),
        dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(0.8), low_rank=dmft.LowRank([[1.5]]))),
        dmft.Network(dmft.Population(dynamics=dmft.Dynamics("-x + 1.2*tanh(x) + h")), dmft.Random(1.5)),
        dmft.Network(dmft.Population(dynamics=dmft.Filter("1/(1+s)**2")), dmft.Random(1.0)),
        dmft.Perceptron(excitatory=0.8),
        dmft.GatedLinear(dmft.HalfSpaces(n_units=4, seed=1)),
    ]
    for network in [*stated.values(), *others]:
        assert eval(brief(network), vars(dmft) | {name: getattr(dmft, name) for name in dmft.__all__}) == network
