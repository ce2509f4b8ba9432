"""Statements composed of parts: made, checked, replaced, stored, and refused with reasons."""

import pickle

import numpy as np
import pytest

import dmft
from dmft.models.serialization import network_from_mapping, network_to_mapping

EI = dmft.Network(
    {
        "E": dmft.Population(dmft.Tanh(), fraction=0.8, bias=0.2, drive=dmft.WhiteNoise(0.5)),
        "I": dmft.Population(dmft.Erf(), dmft.Leaky(0.7), bias=0.1),
    },
    dmft.Couplings(dmft.Random(g=[[2.4, 3.0], [2.6, 3.4]]), dmft.Mean([[1.0, -2.0], [1.0, -2.0]], scale=3.0)),
)
ONE = dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(1.8)))


def test_a_short_name_is_composed_of_parts():
    noise = dmft.WhiteNoise(0.3)
    assert dmft.RandomNetwork(1.8, drive=noise, symmetry=0.2).compose() == dmft.Network(
        dmft.Population(drive=noise), dmft.Couplings(dmft.Random(1.8, 0.2))
    )
    assert dmft.BalancedNetwork(2.0, 100, J0=0.5, I0=2.0).compose() == dmft.Network(
        dmft.Population(dmft.ReLU(), bias=20.0), dmft.Couplings(dmft.Random(2.0), dmft.Mean(-0.5, 10.0))
    )
    assert dmft.PlasticNetwork(2.0, -1.0, 2.5).compose() == dmft.Network(
        dmft.Population(), dmft.Couplings(dmft.Random(2.0), plastic=dmft.Hebbian(-1.0, 2.5))
    )
    assert dmft.Network(dmft.Population(), dmft.Random(1.8)) == ONE
    assert ONE.compose() is ONE


def test_fractions_are_what_the_others_leave():
    assert EI.fractions == pytest.approx((0.8, 0.2))
    three = dmft.Network({"a": dmft.Population(fraction=0.5), "b": dmft.Population(), "c": dmft.Population()})
    assert three.fractions == pytest.approx((0.5, 0.25, 0.25))
    assert ONE.fractions == (1.0,)


def test_paths_reach_every_part():
    other = EI.replace(
        **{
            "populations.E.drive.intensity": 0.3,
            "populations.I.dynamics.tau": 2.0,
            "couplings.random.g.E.I": 9.0,
            "couplings.mean.scale": 5.0,
        }
    )
    assert other.populations["E"].drive == dmft.WhiteNoise(0.3)
    assert other.populations["I"].dynamics == dmft.Leaky(2.0)
    assert other.couplings.random.g == ((2.4, 9.0), (2.6, 3.4))
    assert other.couplings.mean == dmft.Mean([[1.0, -2.0], [1.0, -2.0]], scale=5.0)
    assert EI.replace(**{"couplings.random.g.1.0": 7.0}).couplings.random.g[1][0] == 7.0
    both = ONE.replace(**{"populations.drive": dmft.WhiteNoise(1.0) + dmft.Sinusoid(1.0, 0.2)})
    assert both.replace(**{"populations.drive.drives.1.amplitude": 3.0}).populations.drive.drives[1].amplitude == 3.0


def test_changes_that_belong_together_are_made_together():
    """Each fraction alone would not add up to 1 with the other one."""
    network = EI.replace(**{"populations.I.fraction": 0.2})
    assert network.replace(**{"populations.E.fraction": 0.7, "populations.I.fraction": 0.3}).fractions == (0.7, 0.3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"populations.X.bias": 1.0}, "populations has no 'X'; it has 'E', 'I'"),
        ({"couplings.random.g.E.X": 1.0}, "has no 'X'; it has 'E', 'I'"),
        ({"couplings.random.g.5.0": 1.0}, "has no '5'"),
        ({"couplings.plastic.k": 1.0}, "leads through couplings.plastic, which is None"),
        ({"populations.I.drive.intensity": 1.0}, "leads through populations.I.drive, which is None.*WhiteNoise"),
        ({"populations.E.colour": 1.0}, "populations.E is a Population and has no field 'colour'"),
        ({"populations.E.bias.x": 1.0}, "populations.E.bias is 0.2, which has no fields"),
        ({"populations.E.fraction": 1.2}, r"fraction must be in \[0, 1\], got 1.2"),
    ],
)
def test_paths_that_lead_nowhere(changes, message):
    with pytest.raises(ValueError, match=message):
        EI.replace(**changes)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: dmft.Network({}), ValueError, "at least one"),
        (lambda: dmft.Network(3), TypeError, "populations must be a Population"),
        (lambda: dmft.Network({"E": dmft.Tanh()}), TypeError, "got 'E': Tanh()"),
        (lambda: dmft.Network({"1 E": dmft.Population()}), ValueError, "must be a word, got '1 E'"),
        (lambda: dmft.Network(dmft.Population(), dmft.Mean(1.0)), TypeError, "couplings must be dmft.Couplings"),
        (lambda: dmft.Network(dmft.Population(fraction=0.5)), ValueError, "must add up to 1, got 0.5"),
        (
            lambda: dmft.Network({"a": dmft.Population(fraction=0.6), "b": dmft.Population(fraction=0.6)}),
            ValueError,
            "must add up to 1, got 1.2",
        ),
        (
            lambda: dmft.Network({"a": dmft.Population(fraction=1.0), "b": dmft.Population()}),
            ValueError,
            "leave nothing for the others",
        ),
        (
            lambda: dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random([[1.0, 2.0], [3.0, 4.0]]))),
            ValueError,
            "couplings.random.g must have a row and a column for each of the 1 populations, got 2 x 2",
        ),
        (lambda: dmft.Random([[1.0, -2.0], [3.0, 4.0]]), ValueError, "no negative entry"),
        (lambda: dmft.Random([1.0, 2.0]), ValueError, "square matrix"),
        (lambda: dmft.Random("a"), TypeError, "g must be a real number"),
        (lambda: dmft.Mean([[1.0, np.inf], [0.0, 0.0]]), ValueError, "finite, got inf"),
        (lambda: dmft.Mean(1.0, 0.0), ValueError, "scale must be finite and positive"),
        (lambda: dmft.Couplings(dmft.Mean(1.0)), TypeError, "random must be None or a Random"),
        (lambda: dmft.Hebbian(1.0, 0.0), ValueError, "p must be finite and positive"),
        (lambda: dmft.Leaky(-1.0), ValueError, "tau must be finite and positive"),
        (lambda: dmft.Population(dynamics=2.0), TypeError, "dynamics must be Leaky"),
        (lambda: dmft.Population(drive=3.0), TypeError, "drive must be None, an instance of WhiteNoise"),
        (lambda: dmft.WhiteNoise(1.0) + 3.0, TypeError, "unsupported operand"),
        (lambda: dmft.Sum((3.0,)), TypeError, "what is added must be drives"),
    ],
)
def test_refuses(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    "network", [EI, ONE, ONE.replace(**{"populations.drive": dmft.WhiteNoise(1) + dmft.Constant(2)})]
)
def test_a_statement_is_data(network):
    assert network_from_mapping(network_to_mapping(network)) == network
    assert pickle.loads(pickle.dumps(network)) == network
    assert hash(network) == hash(network_from_mapping(network_to_mapping(network)))


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            dmft.Network(
                dmft.Population(dynamics=dmft.Map(), drive=dmft.OrnsteinUhlenbeck(1.0, 2.0)),
                dmft.Couplings(low_rank=dmft.LowRank(1.5)),
            ),
            "white noise and constant inputs are solved",
        ),
        (
            dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(1.0, 0.1), plastic=dmft.Hebbian(1.0, 2.0))),
            "AtRest: plastic couplings.*EnergyOrbit: .*LagEquation: .*Balanced: .*Sampled: of the theory of plastic",
        ),
    ],
)
def test_what_no_method_solves_is_refused_with_reasons(network, message):
    with pytest.raises(ValueError, match=message):
        dmft.solve_stationary(network)


def test_only_a_population_alone_has_no_name():
    with pytest.raises(ValueError, match="must be a word, got ''"):
        dmft.Network({"": dmft.Population(fraction=0.5), "I": dmft.Population()}, dmft.Random(1.0))


def test_a_wrong_word_is_refused_before_the_work():
    with pytest.raises(ValueError, match="on_failure must be one of"):
        dmft.solve_stationary(dmft.RandomNetwork(2.0), method="none", on_failure="return")
