"""Driven and transient networks of two populations beside their theory.

Thresholds are five standard errors of the mean over networks, plus a bias of 20/N of the scale. That the tests see what
they should: with the drives of the two populations exchanged, or couplings a tenth stronger, they fail.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dmft
import validation

SIZE, NETWORKS = 1000, 16
PERIOD = 4.0


def network(*drives: Any, stronger: float = 1.0) -> dmft.Network:
    g, mean = stronger * np.array([[1.2, 0.8], [1.2, 0.5]]), [[1.0, -2.0], [1.5, -1.0]]
    return dmft.Network(
        {
            "E": dmft.Population(dmft.Tanh(), fraction=0.6, bias=0.3, drive=drives[0]),
            "I": dmft.Population(dmft.Erf(), dmft.Leaky(2.5), fraction=0.4, drive=drives[1]),
        },
        dmft.Couplings(dmft.Random(g.tolist()), dmft.Mean(mean)),
    )


LOCKED = dmft.Sinusoid(2.6, 1.0 / PERIOD), dmft.Sinusoid(1.0, 1.0 / PERIOD)
NOISY = dmft.WhiteNoise(0.5), dmft.Sinusoid(2.0, 1.0 / PERIOD) + dmft.OrnsteinUhlenbeck(0.4, 2.0)


def over_period(solution: Any) -> dict[str, Any]:
    """Means and variances every half unit of time."""
    rows = solution.last_period() if hasattr(solution, "last_period") else slice(None)
    times = solution.times[rows] % PERIOD
    at = np.arange(0.0, PERIOD, 0.5)
    return {
        name: np.array([np.interp(at, times, x, period=PERIOD) for x in getattr(solution, of)[:, rows]])
        for name, of in (("period_mean", "mean_x"), ("period_variance", "variance"), ("period_rate", "mean_phi"))
    }


def deviations(theory: dict[str, Any], simulation: validation.Simulation) -> float:
    """Largest deviation of all, in units of what is allowed."""
    largest = 0.0
    for name, values in theory.items():
        found, error = simulation.mean(name, SIZE), simulation.standard_error(name, SIZE)
        allowed = 5.0 * error + 20.0 / SIZE * np.max(np.abs(values), axis=1, keepdims=True)
        largest = max(largest, float(np.max(np.abs(found - values) / allowed)))
    return largest


@pytest.fixture(scope="module")
def locked() -> validation.Simulation:
    measure = ("correlation", validation.OverPeriod(PERIOD))
    return validation.simulate(
        network(*LOCKED), SIZE, n_realizations=NETWORKS, duration=20.0, burn_in=40.0, seed=3, measure=measure
    )


@pytest.mark.long
def test_locked_networks(locked: validation.Simulation) -> None:
    theory = dmft.solve_periodic(network(*LOCKED))
    assert deviations(over_period(theory), locked) < 1.0
    comparison = validation.compare(theory, locked)
    assert comparison.verdict != "disagree"
    assert {row.quantity for row in comparison.rows} >= {"mean_x.E", "corr_x.I[2]", "period_variance.I[0.5]"}


@pytest.mark.long
@pytest.mark.parametrize("wrong", [network(*reversed(LOCKED)), network(*LOCKED, stronger=1.1)])
def test_a_wrong_network_is_seen(locked: validation.Simulation, wrong: dmft.Network) -> None:
    assert deviations(over_period(dmft.solve_periodic(wrong)), locked) > 1.0


@pytest.mark.long
def test_noisy_networks() -> None:
    simulation = validation.simulate(
        network(*NOISY),
        SIZE,
        n_realizations=NETWORKS,
        duration=40.0,
        burn_in=40.0,
        seed=5,
        measure=("correlation", validation.OverPeriod(PERIOD)),
    )
    theory = dmft.solve_nonstationary(network(*NOISY), 24.0, method=dmft.TwoTimeMarch(dt=0.125))
    assert theory.state == "noisy"
    assert deviations(over_period(theory), simulation) < 1.0
    assert validation.compare(theory, simulation).verdict != "disagree"


@pytest.mark.long
def test_transients() -> None:
    """From x(0) of variance 1, means 0: each time is a phase of its own of a period as long as the run."""
    free, duration = network(None, None), 8.0
    simulation = validation.simulate(
        free,
        SIZE,
        n_realizations=NETWORKS,
        duration=duration,
        burn_in=0.0,
        seed=7,
        measure=(validation.OverPeriod(duration),),
    )

    def path(statement: dmft.Network, init: Any) -> dict[str, Any]:
        solution = dmft.solve_nonstationary(statement, duration, init=init)
        at = np.round(np.arange(0.5, duration + 0.25, 0.5) / solution.settings["dt"]).astype(int)
        arrays = (("period_mean", "mean_x"), ("period_variance", "variance"), ("period_rate", "mean_phi"))
        return {name: np.roll(getattr(solution, of)[:, at], 1, axis=1) for name, of in arrays}

    start = (simulation.plan.network.populations["E"].bias, 0.0), 1.0  # the response to a constant is there at t = 0
    assert deviations(path(free, start), simulation) < 1.0
    assert deviations(path(network(None, None, stronger=1.2), start), simulation) > 1.0
    assert deviations(path(free, (0.0, 0.5)), simulation) > 1.0


CHAOTIC = dmft.Sinusoid(1.5, 0.2), dmft.Sinusoid(0.7, 0.2)


def driven_chaos(noise: float, stronger: float = 1.0) -> dmft.Network:
    """Two populations that differ in everything, chaotic under drives of their own; `noise` private to the second."""
    second = CHAOTIC[1] + dmft.WhiteNoise(noise) if noise else CHAOTIC[1]
    return dmft.Network(
        {
            "E": dmft.Population(dmft.Tanh(), fraction=0.6, bias=0.2, drive=CHAOTIC[0]),
            "I": dmft.Population(dmft.Erf(), dmft.Leaky(1.5), fraction=0.4, drive=second),
        },
        dmft.Couplings(
            dmft.Random((stronger * np.array([[3.0, 2.0], [2.5, 2.5]])).tolist()), dmft.Mean([[0.5, -1.0], [1.0, -0.5]])
        ),
    )


@pytest.mark.long
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_exponents_of_chaotic_networks(noise: float) -> None:
    """By the tangent flow of networks; a theory of couplings that are a tenth stronger is seen."""
    simulation = validation.simulate(
        driven_chaos(noise), SIZE, n_realizations=NETWORKS, duration=100.0, burn_in=40.0, seed=7, measure=("lyapunov",)
    )
    found = simulation.mean("lyapunov_exponent", SIZE)
    allowed = 4.0 * simulation.standard_error("lyapunov_exponent", SIZE) + 5.0 / SIZE

    def theory(stronger: float) -> float:
        method = dmft.TwoTimeMarch(dt=0.1)
        march = dmft.solve_nonstationary(driven_chaos(noise, stronger), 60.0, method=method)
        return float(dmft.lyapunov_exponent(march))

    assert abs(theory(1.0) - found) < allowed
    assert abs(theory(1.1) - found) > allowed
