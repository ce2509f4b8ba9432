"""Composed statements in limits that are known: they are those of the short names, and of sums that are one drive."""

import pytest

import dmft


def one(population, couplings):
    return dmft.solve_stationary(dmft.Network(population, couplings))


def test_one_population_is_the_random_network():
    composed = one(dmft.Population(), dmft.Random(1.8))
    assert composed.variance == dmft.solve_stationary(dmft.RandomNetwork(1.8)).variance


def test_a_mean_and_a_bias_are_the_balanced_network():
    composed = one(dmft.Population(dmft.ReLU(), bias=10.0), dmft.Couplings(dmft.Random(2.0), dmft.Mean(-1.0, 10.0)))
    short = dmft.solve_stationary(dmft.BalancedNetwork(2.0, 100))
    assert (composed.variance, composed.mean_x) == (short.variance, short.mean_x)


@pytest.mark.parametrize("g", [0.5, 1.8])
@pytest.mark.parametrize(
    "population",
    [
        dmft.Population(bias=0.5),
        dmft.Population(drive=dmft.Constant(0.5)),
        dmft.Population(bias=0.2, drive=dmft.Constant(0.3)),
    ],
)
def test_a_constant_input_shifts_the_nonlinearity(g, population):
    """x = y + bias, y of a network with phi(y + bias): the two are solved by methods that share little."""
    biased = one(population, dmft.Random(g))
    shifted = dmft.solve_stationary(dmft.RandomNetwork(g, dmft.Symbolic("tanh(x + 0.5)")))
    assert biased.mean_x == pytest.approx(0.5, abs=1e-12)
    assert biased.variance == pytest.approx(shifted.variance, rel=1e-9)
    assert biased.state == shifted.state
    assert biased.corr_x_at(1.0) == pytest.approx(shifted.corr_x_at(1.0) + 0.25, rel=1e-8)


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (dmft.WhiteNoise(0.3) + dmft.WhiteNoise(0.2), dmft.WhiteNoise(0.5)),
        (dmft.OrnsteinUhlenbeck(0.3, 2.0) + dmft.OrnsteinUhlenbeck(0.2, 2.0), dmft.OrnsteinUhlenbeck(0.5, 2.0)),
        (dmft.OrnsteinUhlenbeck(0.3, 2.0) + dmft.WhiteNoise(0.0), dmft.OrnsteinUhlenbeck(0.3, 2.0)),
        (dmft.Sinusoid(1.5, 0.2, "random") + dmft.WhiteNoise(0.0), dmft.Sinusoid(1.5, 0.2, "random")),
    ],
)
def test_a_sum_that_is_one_drive(parts, whole):
    network = dmft.RandomNetwork(1.5)
    added, alone = (dmft.solve_stationary(network.replace(drive=drive)) for drive in (parts, whole))
    assert added.variance == pytest.approx(alone.variance, rel=1e-11)
    assert dmft.lyapunov_exponent(added) == pytest.approx(dmft.lyapunov_exponent(alone), abs=1e-9)


def test_weak_noise_on_top_of_a_sinusoid_changes_little():
    network = dmft.RandomNetwork(1.5, drive=dmft.Sinusoid(1.5, 0.2, "random"))
    alone = dmft.solve_stationary(network)
    weak = dmft.solve_stationary(network.replace(drive=network.drive + dmft.WhiteNoise(1e-6)))
    strong = dmft.solve_stationary(network.replace(drive=network.drive + dmft.WhiteNoise(2e-6)))
    first, second = weak.variance - alone.variance, strong.variance - alone.variance
    assert 0 < first < 1e-5
    assert second == pytest.approx(2.0 * first, rel=1e-3)


def test_what_is_not_solved_around_a_mean_is_refused():
    network = dmft.BalancedNetwork(2.0, 100)
    for drive in (
        dmft.WhiteNoise(0.1) + dmft.Sinusoid(1.0, 0.2, "random"),
        dmft.OrnsteinUhlenbeck(0.1, 1.0) + dmft.OrnsteinUhlenbeck(0.1, 2.0),
    ):
        with pytest.raises(ValueError, match=r"Balanced: around a mean, .* are not solved together"):
            dmft.solve_stationary(
                dmft.Network(dmft.Population(dmft.ReLU(), bias=10.0, drive=drive), network.compose().couplings)
            )
