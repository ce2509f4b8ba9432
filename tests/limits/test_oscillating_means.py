"""A moving state of excitation and inhibition whose means oscillate is not called stable."""

from __future__ import annotations

import numpy as np
import pytest

import dmft
from dmft.theories.blocks import blocks_of

# Means, time constant of inhibition, biases, gain, and how many modes of the means grow.
CASES = [
    ([[8.0, -14.0], [14.0, -2.0]], 4.0, (0.4, 0.2), 2.5, 2),
    ([[8.0, -14.0], [14.0, -2.0]], 4.0, (0.0, 0.0), 2.5, 2),
    ([[8.0, -14.0], [14.0, -2.0]], 2.0, (0.4, 0.2), 2.0, 2),
    ([[4.0, -6.0], [6.0, -1.0]], 1.0, (0.4, 0.2), 2.5, 0),
]


def network(means, tau, biases, gain):
    return dmft.Network(
        {
            "E": dmft.Population(dmft.Tanh(), fraction=0.5, bias=biases[0]),
            "I": dmft.Population(dmft.Tanh(), dmft.Leaky(tau), fraction=0.5, bias=biases[1]),
        },
        dmft.Couplings(dmft.Random(gain), dmft.Mean(means)),
    )


def wandering(net, size, seed):
    """Standard deviation over time of the mean of each population of a drawn network."""
    blocks, rng = blocks_of(net), np.random.default_rng(seed)
    at = np.repeat([0, 1], size // 2)
    gains, means = np.sqrt(blocks.gains)[at][:, at], blocks.means[at][:, at]
    couplings = gains * rng.normal(size=(size, size)) / np.sqrt(size) + means / size
    x, tau, bias, dt = rng.normal(size=size), blocks.tau[at], blocks.bias[at], 0.1
    seen = []
    for step in range(3000):
        x = x + dt / tau * (-x + couplings @ np.tanh(x) + bias)
        if step > 1000:
            seen.append([x[at == a].mean() for a in (0, 1)])
    return np.std(seen, axis=0)


@pytest.mark.parametrize(("means", "tau", "biases", "gain", "growing"), CASES)
def test_branches_say_so(means, tau, biases, gain, growing) -> None:
    moving = [b for b in dmft.branches(network(means, tau, biases, gain)).states if b.solution.state == "chaotic"]
    assert moving
    assert all(b.stable == (growing == 0) for b in moving)


@pytest.mark.parametrize("case", [CASES[0], CASES[3]], ids=["oscillates", "stays"])
def test_drawn_networks_agree(case) -> None:
    """400 units: means that only scatter do by 0.2, those that oscillate by the size of x."""
    deviation = wandering(network(*case[:4]), 400, seed=1)
    assert np.all(deviation > 0.6) if case[4] else np.all(deviation < 0.4), deviation


@pytest.mark.long
@pytest.mark.parametrize("coupled", [0.0, 0.01])
def test_two_that_hardly_hear_each_other_are_as_stable_as_one(coupled) -> None:
    """ReLU under inhibition: covariances alone would not return, in two populations by two modes, which the sign of a
    determinant does not tell from none."""
    unit = dmft.Population(dmft.ReLU(), bias=0.3, fraction=0.5)
    couplings = dmft.Couplings(
        dmft.Random([[2.8, coupled], [coupled, 2.8]]), dmft.Mean([[-4.0, -coupled], [-coupled, -4.0]])
    )
    moving = dmft.branches(dmft.Network({"a": unit, "b": unit}, couplings)).states
    assert [b.stable for b in moving if b.solution.state == "chaotic"] == [True]


@pytest.mark.parametrize(("means", "tau", "biases", "gain", "growing"), CASES)
def test_a_solution_says_so_by_itself(means, tau, biases, gain, growing) -> None:
    """On fewer nodes, at the cost of a state; looked at closely it is the same."""
    solution = dmft.solve_stationary(network(means, tau, biases, gain))
    if solution.state == "chaotic":
        assert solution.stable == (growing == 0)
        assert dmft.stability(solution).stable == solution.stable


@pytest.mark.long
def test_a_pair_of_modes_that_grow_alike_is_seen() -> None:
    """Two networks side by side, each in the moving state that its energy leaves: the sign of a determinant tells
    nothing of two modes."""
    phi = dmft.Symbolic("tanh(x)**3")
    alone = dmft.branches(dmft.RandomNetwork(4.0, nonlinearity=phi))
    stays = {round(b.solution.variance, 6): b.stable for b in alone if b.solution.state == "chaotic"}
    assert sorted(stays.values()) == [False, True]
    unit = dmft.Population(phi, fraction=0.5)
    both = dmft.branches(dmft.Network({"a": unit, "b": unit}, dmft.Random((4.0 * np.sqrt(2.0) * np.eye(2)).tolist())))
    moving = [b for b in both if b.solution.state == "chaotic" and np.ptp(b.solution.variance) < 1e-6]
    assert {round(b.solution.variance[0], 6): b.stable for b in moving} == stays
    still_there = dmft.solve_stationary(both.network, init=moving[0].solution)
    assert still_there.stable == stays[round(still_there.variance[0], 6)]
