"""Theory of sign-constrained neurons beside drawn patterns: capacity, margins, weights, fits, memory, the online rule.

Thresholds are three standard errors and what the theory of N inputs leaves out, 2/N of a load; each test says what
deviation it would see.
"""

import math

import numpy as np
import pytest

import dmft
import validation

BINARY = dmft.Perceptron.binary(0.8, (0.3, 0.15), positive=0.3)
SHEET = dmft.Perceptron(excitatory=0.2, cv=(1.0, 0.5**0.5), positive=0.1)


def simulated(perceptron, size, **settings):
    return validation.simulate(perceptron, size, **{"n_realizations": 60, "seed": 11} | settings)


def mean(simulation, name):
    (size,) = simulation.sizes
    values = simulation.values(name, size)
    return float(np.mean(values)), float(np.std(values, ddof=1) / math.sqrt(len(values)))


@pytest.mark.long
@pytest.mark.parametrize("excitatory", [None, 0.3, 0.8])
def test_capacity_at_equal_labels(excitatory):
    """3 SE + 2/N; SE 0.025 at N = 80, so that 12 % would be seen, of a half (signs) or of two (none)."""
    perceptron = dmft.Perceptron(excitatory=excitatory)
    for size in (40, 80):
        found, error = mean(simulated(perceptron, size, measure="capacity"), "capacity")
        expected = dmft.solve_capacity(perceptron).capacity
        assert abs(found - expected) < 3.0 * error + 2.0 / size
        assert error < 0.025 * max(expected, 1.0) * math.sqrt(80 / size)


@pytest.mark.long
def test_the_finite_form_sees_the_shift_at_unequal_labels():
    """N = 100: 1.452 of the form, 1.249 of the limit; the simulation rejects the limit by five errors."""
    found, error = mean(simulated(SHEET, 100, measure="capacity"), "capacity")
    assert abs(found - dmft.solve_capacity(SHEET, size=100).capacity) < 3.0 * error + 2.0 / 100
    assert found - dmft.solve_capacity(SHEET).capacity > 5.0 * error
    skewed, error = mean(simulated(SHEET.replace(inputs="gamma"), 100, measure="capacity"), "capacity")
    bracket = dmft.solve_capacity(SHEET).capacity, dmft.solve_capacity(SHEET, size=100).capacity
    assert bracket[0] - 3.0 * error < skewed < bracket[1] + 3.0 * error


def test_the_example_of_120_inputs():
    """kappa_out .467 of the form at N = 120 (.273 of the limit); 60 draws have an error of .01."""
    simulation = simulated(BINARY, 120, load=0.25, measure=("input_margin", "output_margin"))
    found, error = mean(simulation, "output_margin")
    theory = dmft.solve_robustness(BINARY, 0.25, to="output", size=120)
    assert error < 0.015
    assert abs(found - theory.margin) < 3.0 * error
    assert found - dmft.solve_robustness(BINARY, 0.25, to="output").margin > 10.0 * error
    assert mean(simulation, "output_norm")[0] == pytest.approx(1.0, abs=1e-6)
    inward, error = mean(simulation, "input_margin")
    of_input = dmft.solve_robustness(BINARY, 0.25, size=120)
    assert abs(inward - of_input.margin) < 3.0 * error + 0.03 * of_input.margin
    for name, expected in (("input_norm", of_input.weight_norm), ("input_imbalance", of_input.imbalance)):
        found, error = mean(simulation, name)
        assert abs(found - expected) < 3.0 * error + 3.0 / 120
    for name, expected in (("output_silent_E", theory.silent[0]), ("output_silent_I", theory.silent[1])):
        found, error = mean(simulation, name)
        assert abs(found - expected) < 3.0 * error + 2.0 / 120


@pytest.mark.parametrize("to", ["input", "output"])
def test_compare_agrees_with_the_theory_and_not_with_a_shifted_one(to):
    """Meta: a margin that is 60 % too large disagrees; the theory itself, of N inputs or of many, does not."""
    simulation = simulated(BINARY, 120, load=0.25, measure=(f"{to}_margin",), n_realizations=40)
    for size in (None, 120):
        theory = dmft.solve_robustness(BINARY, 0.25, to=to, size=size)
        comparison = validation.compare(theory, simulation)
        assert comparison.verdict != "disagree"
        assert f"{to}_margin" in {row.quantity for row in comparison.rows}
    shifted = {f"{to}_margin": 1.6 * theory.margin}
    assert validation.compare(shifted, simulation).verdict == "disagree"


@pytest.mark.parametrize("load", [0.75, 1.0, 2.0, 3.0])
def test_residual_of_signed_fits(load):
    """1 - 1/(2 alpha) within 3 SE + 1/N (4/N below load 1); SE < 0.01, so that 6 % of |target|^2 would be seen."""
    perceptron = dmft.Perceptron(excitatory=0.8, inputs="gamma")
    simulation = simulated(perceptron, 200, load=load, measure="regression", n_realizations=80)
    found, error = mean(simulation, "regression_residual")
    assert abs(found - (1.0 - 0.5 / load)) < 3.0 * error + (4.0 if load < 1 else 1.0) / 200
    assert error < 0.01
    active, error = mean(simulation, "regression_active")
    assert abs(active - 0.5) < 3.0 * error + 2.0 / 200
    norm, error = mean(simulation, "regression_norm")
    assert abs(norm**2 - 1.0 / (2.0 * load - 1.0)) < (6.0 * error * norm + 0.02) * (1.0 if load >= 1 else 6.0)


@pytest.mark.parametrize(("limits", "ridge"), [((0.0, 0.8), 0.0), ((0.1, 0.9), 0.2), (None, 0.5)])
def test_bounded_and_ridge_fits(limits, ridge):
    perceptron = dmft.Perceptron(excitatory=0.6, sd=(1.0, 2.0))
    theory = dmft.solve_regression(perceptron, 1.2, limits=limits, ridge=ridge)
    simulation = simulated(
        perceptron, 150, load=1.2, measure="regression", limits=limits, ridge=ridge, n_realizations=40
    )
    for name, expected in (("residual", theory.residual), ("norm", theory.norm), ("active", theory.active)):
        found, error = mean(simulation, f"regression_{name}")
        assert abs(found - expected) < 3.0 * error + 2.0 / 150, name
    assert validation.compare(theory, simulation).verdict != "disagree"


@pytest.mark.long
def test_exact_fits_are_as_frequent_as_counted():
    """P(feasible) = P(Bin(N, 1/2) >= P), inputs of mean zero: 400 systems of 20 equations, within 3 errors."""
    from scipy.optimize import nnls

    rng = np.random.default_rng(3)
    for p in (8, 10, 12):
        exact = [nnls(rng.standard_normal((p, 20)), rng.standard_normal(p))[1] < 1e-9 for _ in range(400)]
        probability = dmft.feasibility(p, 20)
        assert abs(np.mean(exact) - probability) < 3.0 * math.sqrt(probability * (1 - probability) / 400)


@pytest.mark.long
def test_memory_networks_hold_their_patterns_against_noise():
    neurons = BINARY, dmft.Perceptron.binary(0.8, (0.3, 0.15), positive=0.15)
    nets = {to: validation.memory_network(*neurons, 120, 0.25, robust_to=to, seed=2) for to in ("output", "input")}
    for to, net in nets.items():
        assert net.stored == 1.0
        theory = [dmft.solve_robustness(neuron, 0.25, to=to, size=119).margin for neuron in neurons]
        for rows, expected in ((net.margins[:96], theory[0]), (net.margins[96:], theory[1])):
            error = np.std(rows) / math.sqrt(len(rows))
            assert abs(np.mean(rows) - expected) < 4.0 * error + 0.05 * expected
        assert net.recall(seed=1).error == 0.0  # fixed points
        assert net.recall(distortion=0.05, seed=1).recalled > 0.8
        assert net.recall(distortion=1.0, seed=1).recalled < 0.3
    # only weights made robust to output noise stand noise of a tenth of the threshold
    assert nets["output"].recall(output_noise=0.1, seed=1).recalled == 1.0
    assert nets["input"].recall(output_noise=0.1, seed=1).recalled < 0.95
    assert nets["output"].recall(output_noise=0.5, seed=1).recalled < 0.1


@pytest.mark.parametrize("noise", [{"output_noise": 0.2}, {"input_noise": 0.2}])
def test_the_online_rule_learns_margins_below_the_largest(noise):
    silent = validation.train(BINARY, size=120, load=0.25, epochs=300, seed=5)
    noisy = validation.train(BINARY, size=120, load=0.25, epochs=300, seed=5, **noise)
    assert silent.stored == noisy.stored == 1.0
    assert noisy.errors[-1] < 0.1 < noisy.errors[0]
    assert noisy.input_margin > 3.0 * silent.input_margin  # noise is what makes it robust
    # the best weights for these very patterns
    from validation.ensemble import root_seed
    from validation.perceptrons.patterns import draw
    from validation.perceptrons.programs import largest_input_margin, largest_output_margin

    drawn = draw(BINARY, 120, 30, root_seed(5).generators(1)[0])
    assert 0.3 * largest_input_margin(drawn)[0] < noisy.input_margin <= largest_input_margin(drawn)[0] * (1 + 1e-6)
    assert noisy.output_margin <= largest_output_margin(drawn, noisy.norm)[0] + 1e-6
    assert np.all(noisy.weights * noisy.signs >= 0.0)
