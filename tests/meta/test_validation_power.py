"""The comparison must see a wrong theory, and must not see one where there is none."""

import dataclasses

import numpy as np
import pytest

import dmft
import validation
from validation.ensemble import realization_seed, root_seed
from validation.finite_size_law import Law
from validation.quantities import theory_numbers
from validation.simulation import SizeResult

NOISY = dmft.RandomNetwork(g=0.9, drive=dmft.WhiteNoise(1.0))
CHAOTIC = dmft.RandomNetwork(g=3.0)


@pytest.fixture(scope="module", params=[NOISY, CHAOTIC], ids=["noise", "chaos"])
def right(request):
    simulation = validation.simulate(request.param, [500, 1000], n_realizations=16, seed=42)
    return simulation, theory_numbers(dmft.solve_stationary(request.param), simulation)


@pytest.mark.long
@pytest.mark.parametrize("factor", [0.97, 1.03])
def test_a_theory_shifted_by_three_per_cent_disagrees(right, factor):
    simulation, numbers = right
    assert validation.compare(numbers, simulation, false_alarm=1e-7).verdict != "disagree"
    wrong = {name: factor * number for name, number in numbers.items()}
    comparison = validation.compare(wrong, simulation, false_alarm=1e-7)
    assert comparison.verdict == "disagree"
    assert comparison.row("corr_phi[0]").verdict == "disagree"


def synthetic(template, value, rng, counts=(12, 8)):
    """A simulation whose scalar is drawn: value (1 - 20/N) with a scatter between networks of 0.7 value/sqrt(N)."""
    results = []
    for size, count in zip((500, 1000), counts, strict=True):
        drawn = value * (1.0 - 20.0 / size + 0.7 / np.sqrt(size) * rng.standard_normal(count))
        seeds = tuple(realization_seed(root_seed(1), size, i) for i in range(count))
        results.append(SizeResult(size, seeds, {"lyapunov_exponent": drawn}))
    return dataclasses.replace(template, results=tuple(results))


@pytest.fixture(scope="module")
def template():
    return validation.simulate(CHAOTIC, 20, n_realizations=1, duration=2.0, burn_in=0.0, measure=("lyapunov",), seed=1)


def test_false_alarms_are_as_rare_as_stated_and_the_power_is_kept(template):
    """At a false alarm of 5 %: 2000 synthetic experiments, with the sizes and the scatter of real ones."""
    rng = np.random.default_rng(5)
    alarms = missed = 0
    n_experiments = 2000
    for _ in range(n_experiments):
        simulation = synthetic(template, 0.3, rng)
        row = validation.compare({"lyapunov_exponent": 0.3}, simulation, false_alarm=0.05).rows[0]
        alarms += row.verdict == "disagree"
        shifted = 0.3 + row.power * row.scale
        missed += validation.compare({"lyapunov_exponent": shifted}, simulation, false_alarm=0.05).verdict != "disagree"
    # The bound on the bias makes both rarer than the statistics alone; 5 binomial sigmas of 5 % are 2.4 %.
    assert alarms / n_experiments < 0.05 + 0.024
    assert missed / n_experiments < 0.05 + 0.024


@pytest.mark.long
def test_student_t_covers_without_a_bias_bound(template, monkeypatch):
    """With the bound set to zero and no 1/N term, the alarm rate is the stated one, not below: the test can fail."""
    monkeypatch.setattr("validation.plan.law_of", lambda quantity, simulation: Law(0.0, 0.0))
    rng = np.random.default_rng(6)
    alarms = 0
    for _ in range(2000):
        results = []
        for size, count in ((500, 12), (1000, 8)):
            drawn = 0.3 * (1.0 + 0.7 / np.sqrt(size) * rng.standard_normal(count))
            seeds = tuple(realization_seed(root_seed(1), size, i) for i in range(count))
            results.append(SizeResult(size, seeds, {"lyapunov_exponent": drawn}))
        simulation = dataclasses.replace(template, results=tuple(results))
        alarms += validation.compare({"lyapunov_exponent": 0.3}, simulation, false_alarm=0.05).verdict == "disagree"
    assert 0.026 < alarms / 2000 < 0.074


def test_the_error_of_a_sampled_theory_counts(template):
    """A theory 5 % off: seen if it is exact, within its error if it says so."""
    simulation = synthetic(template, 0.3, np.random.default_rng(9), counts=(200, 200))
    exact = validation.compare({"lyapunov_exponent": 0.25}, simulation).rows[0]
    sampled = validation.compare({"lyapunov_exponent": dmft.Value(0.25, 0.02)}, simulation).rows[0]
    assert exact.verdict == "disagree"
    assert sampled.verdict != "disagree"
    assert (exact.theory_error, sampled.theory_error) == (0.0, 0.02)
    assert abs(sampled.z) < abs(exact.z)
    assert sampled.power > exact.power


def test_too_few_networks_are_undecided(template):
    rng = np.random.default_rng(7)
    few = synthetic(template, 0.3, rng, counts=(2, 2))
    assert validation.compare({"lyapunov_exponent": 0.3}, few).verdict == "undecided"
    one = synthetic(template, 0.3, rng, counts=(1, 1))
    comparison = validation.compare({"lyapunov_exponent": 0.1}, one)
    assert comparison.verdict == "undecided"
    assert comparison.rows[0].power == np.inf


def test_sizes_that_do_not_follow_the_order_are_undecided(template):
    """A size dependence that the fit cannot describe must not pass as agreement."""
    rng = np.random.default_rng(8)
    results = []
    for size, shift in ((500, 0.0), (1000, 0.1), (2000, 0.0)):
        drawn = 0.3 * (1.0 + shift + 1e-3 * rng.standard_normal(30))
        seeds = tuple(realization_seed(root_seed(1), size, i) for i in range(30))
        results.append(SizeResult(size, seeds, {"lyapunov_exponent": drawn}))
    simulation = dataclasses.replace(template, results=tuple(results))
    row = validation.compare({"lyapunov_exponent": 0.3}, simulation, tolerance=1.0, order=1).rows[0]
    assert row.estimate.p_value < 1e-3
    assert row.verdict != "agree"


def test_the_table_and_the_figure_show_every_row(right):
    simulation, numbers = right
    comparison = validation.compare(numbers, simulation)
    for text in (str(comparison), comparison.to_markdown()):
        for row in comparison.rows:
            assert row.quantity in text
            assert row.verdict in text
    figure = comparison.plot()
    assert len(figure.axes) == 2
    alone = validation.compare({"mean_slope": numbers["mean_slope"]}, simulation).plot()
    assert len(alone.axes) == 2
    labels = [label.get_text() for label in figure.axes[1].get_yticklabels()]
    assert len(labels) == len(comparison.rows)
