"""Filters as statements: what a text may say, exact cancellation, refusals by name, files."""

import json
import pickle

import numpy as np
import pytest

import dmft
from dmft.models.serialization import network_from_mapping, network_to_mapping


def test_a_text_and_its_name_are_the_same_filter():
    stated = dmft.Filter("1/(1+s+c/(1+ta*s))", c=1, ta=5)
    assert stated.transfer == dmft.Adaptation(1, 5).transfer
    z = np.array([0.3 + 2j, -0.2j])
    assert stated.transfer.at(z) == pytest.approx(1 / (1 + z + 1 / (1 + 5 * z)), rel=1e-14)
    assert stated == dmft.Filter("1/(1+s+c/(1+ta*s))", parameters={"c": 1, "ta": 5})
    assert hash(stated) == hash(pickle.loads(pickle.dumps(stated)))


def test_common_factors_cancel_exactly():
    unit = dmft.Filter("(s - 1)*(1 + 0.1*s)/((s - 1)*(1 + s)*(1 + 0.1*s))")
    assert unit.transfer.poles == pytest.approx([-1.0], abs=0)


def test_products_multiply_and_delays_add():
    unit = dmft.Leaky(1.0) * dmft.Synapse(0.5) * dmft.Delay(2.0) * dmft.Delay(1.0)
    z = 0.4 - 1.3j
    assert unit.transfer.at(z) == pytest.approx(np.exp(-3 * z) / ((1 + z) * (1 + 0.5 * z)), rel=1e-14)
    assert unit.transfer.shifted(0.2).at(z) == pytest.approx(unit.transfer.at(z + 0.2), rel=1e-14)
    assert dmft.Oscillator(2.0, 0.5).transfer.at(z) == pytest.approx(4 / (z * z + 0.5 * z + 4), rel=1e-14)


def test_the_realisation_is_the_filter():
    transfer = dmft.Filter("(1+2*s)/((1+s)*(3+s+s**2))").transfer
    flow, source, read = transfer.realisation()
    z = 0.7 + 0.2j
    assert read @ np.linalg.solve(z * np.eye(3) - flow, source) == pytest.approx(transfer.at(z), rel=1e-13)


@pytest.mark.parametrize(
    ("text", "settings", "words"),
    [
        ("1/(s-1)", {}, "stable.*1"),
        ("1/(1+s**2)", {}, "stable"),
        ("1/s", {}, "stable"),
        ("1+s", {}, "fall off"),
        ("(1+s)/(2+s)", {}, "fall off"),
        ("1/(1+q*s)", {}, "unknown name 'q'"),
        ("1/(1+s)", {"c": 1.0}, "'c' does not stand"),
        ("exp(-s)/(1+s)", {}, "delay="),
        ("1/(1+tanh(s))", {}, "quotient of polynomials"),
        ("1/(1+s**0.5)", {}, "whole number"),
        ("1/(1+s**s)", {}, "whole number"),
        ("1/(1-1)", {}, "division by zero"),
        ("0/(1+s)", {}, "must not be 0"),
        ("1/(1+s)**12/(2+s)", {}, "12 poles"),
        ("__import__('os')", {}, "no place"),
        ("1/(1+x)", {}, "unknown name 'x'"),
        ("1/(1+s)", {"delay": -1.0}, "delay"),
        ("1/(1+tanh*s)", {"tanh": 1.0}, "parameter must have a name"),
        ("1/(1+output*s)", {"output": 1.0}, "parameter must have a name"),
        ("1/(1+c*s)", {"c": float("nan")}, "c must be finite"),
        ("1/(1+c**9*s)", {"c": 1e100}, "stable"),
    ],
)
def test_what_is_no_filter_is_refused_by_name(text, settings, words):
    with pytest.raises((ValueError, TypeError), match=words):
        dmft.Filter(text, **settings)


@pytest.mark.parametrize("part", [dmft.Delay(1.0), dmft.Delay(1.0) * dmft.Delay(2.0)])
def test_a_factor_is_no_unit(part):
    with pytest.raises(ValueError, match="fall off"):
        dmft.Population(dynamics=part)


def test_no_factor_in_discrete_time():
    with pytest.raises(TypeError, match="a factor must be a filter"):
        dmft.Leaky() * dmft.Map()


NETWORK = dmft.Network(
    {
        "a": dmft.Population(dynamics=dmft.Filter("1/(1+s+c/(1+ta*s))", c=1, ta=5, delay=0.5), fraction=0.3),
        "b": dmft.Population(dynamics=dmft.Leaky() * dmft.Synapse(0.2) * dmft.Delay(1)),
    },
    dmft.Random(2.0),
)


def test_plain_data_and_back():
    assert network_from_mapping(json.loads(json.dumps(network_to_mapping(NETWORK)))) == NETWORK


def test_a_path_reaches_a_parameter():
    changed = NETWORK.replace(**{"populations.a.dynamics.parameters.ta": 7.0})
    assert changed.populations["a"].dynamics == dmft.Filter("1/(1+s+c/(1+ta*s))", c=1, ta=7, delay=0.5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bias": 0.1, "drive": dmft.Sinusoid(1.0, 0.5, "random")}, "mean of zero"),
        ({"threshold_variance": 0.1, "drive": dmft.Sinusoid(1.0, 0.5, "random")}, "mean of zero"),
        ({"drive": dmft.Sinusoid(1.0, 0.1)}, "common to all"),
        ({"drive": dmft.Sinusoid(1.0, 0.1, "random") + dmft.Sinusoid(1.0, 0.2, "random")}, "one frequency"),
        ({"nonlinearity": dmft.ReLU(), "drive": dmft.Sinusoid(1.0, 0.5, "random")}, "odd"),
    ],
)
def test_what_the_theory_of_filters_does_not_know(changes, words):
    population = dmft.Population(**({"dynamics": dmft.Adaptation(1, 5)} | changes))
    with pytest.raises(ValueError, match=words):
        dmft.solve_stationary(dmft.Network(population, dmft.Random(2.0)))


def test_other_theories_refuse_filters():
    network = dmft.Network(dmft.Population(dynamics=dmft.Adaptation(1, 5)), dmft.Random(2.0))
    with pytest.raises(ValueError, match=r"leaky units.*LinearUnits"):
        dmft.branches(network)
    with pytest.raises(ValueError, match="symmetry must be 0"):
        dmft.solve_stationary(dmft.Network(network.populations, dmft.Random(2.0, symmetry=0.3)))
    with pytest.raises(ValueError, match="leaky units"):
        dmft.solve_stationary(network, method=dmft.EnergyOrbit())


def test_numbers_of_a_filter_are_finite():
    with pytest.raises(ValueError, match="must be finite"):
        dmft.Filter("1e400/(1+s)")
