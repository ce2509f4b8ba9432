"""The frozen part of a state of one population, by two theories that share no solver, and where it is known."""

import numpy as np
import pytest

import dmft


@pytest.mark.parametrize("drive", [None, dmft.WhiteNoise(0.5), dmft.OrnsteinUhlenbeck(0.5, 2.0)])
@pytest.mark.parametrize("phi", ["tanh(x - 0.4)", "tanh(x) + 0.3"])
def test_two_theories_have_the_same_frozen_part(phi, drive):
    alone = dmft.solve_stationary(dmft.RandomNetwork(2.0, phi, drive))
    network = dmft.Network(dmft.Population(phi, drive=drive), dmft.Random(2.0))
    among = dmft.solve_stationary(network, method=dmft.Populations())
    assert alone.static_variance == pytest.approx(float(np.ravel(among.static_variance)[0]), rel=1e-8)
    assert 0.1 < alone.static_variance < alone.variance
    # What does not decay is the field of rates that do not: c = g^2 <phi phi>(c).
    assert alone.static_variance == pytest.approx(4.0 * float(alone.corr_phi_at(300.0)), rel=1e-10)


def test_it_is_all_of_a_fixed_point_and_nothing_of_odd_chaos():
    still = dmft.solve_stationary(dmft.RandomNetwork(0.5, "tanh(x) + 0.3"))
    assert still.state == "fixed point"
    assert still.static_variance == still.variance
    assert dmft.solve_stationary(dmft.RandomNetwork(2.0)).static_variance == 0.0
    under = dmft.solve_stationary(dmft.RandomNetwork(2.0, drive=dmft.Sinusoid(1.0, 0.2, "random")))
    assert np.isnan(under.static_variance)


def test_of_a_balanced_network_it_is_what_its_rates_keep():
    solution = dmft.solve_stationary(dmft.BalancedNetwork(2.0, size=1000))
    rates = float(solution.corr_phi_at(solution.lags[-1]))
    assert solution.static_variance == pytest.approx(4.0 * rates, rel=1e-6)
