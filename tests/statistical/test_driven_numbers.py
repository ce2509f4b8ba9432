"""Theories of driven networks, as they are, beside networks: read at the very times that the networks are sampled."""

from __future__ import annotations

import math

import numpy as np
import pytest

import dmft
import validation
from validation.estimators.period import OverPeriod
from validation.quantities import theory_numbers

# h repeats with the drive; the period, 3.5, is seven sampling intervals, and the duration no multiple of it
DRIVEN = dmft.RandomNetwork(0.8, drive=dmft.Sinusoid(2.0, 1 / 3.5))


@pytest.fixture(scope="module")
def simulation() -> validation.Simulation:
    return validation.simulate(
        DRIVEN, [300, 600], n_realizations=12, seed=4, duration=16.0, burn_in=10.0,
        measure=("correlation", OverPeriod(3.5)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def locked() -> dmft.PeriodicSolution:
    return dmft.solve_periodic(DRIVEN, n=112)


def test_locked_state(locked, simulation) -> None:
    found = validation.compare(locked, simulation, tolerance=0.25)
    assert found.verdict == "agree", str(found)
    assert {"mean_x", "mean_phi", "corr_x[0]", "corr_x[2]", "period_mean[0]", "period_rate[3]"} <= {
        row.quantity for row in found.rows
    }
    for row in found.rows:
        assert abs(row.z) < 7.0


@pytest.mark.long
def test_march_and_torus_give_the_same_numbers(locked, simulation) -> None:
    march = dmft.solve_nonstationary(DRIVEN, 40.0, method=dmft.TwoTimeMarch(dt=0.025, window=12.0))
    one, two = (theory_numbers(theory, simulation) for theory in (locked, march))
    assert set(one) == set(two)
    for name, number in one.items():
        scale = max(abs(x) for other, x in one.items() if other.split("[")[0] == name.split("[")[0])
        assert two[name] == pytest.approx(number, abs=0.01 * scale), name


@pytest.mark.parametrize("shift", [-2, 2])
def test_a_shift_in_time_is_seen(locked, simulation, shift: int) -> None:
    """By a fourteenth of a period and more: numbers of one phase beside networks at another."""
    numbers = theory_numbers(locked, simulation)
    phases = np.roll(simulation.coordinates["phase"], shift)
    late = {
        f"period_mean[{phase:g}]": float(np.interp(earlier, locked.times, locked.mean_x, period=3.5))
        for phase, earlier in zip(simulation.coordinates["phase"], phases, strict=True)
    }
    assert set(late) >= {name for name in numbers if name.startswith("period_mean")}
    assert validation.compare(late, simulation).verdict == "disagree"


def test_stationary_balanced_network() -> None:
    network = dmft.BalancedNetwork(2.0, 300, drive=dmft.Sinusoid(10.0, 0.2, phases="random"))
    simulation = validation.simulate(network, [300, 600], n_realizations=16, seed=9, duration=20.0, burn_in=10.0)
    found = validation.compare(dmft.solve_stationary(network), simulation, tolerance=0.3)
    assert found.verdict == "agree", str(found)
    assert found.row("corr_x[2]").scale == pytest.approx(found.row("corr_x[0]").theory)


def test_refuses(locked) -> None:
    settings = {"n_realizations": 1, "seed": 1, "duration": 10.0, "burn_in": 0.0}
    other = validation.simulate(DRIVEN.replace(g=0.9), 20, **settings)
    with pytest.raises(ValueError, match="theory is of RandomNetwork"):
        validation.compare(locked, other)
    here = validation.simulate(DRIVEN, 20, **settings)
    with pytest.raises(ValueError, match="must have reached a state that repeats"):
        validation.compare(dmft.solve_nonstationary(DRIVEN, 5.0), here)
    chaotic = dmft.BalancedNetwork(2.0, 400, drive=dmft.Sinusoid(0.5 * math.sqrt(400), 0.5))
    with pytest.raises(ValueError, match="a locked state that is unstable"):
        validation.compare(dmft.solve_periodic(chaotic, n=32), validation.simulate(chaotic, 20, **settings))
