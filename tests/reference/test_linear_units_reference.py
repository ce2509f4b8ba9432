"""Linear units against plain iteration and a dense matrix (`make_linear_units_reference.py`)."""

import json
from pathlib import Path

import pytest

import dmft

NUMBERS = json.loads(Path(__file__).with_name("linear_units_reference.json").read_text())
CASES = {
    "adaptation 1 5, tanh 2": (dmft.Adaptation(1, 5), dmft.Tanh(), 2.0),
    "adaptation 3 20, erf 2.5": (dmft.Adaptation(3, 20), dmft.Erf(), 2.5),
    "oscillator .5, erf 1.5": (dmft.Oscillator(1, 0.5), dmft.Erf(), 1.5),
    "double, tanh 2": (dmft.Filter("1/(1+s)**2"), dmft.Tanh(), 2.0),
    "delay 1, tanh 2": (dmft.Filter("1/(1+s)", delay=1), dmft.Tanh(), 2.0),
    "delay 4, tanh 2": (dmft.Leaky() * dmft.Delay(4), dmft.Tanh(), 2.0),
}
# Numbers of the theory sheet beside them: variance, <phi^2>, exponent, to the digits printed there.
PRINTED = {
    "adaptation 1 5, tanh 2": (1.27561291, 0.43873325, 0.04438386),
    "adaptation 3 20, erf 2.5": (3.20812227, 0.62839215, 0.08012774),
    "oscillator .5, erf 1.5": (5.88194037, 0.71630027, 0.04049928),
    "double, tanh 2": (1.92732071, 0.51341024, 0.05349979),
    "delay 1, tanh 2": (1.92480541, 0.51317807, 0.05252490),
}


@pytest.mark.parametrize("name", CASES)
def test_state_and_exponent(name):
    unit, phi, g = CASES[name]
    solution = dmft.solve_stationary(dmft.Network(dmft.Population(phi, unit), dmft.Random(g)))
    exponent = dmft.lyapunov_exponent(solution)
    numbers = NUMBERS[name]
    assert solution.variance == pytest.approx(numbers["variance"], rel=1e-9)
    assert solution.corr_phi_at(0.0) == pytest.approx(numbers["corr_phi"], rel=1e-9)
    assert exponent == pytest.approx(numbers["exponent"], abs=5e-9)
    assert abs(exponent - numbers["exponent"]) < exponent.numerical_error + 1e-9  # what the script cuts off
    if name in PRINTED:
        found = (solution.variance, solution.corr_phi_at(0.0), exponent)
        assert found == pytest.approx(PRINTED[name], abs=6e-9)


@pytest.mark.long
def test_pairs_under_a_delay():
    """The sheet: .01974 without, .03620 and .0837 with a delay of 1 and 4; the last is printed with a short window."""
    found = []
    for delay in (0.0, 1.0, 4.0):
        unit = dmft.Leaky() * dmft.Delay(delay)
        found.append(
            float(
                dmft.effective_dimension(
                    dmft.solve_stationary(dmft.Network(dmft.Population(dynamics=unit), dmft.Random(2.0)))
                )
            )
        )
    assert found[:2] == pytest.approx([0.01974067, 0.03620], abs=1e-5)
    assert found[2] == pytest.approx(0.0837, rel=0.02)
