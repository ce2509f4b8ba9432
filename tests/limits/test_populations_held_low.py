"""Noise next to activity that grows without limit: phi = max(0, x)^2 has a low state that large activity hides.

Reference: the two-time march of the same network from rest, whose steps share nothing with the solver of a window.
"""

import numpy as np
import pytest

import dmft


def _net(g, noise):
    population = dmft.Population(dmft.ThresholdPower(2.0), drive=dmft.WhiteNoise(noise))
    return dmft.Network({"E": population}, dmft.Couplings(dmft.Random(g), dmft.Mean(0.2)))


@pytest.mark.long
@pytest.mark.parametrize(("g", "noise"), [(0.6, 0.8), (1.0, 0.3)])
def test_the_low_state_is_found_where_large_activity_grows(g, noise):
    solution = dmft.solve_stationary(_net(g, noise))
    march = dmft.solve_nonstationary(_net(g, noise), 14.0, init=(0.0, 1e-6))
    assert solution.stable
    (found,) = dmft.branches(_net(g, noise)).stable
    np.testing.assert_allclose(found.solution.variance, solution.variance, rtol=1e-8)
    np.testing.assert_allclose(solution.variance, march.variance[:, -1], rtol=2e-3)
    np.testing.assert_allclose(solution.mean_x, march.mean_x[:, -1], rtol=5e-3)


def test_where_noise_itself_sets_off_growth_there_is_no_state():
    solution = dmft.solve_stationary(_net(1.0, 2.0), on_failure="ignore")
    assert solution.convergence.status is dmft.Status.NO_SOLUTION
