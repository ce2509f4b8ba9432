"""Signals along random weights: linear networks by hand, enough nodes, transients that end there, finite networks."""

import numpy as np
import pytest

import dmft
from dmft.models.serialization import network_from_mapping, network_to_mapping
from validation.ensemble import realization_seed, root_seed
from validation.simulators.simulator import Simulator

SINE = dmft.Sinusoid(1.0, 0.1)


def second_moment(solution):
    """<x^2> over all units at each time, shape (n,)."""
    fractions = np.array(solution.blocks.fractions)
    return fractions @ (solution.variance + solution.mean_x**2)


@pytest.mark.parametrize(("weights", "square"), [("uniform", 1.0 / 3.0), ("normal", 1.0)])
def test_a_linear_network(weights, square):
    """Its mean over a period is <w^2> a^2/(2 (1 + w^2 - g^2)): 5e-4, whatever the law of the weights."""
    net = dmft.RandomNetwork(0.7, dmft.Linear(), drive=dmft.Weighted(SINE, weights, amplitude=1.5))
    expected = 1.5**2 * square / (2.0 * (1.0 + SINE.omega**2 - 0.7**2))
    assert np.mean(second_moment(dmft.solve_periodic(dmft.by_weight(net, 3), n=128))) == pytest.approx(
        expected, rel=5e-4
    )


@pytest.mark.long
@pytest.mark.parametrize("weights", ["uniform", "normal"])
def test_six_nodes_are_enough(weights):
    net = dmft.RandomNetwork(1.5, drive=dmft.Weighted(SINE, weights))
    few, many = (dmft.solve_periodic(dmft.by_weight(net, nodes), n=64) for nodes in (6, 12))
    error = {"uniform": 1e-6, "normal": 1e-3}[weights]
    assert np.max(np.abs(second_moment(few) / second_moment(many) - 1.0)) < error


@pytest.mark.long
def test_a_transient_ends_in_the_periodic_state():
    net = dmft.RandomNetwork(0.8, drive=dmft.Weighted(SINE, amplitude=2.0))
    locked = dmft.solve_periodic(dmft.by_weight(net, 3))
    moved = dmft.solve_nonstationary(dmft.by_weight(net, 3), 60.0)
    last = np.interp(0.3 + moved.times[-1] // 10 * 10 - 10, moved.times, second_moment(moved))
    assert last == pytest.approx(np.interp(0.3, locked.times, second_moment(locked)), rel=2e-3)


def test_a_network_beside_it():
    """N = 2000 below the onset of chaos: <x^2> over a period within 2 %, its scatter over networks being 1 %."""
    net = dmft.RandomNetwork(1.0, drive=dmft.Weighted(SINE, amplitude=3.0))
    simulator = Simulator(net, 2000, dt=0.1, generators=realization_seed(root_seed(3), 2000, 0).generators(4))
    for _ in range(400):
        simulator.step()
    squares = []
    for _ in range(100):
        squares.append(np.mean(simulator.x**2))
        simulator.step()
    locked = dmft.solve_periodic(net)
    theory = np.interp(0.1 * np.arange(100), locked.times, second_moment(locked), period=10.0)
    assert np.max(np.abs(np.array(squares) - theory)) < 0.02 * np.max(theory)
    assert np.max(np.abs(squares - np.roll(theory, 25))) > 0.1 * np.max(theory)  # and not at any other phase


def test_two_signals_of_one_population_are_all_pairs():
    net = dmft.RandomNetwork(1.0, drive=dmft.Weighted(SINE) + dmft.Weighted(dmft.Sinusoid(1.0, 0.1, phase=1.0)))
    stated = dmft.by_weight(net, 3)
    assert len(stated.named) == 9
    assert sum(stated.fractions) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="100 populations, at most 64"):
        dmft.by_weight(net, 10)


def test_populations_keep_their_names_and_couplings():
    parts = {
        "E": dmft.Population(fraction=0.8, drive=dmft.Weighted(SINE)),
        "I": dmft.Population(fraction=0.2, bias=0.1),
    }
    g = [[1.0, 0.5], [0.3, 0.7]]
    stated = dmft.by_weight(dmft.Network(parts, dmft.Couplings(dmft.Random(g))), 2)
    assert list(stated.named) == ["E0", "E1", "I"]
    np.testing.assert_allclose(stated.couplings.random.g, [[1.0, 1.0, 0.5], [1.0, 1.0, 0.5], [0.3, 0.3, 0.7]])
    assert dmft.by_weight(dmft.RandomNetwork(1.0)) == dmft.RandomNetwork(1.0)


def test_theories_that_do_not_know_it_refuse_it_by_name():
    net = dmft.RandomNetwork(1.0, drive=dmft.Weighted(SINE))
    for verb in (dmft.solve_stationary, dmft.critical_amplitude, dmft.branches):
        with pytest.raises(ValueError, match=r"size differs between units, got Weighted.*by_weight"):
            verb(net)


def test_what_is_no_signal_is_refused():
    for signal in (dmft.WhiteNoise(1.0), dmft.Sinusoid(1.0, 0.1, phases="random"), SINE + SINE, None):
        with pytest.raises(TypeError, match="signal must be one drive that all units share"):
            dmft.Weighted(signal)
    with pytest.raises(ValueError, match="weights must be one of"):
        dmft.Weighted(SINE, "binary")


def test_it_goes_to_plain_data_and_back():
    net = dmft.RandomNetwork(1.0, drive=dmft.Weighted(SINE, "normal", 0.3) + dmft.WhiteNoise(0.1))
    assert network_from_mapping(network_to_mapping(net)) == net
    assert net.replace(**{"drive.drives.0.amplitude": 2.0}).drive.drives[0].amplitude == 2.0
