"""Networks of finite size against the theory of balanced networks, at a fixed balance scale K."""

from __future__ import annotations

import math

import numpy as np
import pytest

import dmft
import validation
from dmft.observables.driven_lyapunov import lyapunov_exponent
from validation.estimators.period import OverPeriod


def networks(network: dmft.BalancedNetwork, counts: dict[int, int], **settings) -> validation.Simulation:
    parts = [validation.simulate(network, n, n_realizations=r, seed=31, **settings) for n, r in counts.items()]
    return sum(parts[1:], start=parts[0])


@pytest.fixture(scope="module")
def independent() -> tuple[dict[str, float], validation.Simulation]:
    """A locked state under independent input: short memory, so that little time is needed."""
    network = dmft.BalancedNetwork(2.0, 300, drive=dmft.Sinusoid(10.0, 0.2, phases="random"))
    theory = dmft.solve_stationary(network)
    numbers = {
        "mean_x": theory.mean_x,
        "mean_phi": theory.mean_phi,
        "corr_x[0]": theory.variance + theory.mean_x**2,
        "corr_phi[0]": float(theory.corr_phi[0]),
    }
    return numbers, networks(network, {300: 24, 600: 16}, duration=20.0, burn_in=10.0)


def test_independent_input(independent) -> None:
    numbers, simulation = independent
    found = validation.compare(numbers, simulation, tolerance=0.3)
    assert found.verdict == "agree", str(found)
    for row in found.rows:
        assert abs(row.z) < 4.5


def test_a_wrong_theory_is_seen(independent) -> None:
    """A gain that is 6 % too large."""
    numbers, simulation = independent
    wrong = dmft.solve_stationary(dmft.BalancedNetwork(2.12, 300, drive=dmft.Sinusoid(10.0, 0.2, phases="random")))
    shifted = {
        **numbers,
        "mean_phi": wrong.mean_phi,
        "corr_phi[0]": float(wrong.corr_phi[0]),
    }
    assert validation.compare(shifted, simulation, tolerance=0.3).verdict == "disagree"


def test_mean_rate_of_the_undriven_network() -> None:
    """The rate is held by the balance and hardly fluctuates: a precise number."""
    network = dmft.BalancedNetwork(2.0, 300)
    theory = dmft.solve_stationary(network)
    simulation = networks(network, {300: 12, 600: 8}, duration=20.0, burn_in=20.0)
    found = validation.compare({"mean_phi": theory.mean_phi}, simulation, tolerance=0.2)
    assert found.verdict == "agree", str(found)
    assert abs(found.rows[0].z) < 4.5


@pytest.mark.long
def test_common_input_over_a_period() -> None:
    """Mean, variance and rate at every time of the period, on the chaotic side (a = 0.6), in units of their errors."""
    network = dmft.BalancedNetwork(2.0, 1000, drive=dmft.Sinusoid(0.6 * math.sqrt(1000.0), 0.2))
    solution = dmft.solve_nonstationary(network, 150.0, method=dmft.TwoTimeMarch(dt=0.05, window=50.0))
    simulation = networks(network, {1000: 24}, duration=50.0, burn_in=50.0, measure=[OverPeriod(5.0)])
    rows = solution.last_period()
    every = slice(rows.start, rows.stop, 10)
    theory = {"mean": solution.mean_x, "variance": solution.variance, "rate": solution.mean_phi}
    for name, values in theory.items():
        mean = simulation.mean(f"period_{name}", 1000)
        error = simulation.standard_error(f"period_{name}", 1000)
        expected = values[every]
        # bias of N = 1000: a few parts in a thousand; of the march at dt = 0.05: 1e-3
        allowed = 4.5 * error + 8e-3 * np.max(np.abs(expected))
        assert np.all(np.abs(mean - expected) < allowed), name


@pytest.mark.long
@pytest.mark.parametrize(("amplitude", "phases"), [(1.5 * math.sqrt(4000.0), "common"), (8.0, "random")])
def test_exponent_on_the_stable_side(amplitude: float, phases: str) -> None:
    """N = K = 4000; finite size lowers the exponent by at most 0.02."""
    network = dmft.BalancedNetwork(2.0, 4000, drive=dmft.Sinusoid(amplitude, 0.2, phases))
    solution = dmft.solve_periodic(network) if phases == "common" else dmft.solve_stationary(network)
    simulation = networks(network, {4000: 3}, duration=40.0, burn_in=20.0, measure=["lyapunov"])
    assert float(simulation.mean("lyapunov_exponent", 4000)) == pytest.approx(
        float(lyapunov_exponent(solution)), abs=0.02
    )
