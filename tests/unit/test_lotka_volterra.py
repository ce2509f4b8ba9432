"""Species as units: their statement, what is refused, files, and the command line."""

import dataclasses
import pickle

import numpy as np
import pytest

import dmft
from dmft.models.serialization import network_from_mapping, network_to_mapping

NETWORK = dmft.LotkaVolterraNetwork(mu=4.0, sigma=0.8, symmetry=0.5)


def test_a_species_is_its_equations():
    unit = dmft.LotkaVolterra(1e-3)
    assert unit.dynamics() == dmft.Dynamics("x*(1-x+h) + immigration", output="x", immigration=1e-3)
    stated = unit.dynamics()
    assert (unit.sampled, unit.speaks, unit.fields) == (stated.sampled, stated.speaks, stated.fields)
    assert unit.immigrates == 1e-3
    assert stated.immigrates is None
    assert dmft.Leaky().immigrates is None
    assert eval(repr(unit), {"LotkaVolterra": dmft.LotkaVolterra}) == unit
    assert hash(pickle.loads(pickle.dumps(unit))) == hash(unit)


def test_the_short_name_is_a_network():
    whole = NETWORK.compose()
    species = dmft.Population(dynamics=dmft.LotkaVolterra())
    assert whole == dmft.Network(species, dmft.Couplings(dmft.Random(0.8, 0.5), dmft.Mean(-4.0)))
    assert network_from_mapping(network_to_mapping(NETWORK)) == NETWORK
    assert network_from_mapping(network_to_mapping(whole)) == whole
    assert NETWORK.replace(mu=1.0).compose().couplings.mean == dmft.Mean(-1.0)
    assert dmft.solve_stationary(whole).mean_x == dmft.solve_stationary(NETWORK).mean_x


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: dmft.LotkaVolterra(-1e-3), ValueError),
        (lambda: dmft.LotkaVolterra(float("nan")), ValueError),
        (lambda: dmft.LotkaVolterra("a little"), TypeError),
        (lambda: dmft.LotkaVolterraNetwork(4.0, 0.0), ValueError),
        (lambda: dmft.LotkaVolterraNetwork(float("inf"), 1.0), ValueError),
        (lambda: dmft.LotkaVolterraNetwork(4.0, 1.0, 1.5), ValueError),
        (lambda: dmft.LotkaVolterraNetwork(4.0, 1.0, 0.0, -1.0), ValueError),
        (lambda: dmft.Population(dmft.Tanh(), dmft.LotkaVolterra()), ValueError),
    ],
)
def test_what_is_no_species(make, error):
    with pytest.raises(error):
        make()


def population(**more):
    return dmft.Population(dynamics=dmft.LotkaVolterra(), **more)


@pytest.mark.parametrize(
    ("network", "says"),
    [
        (dmft.Network(population(), dmft.Couplings(mean=dmft.Mean(-1.0))), "random couplings"),
        (dmft.Network(population(drive=dmft.WhiteNoise(0.1)), dmft.Random(0.5)), "WhiteNoise"),
        (dmft.Network(population(threshold_variance=0.1), dmft.Random(0.5)), "threshold_variance"),
        (dmft.Network(population(bias=-1.5), dmft.Random(0.5)), "carrying capacity"),
        (dmft.Network({"a": population()}, dmft.Random(0.5)), "without a name"),
        (dmft.Network(population(), dmft.Couplings(dmft.Random(0.5), low_rank=dmft.LowRank([[1.0]]))), "low_rank"),
    ],
)
def test_what_the_closed_theory_does_not_know(network, says):
    with pytest.raises(ValueError, match=says):
        dmft.solve_stationary(network, method=dmft.UniqueFixedPoint())


@pytest.mark.parametrize(
    ("network", "says"),
    [
        (dmft.Network(population(threshold_variance=0.1), dmft.Random(0.5)), "threshold_variance"),
        (dmft.LotkaVolterraNetwork(4.0, 2.0), "immigration"),
    ],
)
def test_what_sampled_species_do_not_know(network, says):
    with pytest.raises(ValueError, match=says):
        dmft.solve_stationary(network, method=dmft.Sampled(64))


def test_the_method_is_of_species():
    with pytest.raises(ValueError, match="LotkaVolterra"):
        dmft.solve_stationary(dmft.RandomNetwork(2.0), method=dmft.UniqueFixedPoint())


def test_lags_and_functions_of_lag():
    solution = dmft.solve_stationary(NETWORK, lags=[0.0, 1.0, 5.0])
    assert np.all(solution.corr_x == solution.corr_x[0])
    assert solution.corr_x_at(17.0) == solution.corr_x[0]
    assert list(solution.corr_phi_at([0.0, 2.0])) == [solution.corr_x[0]] * 2
    assert solution.cov_x[0] == pytest.approx(solution.variance)
    assert (solution.state, solution.stable, solution.static_variance) == ("fixed point", True, solution.variance)
    assert "survival" in solution.to_xarray()
    assert "survival" not in dmft.solve_stationary(dmft.RandomNetwork(0.5)).to_xarray()


def test_what_is_not_known_of_species_is_refused():
    solution = dmft.solve_stationary(NETWORK)
    for ask in (dmft.effective_dimension, dmft.power_spectrum):
        with pytest.raises((TypeError, ValueError, dmft.DMFTError)):
            ask(solution)
    assert dmft.stability(solution).stable is True


def test_files(tmp_path):
    solution = dmft.solve_stationary(NETWORK.replace(immigration=1e-2))
    found = dmft.rate_distribution(solution)
    dmft.save(solution, tmp_path / "species.nc")
    again = dmft.load(tmp_path / "species.nc")
    assert (again.survival, again.response) == (solution.survival, solution.response)
    assert dataclasses.astuple(again.process) == dataclasses.astuple(solution.process)
    x = np.linspace(0.0, 1.0, 7)
    np.testing.assert_array_equal(dmft.rate_distribution(again).cdf(x), found.cdf(x))
    dmft.save(found, tmp_path / "law.nc")
    np.testing.assert_array_equal(dmft.load(tmp_path / "law.nc").pdf(x), found.pdf(x))


def test_extreme_statements_are_answered():
    """Bounded, or refused: no warning, no number without its error."""
    rng = np.random.default_rng(3)
    for _ in range(200):
        mu = rng.choice([rng.normal() * 3, 10 ** rng.uniform(-3, 8), -(10 ** rng.uniform(-3, 8))])
        sigma, rate = 10 ** rng.uniform(-12, 9), rng.choice([0.0, 10 ** rng.uniform(-200, 60)])
        network = dmft.LotkaVolterraNetwork(mu, sigma, rng.choice([-1.0, 1.0, rng.uniform(-1, 1)]), rate)
        solution = dmft.solve_stationary(network, on_failure="ignore")
        if solution.convergence.converged:
            assert solution.stable
            assert solution.convergence.error <= 1e-9
            assert 0 <= solution.mean_x <= np.sqrt(solution.corr_x[0]) * (1 + 1e-9)
