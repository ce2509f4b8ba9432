"""Neurons of 50 and 100 inputs, drawn and solved without the simulator: the theory is within what `compare` allows."""

import json
import types
from pathlib import Path

import numpy as np
import pytest
from make_perceptron_sizes_reference import CASES

import dmft
from validation.perceptron_numbers import capacity_numbers, regression_numbers, robustness_numbers
from validation.perceptrons.law import law_of

ENTRIES = json.loads(Path(__file__).with_name("perceptron_sizes_reference.json").read_text())
ROWS = [(case, size) for case, entry in ENTRIES.items() for size in entry if size.isdigit()]
LARGEST = {case: max((size for size in entry if size.isdigit()), key=int) for case, entry in ENTRIES.items()}


class Measured:
    """The numbers of the script as `compare` sees a simulation."""

    def __init__(self, case, size, load):
        self.network, self.sizes = CASES[case][0], (int(size),)
        self.plan = types.SimpleNamespace(network=self.network, load=load, ridge=0.0, limits=None)
        self.variables = ENTRIES[case][size]

    def values(self, name, size):
        return np.array(self.variables[name][:1])


def told(case, size):
    """Quantity -> theory with its error, of all theories."""
    perceptron, load = CASES[case]
    at_load = Measured(case, size, load)
    numbers = {}
    if "capacity" in at_load.variables:
        numbers |= capacity_numbers(dmft.solve_capacity(perceptron, size=int(size)), at_load)
    for to in ("input", "output"):
        if f"{to}_margin" in at_load.variables:
            numbers |= robustness_numbers(dmft.solve_robustness(perceptron, load, to=to, size=int(size)), at_load)
    fitted = ENTRIES[case]["fit_load"]
    return numbers | regression_numbers(dmft.solve_regression(perceptron, fitted), Measured(case, size, fitted))


@pytest.mark.parametrize(("case", "size"), ROWS)
def test_neurons_are_within_the_bounds_of_their_size(case, size):
    numbers = told(case, size)
    assert len(numbers) >= 8
    for name, theory in numbers.items():
        mean, error, _ = ENTRIES[case][size][name]
        law = law_of(name, Measured(case, size, None))
        bound = float(law.at(int(size))) * (law.unit or abs(theory)) + theory.numerical_error
        assert abs(mean - theory) < bound + 3.0 * error, (name, mean, error, float(theory), bound)


def test_the_bounds_say_something():
    """At the largest N bound and error together are less than 0.35 of margins, capacities, residuals and norms."""
    for case in ("binary", "excitatory"):
        for name, theory in told(case, LARGEST[case]).items():
            if name.endswith(("_margin", "capacity", "_residual", "_norm")):
                _, error, _ = ENTRIES[case][LARGEST[case]][name]
                law = law_of(name, Measured(case, LARGEST[case], None))
                bound = float(law.at(int(LARGEST[case]))) * (law.unit or abs(theory)) + theory.numerical_error
                assert bound + 3.0 * error < 0.35 * theory, (case, name, bound, error, float(theory))


def test_a_theory_of_another_load_is_not():
    for case in ("binary", "excitatory"):
        perceptron, load = CASES[case]
        mean, error, _ = ENTRIES[case][LARGEST[case]]["output_margin"]
        numbers = robustness_numbers(
            dmft.solve_robustness(perceptron, 0.5 * load, to="output", size=int(LARGEST[case])),
            Measured(case, LARGEST[case], 0.5 * load),
        )
        theory = numbers["output_margin"]
        bound = (
            float(law_of("output_margin", Measured(case, LARGEST[case], load)).at(int(LARGEST[case]))) * theory
            + theory.numerical_error
        )
        assert abs(mean - theory) > bound + 3.0 * error
