"""Low-rank couplings: a rotating state against a plain two-time march, and a curve of outliers."""

import numpy as np
import pytest
from plain_two_time_march import two_time_march
from test_stationary_speed import cpu

import dmft

pytestmark = pytest.mark.benchmark


def network(g, overlap, phi=None):
    return dmft.Network(
        dmft.Population(phi or dmft.Tanh()), dmft.Couplings(dmft.Random(g), low_rank=dmft.LowRank(overlap))
    )


def test_a_rotating_state_against_the_plain_march(record_speed):
    statement = network(1.5, [[2.5, -1.5], [1.5, 2.5]], dmft.Erf())
    solution = dmft.solve_stationary(statement)
    found = []
    plain = cpu(lambda: found.append(two_time_march(1.5, [[2.5, -1.5], [1.5, 2.5]])), 1)
    ours = cpu(lambda: dmft.solve_stationary(statement), 5)
    variance, turns = found[0]
    # The march is right as far as its step allows, and ours far more accurate than that.
    off = abs(variance / solution.variance - 1.0)
    assert off < 0.1
    assert turns == pytest.approx(solution.frequency, rel=0.05)
    assert solution.convergence.error < 1e-4 * off
    record_speed(
        f"rotating state, erf, g=1.5 ({1e3 * ours:.0f} ms, error {solution.convergence.error:.0e})",
        f"two-time Euler march, dt=.05, 2500 steps ({plain:.0f} s, {100.0 * off:.1g} % off)",
        plain / ours,
        ">= 1000",
    )


def test_a_curve_of_a_hundred_outliers(record_speed):
    outliers = np.linspace(1.05, 4.0, 100)
    for g in (0.8, 2.5):
        ours = cpu(lambda g=g: [dmft.solve_stationary(network(g, float(x))) for x in outliers], 2)
        record_speed(f"rank one, 100 outliers, g={g} ({ours:.2f} s)", "1 s", 1.0 / ours, "> 1")
