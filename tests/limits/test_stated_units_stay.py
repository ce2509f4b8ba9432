"""States of sampled units that networks leave, or that depend on where units began, do not count as solved."""

import numpy as np
import pytest

import dmft
from dmft.numerics.convergence import Status
from dmft.theories.stationary.stated_units.coherent import growing_modes

PLAIN = dmft.SelfCoupled(0.0)


@pytest.mark.parametrize(("strength", "modes"), [(0.9, 0), (1.1, 1), (-20.0, 0)])
def test_turns_of_the_determinant_count_what_grows(strength, modes):
    """x' = -x + M x grows above M = 1; two populations of eigenvalues a +- ib above a = 1."""
    turns = np.linspace(0.0, 400.0, 40001)
    once = 1.0 / (1.0 + 1j * turns)
    assert growing_modes(np.array([[strength]]), once[None]) == modes
    turning = np.array([[strength, -3.0], [3.0, strength]])
    assert growing_modes(turning, np.array([once, once])) == 2 * modes


@pytest.mark.long
def test_populations_that_turn_together_are_told():
    noise = dmft.OrnsteinUhlenbeck(0.3, 1.0)
    unit = dmft.Population(dynamics=PLAIN, drive=noise)
    network = dmft.Network(
        {"E": dmft.Population(dynamics=PLAIN, drive=noise, fraction=0.5), "I": unit},
        dmft.Couplings(dmft.Random(0.5), dmft.Mean([[10.0, -12.0], [12.0, -2.0]])),
    )
    found = dmft.solve_stationary(network, method=dmft.Sampled(seed=1), on_failure="ignore")
    assert found.convergence.status is Status.UNSTABLE
    assert found.stable is False


@pytest.mark.long
def test_units_that_remember_where_they_began_are_told():
    """Networks of N = 1000 have <x> = 2.13 to 2.43 from different starts."""
    network = dmft.Network(
        dmft.Population(dynamics=dmft.SelfCoupled(1.5)), dmft.Couplings(dmft.Random(0.5), dmft.Mean(1.0))
    )
    found = dmft.solve_stationary(network, method=dmft.Sampled(seed=2), on_failure="ignore")
    assert found.convergence.status is Status.GRID_TOO_SHORT
