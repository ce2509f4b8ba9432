"""Values and solutions: they carry their errors, cannot be written to, and survive pickling."""

import copy
import pickle

import numpy as np
import pytest

import dmft


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
    for solution in (stationary, dmft.solve_two_site(stationary)):
        printed = repr(solution)
        assert "array(" not in printed
        assert len(printed) < 600
        assert "RandomNetwork(g=2.0" in printed
        assert "converged" in printed
