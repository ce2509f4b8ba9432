"""Sampled units that have several states: each start comes to its own, and none is called solved that a network leaves.

`SelfCoupled(0)` is the leaky unit, whose states are known exactly.
"""

import dataclasses

import numpy as np
import pytest

import dmft
from dmft.numerics.convergence import Status
from dmft.theories.stated_units import stated_units_of
from dmft.theories.stationary.stated_units.solve import solve_stated_units

LEAKY = dmft.SelfCoupled(0.0)


def network(g, mean, dynamics=LEAKY):
    return dmft.Network(dmft.Population(dynamics=dynamics), dmft.Couplings(dmft.Random(g), dmft.Mean(mean)))


def within(solution, mean, variance):
    """Whether mean and variance are within three claimed errors (one sigma, Student's) and what rounding leaves."""
    beside = solution.process.mean_x_errors[0], np.max(solution.corr_x_error)
    return abs(solution.mean_x - mean) <= 3 * beside[0] and abs(solution.variance - variance) <= 3 * beside[1]


def test_a_quiescent_state_stands_beside_a_chaotic_one():
    """tanh^3, g = 4: C(0) = 9.034235173 by the energy orbit, as the leaky network has it."""
    cube = dmft.Network(dmft.Population(dynamics=dmft.Dynamics("-x + h", output="tanh(x)**3")), dmft.Random(4.0))
    found = dmft.branches(cube)
    quiescent, chaotic = found
    assert found.complete is None
    assert quiescent.solution.state == "quiescent"
    assert quiescent.stable
    assert within(chaotic.solution, 0.0, 9.034235173)


@pytest.mark.long
def test_means_to_both_sides_are_found_and_the_state_between_them_is_not_called_solved():
    exact = dmft.branches(network(0.8, 2.5, dmft.Leaky()))
    known = max(branch.solution.mean_x for branch in exact), max(branch.solution.variance for branch in exact)
    found = dmft.branches(network(0.8, 2.5))
    solved = [branch.solution for branch in found if branch.solution.convergence.converged]
    assert sorted(np.sign(s.mean_x) for s in solved) == [-1.0, 1.0]
    assert all(within(s, np.sign(s.mean_x) * known[0], known[1]) for s in solved)
    left = [b for b in found if not b.solution.convergence.converged]
    assert [b.solution.convergence.status for b in left] == [Status.UNSTABLE]  # rest, to which low activity dies
    assert left[0].stable is None


@pytest.mark.long
def test_each_side_has_a_start_of_its_own():
    """Under noise high activity comes to the mean zero, so that both sides are reached from means alone."""
    driven = {"populations.drive": dmft.OrnsteinUhlenbeck(0.5, 1.0)}
    exact = dmft.solve_stationary(network(0.5, 2.0, dmft.Leaky()).replace(**driven))
    found = [b.solution for b in dmft.branches(network(0.5, 2.0).replace(**driven))]
    solved = [s for s in found if s.convergence.converged]
    assert sorted(np.sign(s.mean_x) for s in solved) == [-1.0, 1.0]
    assert all(within(s, np.sign(s.mean_x) * abs(exact.mean_x), exact.variance) for s in solved)


@pytest.mark.long
def test_means_that_die_are_followed_to_rest():
    """M phi'(0) = .97, g = .8: nothing stays; on scales of high activity a solve would stop at a variance of 2e-9."""
    assert dmft.solve_stationary(network(0.8, 0.97), method=dmft.Sampled()).state == "quiescent"
    left = dmft.solve_stationary(network(0.8, 1.1), method=dmft.Sampled(), on_failure="ignore")
    assert left.state != "quiescent"


@pytest.mark.long
def test_a_state_that_means_leave_leads_to_the_one_beside_it():
    """M <phi'> is above 1 about the mean zero of high activity."""
    noise = dmft.OrnsteinUhlenbeck(0.5, 1.0)
    driven = {"populations.drive": noise}
    exact = dmft.solve_stationary(network(0.5, 2.0, dmft.Leaky()).replace(**driven))
    stated = network(0.5, 2.0).replace(**driven)
    found = dmft.solve_stationary(stated, method=dmft.Sampled(seed=2))
    assert found.others == 1
    assert within(dataclasses.replace(found, mean_x=abs(found.mean_x)), abs(exact.mean_x), exact.variance)
    left = solve_stated_units(stated_units_of(stated), paths=None, seed=2, accuracy=None, max_steps=100)
    assert left.convergence.status is Status.UNSTABLE


def test_a_solution_is_where_the_next_begins():
    first = dmft.solve_stationary(network(0.8, 2.5), method=dmft.Sampled())
    other = dataclasses.replace(
        first, process=dataclasses.replace(first.process, means=-first.process.means), mean_x=-first.mean_x
    )
    again = dmft.solve_stationary(network(0.8, 2.4), method=dmft.Sampled(), init=other)
    assert np.sign(again.mean_x) == -np.sign(first.mean_x)
