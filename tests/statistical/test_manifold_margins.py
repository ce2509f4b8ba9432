"""Manifolds placed at random, told apart with a margin by cone programs, beside the theory."""

import math

import numpy as np
import pytest

import dmft
import validation

CROSS = dmft.PointCloud(np.hstack([0.8 * np.vstack([np.eye(5), -np.eye(5)]), np.ones((10, 1))]))


@pytest.mark.long
@pytest.mark.parametrize("margin", [0.5, 1.5])
@pytest.mark.parametrize("shape", [dmft.Ball(0.0, 1), dmft.Ball(0.7, 1), dmft.Ball(1.0, 5), CROSS])
def test_the_number_held_with_a_margin(shape, margin):
    """(P + 1/2)/N within 2 alpha/N of alpha at N = 50; errors of 2 to 3 %: without the margin alpha is 1.4 to 6 times
    as large."""
    theory = dmft.solve_manifolds(shape, margin=margin)
    simulation = validation.simulate(shape, 50, margin=margin, n_realizations=80, seed=1)
    values = simulation.values("capacity", 50)
    error = math.hypot(np.std(values, ddof=1) / math.sqrt(80), theory.capacity_error)
    assert error < 0.035 * theory.capacity
    assert abs(np.mean(values) - theory.capacity) < 3.5 * error + 2.0 * theory.capacity / 50
    assert validation.compare(theory, simulation).verdict != "disagree"
    assert validation.compare({"capacity": 1.3 * theory.capacity}, simulation).verdict == "disagree"


@pytest.mark.long
def test_data_as_they_lie_keep_a_margin():
    """Half of the projections of 30 correlated clouds at n = delta(kappa), within 3.5 errors and 2 %; labels given."""
    rng = np.random.default_rng(0)
    common = rng.standard_normal((5, 90))
    clouds = [rng.standard_normal(5) @ common + rng.standard_normal(90) for _ in range(30)]
    manifolds = dmft.Manifolds([7.0 * (c + 0.4 * rng.standard_normal((3, 90))) for c in clouds])
    labels = rng.permutation([1, -1] * 15)
    theory = dmft.solve_manifolds(manifolds, labels=labels, margin=0.4)
    plain = dmft.solve_manifolds(manifolds, labels=labels)
    assert plain.capacity > 1.3 * theory.capacity
    sizes = [round(part * theory.statistical_dimension) for part in (0.85, 0.92, 1.0, 1.08, 1.15)]
    simulation = validation.simulate(
        manifolds, sizes, labels=labels, margin=0.4, measure="separable", n_realizations=40, seed=4
    )
    half = validation.half_load(simulation)
    slack = 3.5 * math.hypot(half.standard_error, theory.capacity_error) + 0.02 * theory.capacity
    assert half.standard_error < 0.02 * theory.capacity
    assert abs(half - theory.capacity) < slack


def test_margins_are_part_of_the_question():
    simulation = validation.simulate(dmft.Ball(0.0, 1), 10, margin=0.5, n_realizations=3, seed=1)
    with pytest.raises(ValueError, match=r"the same margin, got 0 and 0\.5"):
        validation.compare(dmft.solve_manifolds(dmft.Ball(0.0, 1)), simulation)
    with pytest.raises(ValueError, match="'dimension' knows no margin"):
        validation.simulate(dmft.Ball(0.0, 1), margin=0.5, measure="dimension", seed=1)
    with pytest.raises(ValueError, match="margin must be finite and not negative"):
        validation.simulate(dmft.Ball(0.0, 1), 10, margin=-0.5, seed=1)
