"""The statistics of a verdict, on normal data whose deviation is known: wrong verdicts are as rare as stated."""

import numpy as np
import pytest

from validation.verdict import joint_dof, judged

N_EXPERIMENTS = 3000
FIVE_SIGMAS = 5 * np.sqrt(0.05 * 0.95 / N_EXPERIMENTS)  # of a rate of 5 %, binomial: 2.0 %


def verdicts(deviation, n_networks, *, scatter=1.0, bias=0.0, tolerance, alarm=None, seed=0):
    """Rates of the verdicts when the true deviation is given, from the mean and error of `n_networks` numbers."""
    rng = np.random.default_rng([seed, n_networks])
    samples = deviation + scatter * rng.standard_normal((N_EXPERIMENTS, n_networks))
    means, errors = samples.mean(axis=1), samples.std(axis=1, ddof=1) / np.sqrt(n_networks)
    found = [
        judged(mean, error, n_networks - 1, bias, tolerance, alarm=alarm).verdict
        for mean, error in zip(means, errors, strict=True)
    ]
    return {word: found.count(word) / N_EXPERIMENTS for word in ("agree", "disagree", "undecided")}


@pytest.mark.parametrize("n_networks", [4, 12, 60])
@pytest.mark.parametrize("sign", [-1, 1])
def test_at_the_edge_of_the_tolerance_agree_is_wrong_in_five_per_cent(n_networks, sign):
    """A deviation of just the tolerance, four of its errors: the size of the test is reached, and not exceeded."""
    tolerance = 4.0 / np.sqrt(n_networks)
    rate = verdicts(sign * tolerance, n_networks, tolerance=tolerance)["agree"]
    assert rate < 0.05 + FIVE_SIGMAS
    assert rate > 0.05 - FIVE_SIGMAS or n_networks == 4  # with three degrees of freedom the other side cuts in


def test_a_bias_as_large_as_its_bound_does_not_make_agreement():
    """The truth is at the edge, finite size moves the networks towards the theory by all of the bound."""
    tolerance, bias = 4.0 / np.sqrt(12), 1.5 / np.sqrt(12)
    assert verdicts(tolerance - bias, 12, bias=bias, tolerance=tolerance)["agree"] < 0.05 + FIVE_SIGMAS
    # had the bound been forgotten, it would
    assert verdicts(tolerance - bias, 12, bias=0.0, tolerance=tolerance)["agree"] > 0.3


def test_a_right_theory_agrees_when_the_tolerance_is_four_errors():
    assert verdicts(0.0, 40, tolerance=4.0 / np.sqrt(40))["agree"] > 0.95
    assert verdicts(0.0, 40, tolerance=1.5 / np.sqrt(40))["agree"] < 0.03  # too few data decide nothing


@pytest.mark.parametrize("n_networks", [5, 12, 60])
def test_disagreement_by_chance_is_as_rare_as_asked(n_networks):
    rate = verdicts(0.0, n_networks, tolerance=1.0, alarm=0.05)["disagree"]
    assert abs(rate - 0.05) < FIVE_SIGMAS
    # a bias within its bound is not a disagreement
    bias = 2.0 / np.sqrt(n_networks)
    assert verdicts(bias, n_networks, bias=bias, tolerance=1.0, alarm=0.05)["disagree"] < 0.05 + FIVE_SIGMAS


def test_five_own_errors_are_rarely_chance_even_with_few_networks():
    for n_networks in (3, 5, 10):
        assert verdicts(0.0, n_networks, tolerance=1.0)["disagree"] < 0.004  # 1e-3, and five sigmas of 3000


def test_a_deviation_of_the_stated_size_is_seen_as_often_as_stated():
    for n_networks in (8, 40):
        rng = np.random.default_rng(n_networks)
        seen = 0
        for _ in range(1000):
            samples = rng.standard_normal(n_networks)
            error = samples.std(ddof=1) / np.sqrt(n_networks)
            shift = judged(0.0, error, n_networks - 1, 0.3, 1.0).seen_from
            # the bias takes away from the deviation all that its bound allows
            found = judged(samples.mean() + shift - 0.3, error, n_networks - 1, 0.3, 1.0)
            seen += found.verdict == "disagree"
        assert seen / 1000 > 0.95 - 0.035


def test_five_errors_outside_the_bound_and_not_less():
    assert judged(0.5 + 5.01 * 0.1, 0.1, 200, 0.5, 0.05).verdict == "disagree"
    assert judged(0.5 + 4.99 * 0.1, 0.1, 200, 0.5, 0.05).verdict == "undecided"
    assert judged(-1.01, 0.1, 200, 0.5, 0.05).verdict == "disagree"


def test_a_small_deviation_with_a_small_error_agrees():
    """48 networks at g = 2 that deviate by 0.3(3) %, with a bias of at most 0.6 %."""
    found = judged(0.003, 0.003, 47, 0.006, 0.05)
    assert found.verdict == "agree"
    assert found.within == pytest.approx(0.003 + 1.678 * 0.003 + 0.006, rel=1e-3)


def test_an_error_that_is_not_known_decides_nothing():
    for error, dof in ((np.nan, 10), (0.1, 0), (np.inf, 5)):
        found = judged(3.0, error, dof, 0.0, 10.0)
        assert found.verdict == "undecided"
        assert found.within == np.inf


def test_degrees_of_freedom_of_two_errors():
    assert joint_dof(1.0, 5, 0.0) == 5
    assert joint_dof(1.0, 5, 1.0) == 20  # Welch-Satterthwaite: (1 + 1)^2/(1/5)
    assert joint_dof(0.0, 5, 1.0) == np.inf
    assert judged(1.0, 0.1, np.inf, 0.0, 0.05).verdict == "disagree"
