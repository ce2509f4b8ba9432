"""What a comparison takes: solutions, a user's own numbers, and what is known of their errors."""

import dataclasses

import numpy as np
import pytest

import dmft
import validation
from validation.notation import deviation_with_error, number_with_error

NET = dmft.RandomNetwork(g=0.5, drive=dmft.WhiteNoise(1.0))


@pytest.fixture(scope="module")
def simulation():
    return validation.simulate(NET, [60, 120], n_realizations=8, duration=20.0, burn_in=5.0, seed=3)


@pytest.fixture(scope="module")
def solution():
    return dmft.solve_stationary(NET)


def test_numbers_with_errors_of_the_users_own(simulation, solution):
    exact = float(solution.corr_x_at(0.0))
    plain = validation.compare({"corr_x[0]": exact}, simulation).rows[0]
    pair = validation.compare({"corr_x[0]": (exact, 0.1)}, simulation).rows[0]
    listed = validation.compare({"corr_x[0]": [exact, 0.1]}, simulation).rows[0]
    value = validation.compare({"corr_x[0]": dmft.Value(exact, 0.1)}, simulation).rows[0]
    assert plain.theory_error == 0.0
    assert pair.theory_error == listed.theory_error == value.theory_error == 0.1
    assert pair.error == pytest.approx(np.hypot(plain.error, 0.1))
    assert abs(pair.z) < abs(plain.z)
    assert pair.within > plain.within
    # an error of a number moves the verdict: 30 % off is seen if it is exact
    assert validation.compare({"corr_x[0]": 1.3 * exact}, simulation).verdict == "disagree"
    assert validation.compare({"corr_x[0]": (1.3 * exact, 0.2 * exact)}, simulation).verdict == "undecided"


def test_a_bound_on_the_error_of_the_theory_is_a_bias(simulation, solution):
    exact = float(solution.corr_x_at(0.0))
    plain = validation.compare({"corr_x[0]": exact}, simulation).rows[0]
    bounded = validation.compare({"corr_x[0]": dmft.Value(exact, numerical_error=0.07)}, simulation).rows[0]
    assert bounded.bias_bound == pytest.approx(plain.bias_bound + 0.07)
    assert bounded.error == plain.error


def test_the_error_of_a_solution_enters(simulation, solution):
    known = dataclasses.replace(solution, convergence=dataclasses.replace(solution.convergence, error=0.0))
    coarse = dataclasses.replace(solution, convergence=dataclasses.replace(solution.convergence, error=0.02))
    for row, worse in zip(
        validation.compare(known, simulation).rows, validation.compare(coarse, simulation).rows, strict=True
    ):
        assert worse.bias_bound == pytest.approx(row.bias_bound + 0.02 * row.scale, rel=1e-6), row.quantity
        assert worse.within == pytest.approx(row.within + 0.02, rel=1e-6)


@pytest.mark.long
def test_sampled_solutions_come_with_their_arrays_of_errors():
    network = dmft.RandomNetwork(g=0.5, drive=dmft.WhiteNoise(1.0), symmetry=0.3)
    simulation = validation.simulate(network, [60, 120], n_realizations=6, duration=20.0, burn_in=5.0, seed=3)
    solution = dmft.solve_stationary(network, on_failure="ignore")
    if not solution.convergence.converged:
        pytest.skip("the sampled theory did not converge")
    rows = {row.quantity: row for row in validation.compare(solution, simulation).rows}
    assert rows["corr_x[0]"].theory_error == pytest.approx(float(solution.corr_x_error[0]))
    assert rows["corr_x[0]"].verdict != "disagree"


def test_a_row_says_both_what_was_seen_and_what_it_is_within(simulation, solution):
    comparison = validation.compare(solution, simulation)
    for row in comparison.rows:
        assert row.statement.startswith("deviation ")
        assert " %, consistent within " in row.statement
        assert abs(row.deviation) <= row.within
        assert (row.verdict == "agree") == (row.within <= comparison.tolerance and row.estimate.p_value >= 1e-3)
    assert sum(comparison.counts.values()) == len(comparison.rows)
    assert comparison.within == max(row.within for row in comparison.rows)
    assert "within 5 % of the scale" in str(comparison)
    assert 0.0 < comparison.false_alarm < 0.01


@pytest.mark.parametrize(
    ("deviation", "error", "words"),
    [
        (-0.0045, 0.0056, "-0.45(56) %"),
        (0.0364, 0.0224, "+3.6(2.2) %"),
        (-0.3728, 0.0363, "-37.3(3.6) %"),
        (0.012, 0.11, "+1(11) %"),
        (0.00012, 0.000034, "+0.0120(34) %"),
        (0.01, 0.00996, "+1.00(1.00) %"),
        (0.01, float("nan"), "+1 %"),
    ],
)
def test_a_deviation_is_written_with_the_error_of_its_last_digits(deviation, error, words):
    assert deviation_with_error(deviation, error) == words


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (0.49945, 0.00074, "0.49945(74)"),
        (35.4831, 1.13, "35.5(1.1)"),
        (-0.149, 0.0996, "-0.149(100)"),
        (12345.6, 230.0, "12346(230)"),
        (0.25, 0.0, "0.25"),
        (0.25, float("nan"), "0.25"),
    ],
)
def test_a_number_is_written_with_the_error_of_its_last_digits(value, error, words):
    assert number_with_error(value, error) == words
