"""What a perceptron refuses, how it is changed, stored and simulated."""

import dataclasses
import json
import math

import numpy as np
import pytest

import dmft
import validation
from dmft.models.serialization import network_from_mapping, network_from_options, network_to_mapping

BINARY = dmft.Perceptron.binary(0.8, (0.3, 0.15), positive=0.3)
SPARSE = dmft.Perceptron.binary(0.8, (0.04, 0.04), positive=0.04)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"excitatory": 1.2}, r"excitatory must be None or a fraction in \[0, 1\]"),
        ({"excitatory": -1e-9}, r"fraction in \[0, 1\]"),
        ({"excitatory": math.nan}, "must be finite"),
        ({"excitatory": 0.5, "cv": 0.0}, "cv must be finite and positive, got 0.0; inputs must vary"),
        ({"excitatory": 0.5, "cv": (1.0, -2.0)}, r"cv\[I\] must be finite and positive"),
        ({"excitatory": 0.5, "sd": (0.0, 1.0)}, r"sd\[E\] must be .*inputs must vary"),
        ({"excitatory": 0.5, "sd": (1.0, 1.0, 1.0)}, "an .E, I. pair, got 3"),
        ({"excitatory": 0.5, "cv": math.inf}, "finite"),
        ({"positive": 0.0}, "with all labels equal any load is stored"),
        ({"positive": 1.0}, "between 0 and 1"),
        ({"positive": -0.1}, "between 0 and 1"),
        ({"norm_bound": 0.0}, "norm_bound must be finite and positive"),
        ({"cv": (1.0, 2.0)}, "without a sign constraint"),
        ({"inputs": "poisson"}, "inputs must be one of"),
        ({"excitatory": 0.5, "inputs": "binary"}, r"sd = sqrt\(f \(1 - f\)\)"),
    ],
)
def test_refusals(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        dmft.Perceptron(**fields)


@pytest.mark.parametrize("fields", [{"excitatory": "half"}, {"cv": "1"}, {"sd": (1.0, None)}, {"positive": True}])
def test_refused_types(fields):
    with pytest.raises(TypeError, match="must be a real number"):
        dmft.Perceptron(**{"excitatory": 0.5} | fields)


@pytest.mark.parametrize("activity", [0.0, 1.0, (0.3, 1.5), (0.0, 0.2)])
def test_binary_inputs_must_vary(activity):
    with pytest.raises(ValueError, match=r"activity"):
        dmft.Perceptron.binary(0.5, activity)


def test_binary_inputs_have_their_moments():
    assert BINARY.means == pytest.approx((0.3, 0.15))
    assert BINARY.cv[0] ** 2 == pytest.approx(0.7 / 0.3)
    assert BINARY.inputs == "binary"


@pytest.mark.parametrize(
    "perceptron", [dmft.Perceptron(), BINARY, dmft.Perceptron(excitatory=0.2, cv=(1, 2), positive=0.1)]
)
def test_plain_data_and_back(perceptron):
    assert network_from_mapping(json.loads(json.dumps(network_to_mapping(perceptron)))) == perceptron


def test_paths_and_options():
    changed = BINARY.replace(inputs="gaussian").replace(**{"cv.I": 3.0, "sd.E": 0.1})
    assert (changed.cv[1], changed.sd[0]) == (3.0, 0.1)
    assert BINARY.number("cv.E")[0] == BINARY.cv[0]
    with pytest.raises(ValueError, match="it has 'E', 'I'"):
        BINARY.replace(**{"cv.X": 1.0})
    stated = network_from_options("Perceptron", ["excitatory=0.8", "cv=1.5,1", "positive=0.1"])
    assert stated == dmft.Perceptron(excitatory=0.8, cv=(1.5, 1.0), positive=0.1)


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: dmft.solve_capacity(dmft.RandomNetwork(2.0)), TypeError, "must be a dmft.Perceptron"),
        (lambda: dmft.solve_capacity(dmft.Perceptron), TypeError, "must be a dmft.Perceptron.*the class Perceptron"),
        (lambda: validation.simulate(dmft.Perceptron, 20, load=1, seed=1), TypeError, "the class Perceptron itself"),
        (lambda: validation.simulate(dmft.RandomNetwork, 20, seed=1), TypeError, "the class RandomNetwork itself"),
        (lambda: validation.train(dmft.Perceptron, size=20, load=1, seed=1), TypeError, "the class Perceptron itself"),
        (lambda: validation.simulate(BINARY, 20, load=1, seed=1, limits=("a", 1)), TypeError, "two real numbers"),
        (lambda: validation.simulate(BINARY, 20, load=1, seed=1, limits=(-1, 1)), ValueError, "low must be at least 0"),
        (
            lambda: validation.simulate(BINARY, 10**6, load=1, seed=1),
            ValueError,
            "take smaller sizes, or a smaller load$",
        ),
        (
            lambda: validation.train(BINARY, size=2, load=0.5, seed=1, epochs=10**11),
            ValueError,
            "smaller load, or fewer epochs$",
        ),
        (
            lambda: validation.memory_network(BINARY, BINARY.replace(positive=0.15), 10**4, 1.0, seed=1),
            ValueError,
            "10000 programs of .* take a smaller size",
        ),
        (lambda: dmft.solve_robustness(dmft.Perceptron, 0.3), TypeError, "must be a dmft.Perceptron"),
        (lambda: dmft.solve_regression(dmft.Perceptron, 0.3), TypeError, "must be a dmft.Perceptron"),
        (lambda: dmft.solve_capacity(BINARY, margin=-0.1), ValueError, "margin must be finite and not negative"),
        (lambda: dmft.solve_capacity(BINARY, size=1), ValueError, "size must be at least 2"),
        (lambda: dmft.solve_capacity(BINARY, size=10.0), TypeError, "integer"),
        (lambda: dmft.solve_capacity(BINARY, size=10**16), ValueError, "at most"),
        (lambda: dmft.solve_robustness(BINARY, 0.0), ValueError, "load must be finite and positive"),
        (lambda: dmft.solve_robustness(BINARY, -1.0), ValueError, "load must be finite and positive"),
        (lambda: dmft.solve_robustness(BINARY, 0.5, to="both"), ValueError, "to must be one of 'input', 'output'"),
        (lambda: dmft.solve_regression(BINARY, 0.5, limits=(1.0, 1.0)), ValueError, "low < high"),
        (lambda: dmft.solve_regression(BINARY, 0.5, limits=(-1.0, 1.0)), ValueError, "low must be at least 0"),
        (lambda: dmft.solve_regression(BINARY, 0.5, limits=3.0), TypeError, "a pair"),
        (lambda: dmft.solve_regression(BINARY, 0.5, limits=(0.0, math.nan)), ValueError, "low < high"),
        (lambda: dmft.solve_regression(BINARY, 0.5, ridge=-1.0), ValueError, "ridge"),
        (lambda: validation.simulate(BINARY, 20, seed=1), ValueError, "load must be given to measure separable"),
        (lambda: validation.simulate(BINARY, 20, load=-1, seed=1), ValueError, "load"),
        (
            lambda: validation.simulate(BINARY, 20, load=1, seed=1, measure="margin"),
            ValueError,
            "measure must be among",
        ),
        (lambda: validation.simulate(BINARY, 20, load=1, seed=1, measure=()), ValueError, "measure"),
        (lambda: validation.simulate(BINARY, 20, load=1, seed=1, measure=3), TypeError, "measure"),
        (lambda: validation.simulate(BINARY, 20, load=1, seed=-1), ValueError, "seed"),
        (lambda: validation.simulate(BINARY, 20, load=1, seed=1, duration=3.0), TypeError, "duration"),
        (lambda: validation.simulate(BINARY, 10**7, load=1, seed=1), ValueError, "memory"),
        (lambda: validation.simulate(BINARY, 20, load=1, seed=1, limits=(2, 1)), ValueError, "low < high"),
        (lambda: validation.train(BINARY, size=20, load=1, seed=1, decay=1.0), ValueError, "decay"),
        (lambda: validation.train(dmft.RandomNetwork(2.0), size=20, seed=1), TypeError, "no rule is known"),
        (lambda: validation.memory_network(BINARY, BINARY, 20, 0.2, seed=1), ValueError, "its own activity 0.15"),
        (lambda: validation.memory_network(dmft.Perceptron(), BINARY, 20, 0.2, seed=1), ValueError, "binary inputs"),
        (lambda: validation.memory_network(SPARSE, SPARSE, 20, 0.5, seed=1), ValueError, "in some patterns and not"),
        (lambda: validation.memory_network(3, BINARY, 20, 0.2, seed=1), TypeError, "must be a dmft.Perceptron"),
    ],
)
def test_bad_arguments(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()


@pytest.fixture(scope="module")
def simulation():
    return validation.simulate(
        BINARY, [20, 30], load=0.5, measure=("separable", "output_margin"), n_realizations=3, seed=1
    )


def test_the_same_seed_is_the_same_neuron(simulation, tmp_path):
    again = validation.simulate(
        BINARY,
        [30],
        load=0.5,
        measure=("output_margin", "separable"),
        n_realizations=5,
        seed=1,
        checkpoint=tmp_path / "log",
    )
    assert np.array_equal(again.values("output_margin", 30)[:3], simulation.values("output_margin", 30))
    resumed = validation.simulate(
        BINARY,
        [30],
        load=0.5,
        measure=("output_margin", "separable"),
        n_realizations=6,
        seed=1,
        checkpoint=tmp_path / "log",
    )
    assert np.array_equal(resumed.values("output_margin", 30)[:5], again.values("output_margin", 30))


def test_simulations_are_pooled_and_stored(simulation, tmp_path):
    more = validation.simulate(
        BINARY, [30, 40], load=0.5, measure=("separable", "output_margin"), n_realizations=2, seed=2
    )
    both = simulation + more
    assert both.n_realizations == {20: 3, 30: 5, 40: 2}
    validation.save(both, tmp_path / "s.npz")
    back = validation.load(tmp_path / "s.npz")
    assert back.plan == both.plan
    assert back.seeds == both.seeds
    assert "load 0.5" in str(back)
    assert back.to_xarray().attrs["load"] == 0.5
    other = validation.simulate(BINARY, 20, load=0.6, measure=("separable", "output_margin"), n_realizations=2, seed=2)
    with pytest.raises(ValueError, match="the same load"):
        simulation + other


def test_a_theory_of_another_question_is_not_compared(simulation):
    for theory, sentence in (
        (dmft.solve_robustness(BINARY, 0.4, to="output"), "the same load"),
        (dmft.solve_robustness(BINARY, 0.5, to="output", size=20), "N = 20"),
        (dmft.solve_robustness(BINARY.replace(positive=0.4), 0.5), "the same perceptron"),
        (dmft.solve_robustness(BINARY, 0.5), "no quantity in common"),
        (dmft.solve_capacity(BINARY, margin=0.3), "margin"),
        (dmft.solve_regression(BINARY, 0.5, ridge=0.2), "the same ridge"),
    ):
        with pytest.raises(ValueError, match=sentence):
            validation.compare(theory, simulation)


def test_a_load_beyond_capacity_is_not_compared():
    """The weights of the best iterate have no margin: nothing of them is a prediction."""
    beyond = validation.simulate(BINARY, [20, 30], load=3.0, measure="output_margin", n_realizations=3, seed=1)
    for size in (None, 20):
        with pytest.raises(ValueError, match=r"nothing to compare: .* below the capacity|N = 20"):
            validation.compare(dmft.solve_robustness(BINARY, 3.0, to="output", size=size), beyond)


def test_silence_does_not_recall_sparse_patterns():
    """4 % of the neurons differ from a silent state, fewer than the 5 % that dense patterns may have wrong."""
    able = SPARSE.replace(norm_bound=20.0)
    network = validation.memory_network(able, able, 60, 0.5, seed=1)
    silenced = dataclasses.replace(network, weights=np.zeros_like(network.weights))
    lost = silenced.recall(seed=1)
    assert 0.0 < lost.error < 0.05
    assert lost.recalled == np.mean(network.patterns.sum(axis=1) == 0.0) < 0.2  # patterns that are silent themselves
    assert lost.chance == pytest.approx(2 * 0.04 * 0.96)
    assert network.recall(seed=1).recalled > 2.0 * lost.recalled


def test_a_margin_that_some_draws_lack_is_not_compared_in_silence():
    perceptron = dmft.Perceptron(excitatory=0.8)
    simulation = validation.simulate(perceptron, 30, load=0.8, measure="input_margin", n_realizations=30, seed=1)
    lacking = int(np.isnan(simulation.values("input_margin", 30)).sum())
    assert lacking > 0
    with pytest.raises(ValueError, match=f"input_margin, .* in {lacking} of 30 draws at N = 30"):
        validation.compare(dmft.solve_robustness(perceptron, 0.8), simulation)
    held = simulation.values("input_norm", 30).copy()
    held[1:] = 1.0  # with margins in all draws, and a norm in all but one
    full = {name: np.full(30, 0.5) for name in simulation.variables}
    full["input_norm"] = np.where(np.arange(30) == 3, np.inf, held)
    part = dataclasses.replace(simulation, results=(dataclasses.replace(simulation.at(30), values=full),))
    with pytest.warns(dmft.AccuracyWarning, match="input_norm in . of 30 draws"):
        rows = validation.compare(dmft.solve_robustness(perceptron, 0.8, size=30), part).rows
    assert "input_margin" in {row.quantity for row in rows}
