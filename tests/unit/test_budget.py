"""Searches of every theory end in time: as a status with a remedy, at the same place on every machine."""

import pytest

import dmft
from dmft import budget

STEEP = dmft.Symbolic("x/(1 + abs(x))")


def ended(solution):
    assert solution.convergence.status.name == "MAX_STEPS"
    assert "more work than" in solution.convergence.message
    assert ";" in solution.convergence.message  # and the remedy


SEARCHES = {
    "window": lambda: dmft.solve_stationary(
        dmft.RandomNetwork(2.0, STEEP, dmft.OrnsteinUhlenbeck(0.5, 2.0)), on_failure="ignore"
    ),
    "balanced": lambda: dmft.solve_stationary(
        dmft.BalancedNetwork(1.5, 100.0, nonlinearity=STEEP, drive=dmft.Sinusoid(0.5, 0.5, "random")),
        on_failure="ignore",
    ),
    "symmetric": lambda: dmft.solve_stationary(
        dmft.RandomNetwork(2.0, STEEP, symmetry=0.3), method=dmft.Sampled(paths=64), on_failure="ignore"
    ),
    "plastic": lambda: dmft.solve_plastic(
        dmft.PlasticNetwork(2.0, 0.5, 2.5, STEEP), samples=16, noise_seeds=2, on_failure="ignore"
    ),
    "periodic": lambda: dmft.solve_periodic(
        dmft.RandomNetwork(2.0, STEEP, dmft.Sinusoid(0.5, 0.5, "common")), n=16, on_failure="ignore"
    ),
}


@pytest.mark.parametrize("theory", SEARCHES)
def test_a_search_that_takes_too_long_ends(theory):
    with budget.limited(0.01):
        ended(SEARCHES[theory]())


def test_critical_amplitude_ends():
    network = dmft.RandomNetwork(2.0, STEEP, dmft.Sinusoid(0.5, 0.5, "common"))
    with budget.limited(0.01), pytest.raises(dmft.NotConvergedError, match="more work than"):
        dmft.critical_amplitude(network)


def test_flat_nonlinearities_need_no_search():
    """g |phi'| < 1 everywhere: no march is made, though the drive is slow and phi kinked; just above 1 there is one."""
    phi = dmft.Symbolic("(0.1167*x)/(1 + abs((0.1167*x)))")
    with budget.limited(0.05):
        assert dmft.critical_amplitude(dmft.RandomNetwork(4.238, phi, dmft.Sinusoid(1.0, 0.03))) == 0.0
        assert dmft.critical_amplitude(dmft.BalancedNetwork(0.9, 5000, drive=dmft.Sinusoid(1.0, 0.01))) == 0.0
        with pytest.raises(dmft.NotConvergedError, match="more work than"):
            dmft.critical_amplitude(dmft.RandomNetwork(8.6, phi, dmft.Sinusoid(1.0, 0.03)))


def test_what_was_asked_for_is_allowed_for():
    """Work that is known to take long is added to the budget; within another limit that one counts."""
    with budget.limited(1.0):
        budget.spend(0.9)
        budget.allow(2.0)
        budget.spend(1.9)
        with budget.limited(100.0), pytest.raises(budget.OutOfWorkError, match="the 3 s"):
            budget.spend(0.4)
    budget.spend(1e9)
