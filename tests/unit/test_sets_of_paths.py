"""Sets of paths beyond those that were solved are solved alone, and an accuracy asks for no more than it needs."""

import numpy as np
import pytest

import dmft
from dmft.theories.stated_units import stated_units_of
from dmft.theories.stationary.stated_units.pilot import pilot
from dmft.theories.stationary.stated_units.sets import Sets

NETWORK = dmft.Network(
    dmft.Population(dynamics=dmft.SelfCoupled(0.5), drive=dmft.WhiteNoise(0.5)), dmft.Random(0.9, symmetry=0.0)
)


def test_what_was_solved_is_not_solved_again():
    units = stated_units_of(NETWORK)
    children = np.random.SeedSequence(3).spawn(5)
    found = pilot(units, 64, children[0], 100)
    sets, at_once = (Sets(found, 64, 100, 1.0) for _ in range(2))
    few = list(sets.solved(children[1:3]).rows)
    more = sets.solved(children[1:5])
    assert all(one is other for one, other in zip(few, more.rows[:2], strict=True))
    together = at_once.solved(children[1:5])
    assert [row.corr_x[0, 0] for row in more.rows] == [row.corr_x[0, 0] for row in together.rows]
    assert len({row.corr_x[0, 0] for row in more.rows}) == 4


@pytest.mark.long
def test_an_accuracy_asks_for_no_more_than_it_needs():
    few = dmft.solve_stationary(NETWORK, method=dmft.Sampled(64, 1))
    goal = 0.6 * float(few.convergence.error)
    better = dmft.solve_stationary(NETWORK, method=dmft.Sampled(64, 1, goal))
    assert few.settings["seeds"] == 8
    assert 8 < better.settings["seeds"] < 50
    assert better.convergence.error <= goal


def test_iterations_go_as_far_as_an_accuracy_asks():
    units = stated_units_of(NETWORK)
    children = np.random.SeedSequence(4).spawn(2)
    found = pilot(units, 64, children[0], 100)
    assert Sets(found, 64, 100, 1e-6).solved(children[1:]).distance <= 1e-6 / 20


def test_outputs_too_small_to_square_are_no_rest():
    unit = dmft.Dynamics("-x - x**3 + h", output="1e-120*tanh(x)")
    network = dmft.Network(dmft.Population(dynamics=unit, drive=dmft.OrnsteinUhlenbeck(1.0, 1.0)), dmft.Random(1.5))
    found = dmft.solve_stationary(network, method=dmft.Sampled(64, 1), on_failure="ignore")
    assert found.convergence.status is dmft.Status.UNRESOLVED
    assert "another unit" in found.convergence.detail
