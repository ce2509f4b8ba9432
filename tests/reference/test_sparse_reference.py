"""Sparse couplings in discrete time against sums over plain grids: the correction of 1/K, and in-degrees that vary."""

import json
from pathlib import Path

import numpy as np
import pytest

import dmft

NUMBERS = json.loads(Path(__file__).with_name("sparse_reference.json").read_text())
SIGMOID = dmft.Symbolic("(1 + tanh(x))/2")
ENSEMBLES = {
    "gauss_exact": (False, True),
    "gauss_binomial": (False, False),
    "pm_exact": (True, True),
    "pm_binomial": (True, False),
}


@pytest.mark.parametrize("name", ENSEMBLES)
def test_the_correction_of_a_finite_in_degree(name):
    binary, exact = ENSEMBLES[name]
    couplings = dmft.Couplings.sparse(16, 0.0, deviation=0.5, binary=binary, exact=exact)
    solution = dmft.solve_stationary(dmft.Network(dmft.Population(dynamics=dmft.Map()), couplings))
    found = dmft.in_degree_correction(solution)
    assert solution.variance == pytest.approx(NUMBERS["K-corr"]["c0"], rel=1e-9)
    assert abs(found - NUMBERS["K-corr"][name]) < found.error + 1e-12
    assert found.error < 1e-7
    assert (
        round(float(found), 4)
        == {"gauss_exact": -0.1208, "gauss_binomial": -0.4036, "pm_exact": 0.1483, "pm_binomial": -0.1345}[name]
    )


def in_degree_network():
    couplings = dmft.Couplings.sparse(200, -3 / 200, 200 / 8000, deviation=2 / np.sqrt(200))
    return dmft.Network(dmft.Population(SIGMOID, dmft.Map(), bias=1.5), couplings)


@pytest.mark.long
@pytest.mark.parametrize(("row", "sd"), [("K-indegree", 0.3), ("K-indegree of 41 equal nodes", 0.3 * np.sqrt(42 / 40))])
def test_in_degrees_that_vary(row, sd):
    numbers, network = NUMBERS[row], in_degree_network()
    assert dmft.solve_stationary(network).variance == pytest.approx(numbers["c0_without"], rel=1e-9)
    spread = dmft.spread_in_degree(network.compose(), deviation=sd, nodes=6)
    solution, parts = dmft.solve_stationary(spread), np.array(spread.fractions)
    mean = parts @ solution.mean_x
    assert mean == pytest.approx(numbers["m"], abs=1e-8)
    assert parts @ (solution.variance + solution.mean_x**2) - mean**2 == pytest.approx(numbers["c0"], rel=1e-7)
    # to lowest order a Gaussian input of variance sd^2 (M <phi>)^2
    extra = 0.0
    for _ in range(60):
        solution = dmft.solve_stationary(network.replace(**{"populations.threshold_variance": extra}))
        extra = (sd * 3.0 * solution.mean_phi) ** 2
    assert solution.variance == pytest.approx(numbers["c0_gaussian_s"], rel=1e-7)


def test_few_nodes_are_a_continuum():
    """Gauss's rule: the error falls by orders with each node."""
    found = []
    for nodes in (1, 2, 3, 4, 8):
        network = dmft.spread_in_degree(in_degree_network(), deviation=0.3, nodes=nodes)
        solution, parts = dmft.solve_stationary(network), np.array(network.fractions)
        found.append(parts @ (solution.variance + solution.mean_x**2) - (parts @ solution.mean_x) ** 2)
    errors = np.abs(np.array(found[:-1]) - found[-1])
    assert errors[0] > 0.1
    assert np.all(errors[1:] < [1e-3, 1e-4, 1e-5])


def test_nothing_spreads_without_a_deviation():
    network = in_degree_network()
    spread = dmft.spread_in_degree(network, deviation=0.0, law="normal", nodes=3)
    np.testing.assert_allclose(
        dmft.solve_stationary(spread).variance, dmft.solve_stationary(network).variance, rtol=1e-9
    )
