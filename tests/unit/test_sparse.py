"""Sparse couplings: their moments by block, how they are drawn, and what is refused."""

import math

import numpy as np
import pytest

import dmft
import validation
from dmft.models.serialization import network_from_mapping, network_to_mapping
from validation.plan import planned
from validation.simulators.requirements import needed_bytes
from validation.simulators.simulator import Simulator

UNITS = {"E": dmft.Population(fraction=0.8), "I": dmft.Population()}
DEGREES, WEIGHTS = [[80, 20], [40, 10]], [0.1, -0.45]


def drawn(network, n, **settings):
    generators = [np.random.default_rng(i) for i in range(4)]
    return Simulator(network, n, dt=0.1, dtype=np.float64, generators=generators, **settings)


def test_moments_by_block_are_those_of_bernoulli_synapses():
    """M = N p w, G = N p (1 - p) w^2 (+ N p d^2), with K = p f N inputs."""
    network = dmft.Network(UNITS, dmft.Couplings.sparse(DEGREES, WEIGHTS, [[0.1, 0.1], [0.05, 0.05]], deviation=0.2))
    couplings = network.compose().couplings
    assert couplings.synapses is None
    p, w = np.array([[0.1, 0.1], [0.05, 0.05]]), np.array([WEIGHTS, WEIGHTS])
    np.testing.assert_allclose(couplings.mean.strength, 1000 * p * w)
    np.testing.assert_allclose(np.square(couplings.random.g), 1000 * p * ((1 - p) * w**2 + 0.04))
    assert network.couplings.synapses.size(network.fractions) == pytest.approx(1000)


def test_a_number_of_inputs_is_from_all_populations_alike():
    couplings = dmft.Network(UNITS, dmft.Couplings.sparse(100, 0.2)).compose().couplings
    np.testing.assert_allclose(couplings.mean.strength, 100 * 0.2 * np.ones((2, 2)))
    np.testing.assert_allclose(np.square(couplings.random.g), 100 * 0.04 * np.ones((2, 2)))


def test_terms_add_to_random_couplings_and_means():
    sparse = dmft.Couplings.sparse(100, 0.2).synapses
    both = dmft.Couplings(dmft.Random(1.5), dmft.Mean(-2.0, 3.0), synapses=sparse)
    couplings = dmft.Network(dmft.Population(), both).compose().couplings
    assert couplings.random.g == pytest.approx(math.sqrt(1.5**2 + 4.0))
    assert couplings.mean.strength == pytest.approx(20.0 - 6.0)
    matrix = drawn(dmft.Network(dmft.Population(), both), 2000).couplings
    assert 2000 * np.var(matrix) == pytest.approx(1.5**2 + 3.8, rel=0.01)
    assert 2000 * np.mean(matrix) == pytest.approx(14.0, abs=5 * math.sqrt(6.25 / 2000))


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("exact", [True, False])
def test_drawn_synapses_have_the_in_degrees_and_weights_stated(binary, exact):
    n = 1000
    couplings = dmft.Couplings.sparse(DEGREES, 0.0, deviation=[[0.1, 0.2], [0.3, 0.4]], binary=binary, exact=exact)
    matrix = drawn(dmft.Network(UNITS, couplings), n).couplings
    for a, rows in enumerate((slice(0, 800), slice(800, None))):
        for b, columns in enumerate((slice(0, 800), slice(800, None))):
            block, degree, d = matrix[rows, columns], DEGREES[a][b], [[0.1, 0.2], [0.3, 0.4]][a][b]
            inputs, chance = np.count_nonzero(block, axis=1), degree / block.shape[1]
            expected = 0.0 if exact else degree * (1 - chance)
            assert inputs.mean() == pytest.approx(degree, abs=5 * math.sqrt(expected / len(inputs)) + 1e-12)
            assert inputs.var() == pytest.approx(expected, rel=7 * math.sqrt(2 / len(inputs)), abs=1e-12)
            weights = block[block != 0]
            assert weights.std() == pytest.approx(d, rel=5 / math.sqrt(weights.size))
            assert (len(np.unique(np.round(weights, 12))) == 2) == binary


def test_weights_have_the_sign_of_their_column():
    matrix = drawn(dmft.Network(UNITS, dmft.Couplings.sparse(DEGREES, WEIGHTS)), 1000).couplings
    assert set(np.unique(matrix[:, :800])) == {0.0, 0.1}
    assert set(np.unique(matrix[:, 800:])) == {-0.45, 0.0}


@pytest.mark.parametrize("n_states", [1, 5])
def test_the_sparse_product_is_that_of_the_matrix(n_states):
    network = dmft.Network(UNITS, dmft.Couplings.sparse(DEGREES, WEIGHTS))
    sparse = drawn(network, 200, n_states=n_states, n_tangents=1)
    dense = drawn(network, 200, n_states=n_states, n_tangents=1, couplings=sparse.couplings)
    for _ in range(20):
        sparse.step()
        dense.step()
    np.testing.assert_allclose(sparse.x, dense.x, atol=1e-10)
    np.testing.assert_allclose(sparse.tangents, dense.tangents, atol=1e-10)
    np.testing.assert_allclose(sparse.jacobian(), dense.jacobian(), atol=1e-10)


def test_a_probability_is_that_of_one_size():
    network = dmft.Network(dmft.Population(), dmft.Couplings.sparse(20, 0.0, 0.1, deviation=0.3))
    settings = {"n_realizations": 1, "duration": 5.0, "burn_in": 1.0, "seed": 1}
    assert validation.simulate(network, **settings).sizes == (200,)
    with pytest.raises(ValueError, match="N = 200, got 300; leave probability out"):
        validation.simulate(network, 300, **settings)


def test_coherent_modes_are_warned_of():
    """Like the sheet's Dale network, p = 0.1, weights 0.1 and -0.45: far above the rule's 0.1."""
    network = dmft.Network(UNITS, dmft.Couplings.sparse([[80, 20]] * 2, WEIGHTS, 0.1))
    with pytest.warns(dmft.AccuracyWarning, match=r"at N = 1000 coherent modes"):
        simulation = validation.simulate(network, n_realizations=1, duration=1.0, burn_in=0.0, seed=1)
    with pytest.warns(dmft.AccuracyWarning, match=r"at N = 1000 coherent modes"):
        validation.compare({"mean_x.E": 0.0}, simulation)
    weak = dmft.Network(UNITS, dmft.Couplings.sparse(20, [0.02, -0.02]))
    validation.simulate(weak, 400, n_realizations=1, duration=1.0, burn_in=0.0, seed=1)


def test_a_large_sparse_network_is_not_taken_for_a_dense_one():
    """A million units of ten inputs: neither memory nor time of N^2 is asked for."""
    network = dmft.Network(dmft.Population(), dmft.Couplings.sparse(10, 0.0, deviation=0.5))
    plan = planned(network, 10.0, 0.0, None, "float32", "lyapunov", 1, None, "dense", "numpy")
    assert plan.seconds(10**6) < 60
    assert needed_bytes(network, 10**6, 1, 1, 4, "dense") < 2e9


def test_symmetry_between_populations_is_that_of_the_gains():
    gains = np.array([[1.0, 2.0], [0.5, 1.5]])
    matrix = drawn(dmft.Network(UNITS, dmft.Random(gains, symmetry=0.6)), 1000).couplings
    forth, back = matrix[:800, 800:], matrix[800:, :800].T
    assert 1000 * np.mean(forth * back) == pytest.approx(0.6 * 2.0 * 0.5, abs=6 * 1.0 / 400)


def test_sparse_couplings_are_data():
    network = dmft.Network(UNITS, dmft.Couplings.sparse(DEGREES, WEIGHTS, deviation=0.1, binary=True))
    assert network_from_mapping(network_to_mapping(network)) == network
    assert network.replace(**{"couplings.synapses.in_degree.E.I": 30}).couplings.synapses.in_degree[0][1] == 30


@pytest.mark.parametrize(
    ("arguments", "settings", "kind", "words"),
    [
        ((None, 0.1, 0.1), {}, TypeError, "of a probability p and N units it is p N"),
        ((-5, 0.1), {}, ValueError, "not negative"),
        ((0, 0.1), {}, ValueError, "positive for some block"),
        ((10, math.inf), {}, ValueError, "finite"),
        ((10, 0.1, 1.5), {}, ValueError, r"probability must be in \(0, 1\]"),
        ((10, 0.1), {"deviation": -1}, ValueError, "not negative"),
        ((10, 0.1), {"exact": True}, ValueError, "mean 0 with exact in-degrees"),
        ((10.5, 0.0), {"exact": True, "deviation": 1.0}, ValueError, "whole numbers"),
        ((10, 0.1), {"binary": 1}, TypeError, "binary must be True or False"),
        (([[1, 2], [3, 4]], [1, 2, 3]), {}, ValueError, "one size, got 2, 3"),
        (([[1, 2, 3]], 0.1), {}, ValueError, "square matrix"),
        (("many", 0.1), {}, TypeError, "in_degree"),
    ],
)
def test_bad_input_is_refused(arguments, settings, kind, words):
    with pytest.raises(kind, match=words):
        dmft.Couplings.sparse(*arguments, **settings)


def test_what_a_network_cannot_have_is_refused():
    with pytest.raises(ValueError, match="for each of the 2 populations, got 3 x 3"):
        dmft.Network(UNITS, dmft.Couplings.sparse(np.ones((3, 3)), 0.1))
    with pytest.raises(ValueError, match="of one network"):
        dmft.Network(UNITS, dmft.Couplings.sparse([[10, 10]] * 2, 0.1, 0.1))
    probe = {"A": dmft.Population(), "B": dmft.Population(fraction=0.0)}
    with pytest.raises(ValueError, match="0 from a population of fraction 0"):
        dmft.Network(probe, dmft.Couplings.sparse([[10, 10]] * 2, 0.1))
    with pytest.raises(ValueError, match="at most the number of units of the population it is from, got 80 of 40"):
        validation.simulate(dmft.Network(UNITS, dmft.Couplings.sparse(DEGREES, 0.1)), 50, seed=1)
    plain = dmft.Network(dmft.Population(), dmft.Random(1.5))
    with pytest.raises(TypeError, match=r"dmft\.Couplings\.sparse"):
        dmft.in_degree_correction(dmft.solve_stationary(plain))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"population": "X", "deviation": 0.1}, "one of ''; got 'X'"),
        ({"deviation": -0.1}, "not negative"),
        ({"deviation": 0.8}, "in-degrees must stay positive"),
        ({"deviation": 0.1, "law": "gamma"}, "law must be one of"),
        ({"deviation": 0.1, "nodes": 0}, "at least 1"),
    ],
)
def test_spreads_that_are_none_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        dmft.spread_in_degree(dmft.RandomNetwork(1.5), **settings)
