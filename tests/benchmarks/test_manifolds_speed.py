"""Speed of the theory of manifolds: projections on cones against quadratic programs, and the example of 100 clouds."""

import time

import numpy as np
import pytest

import dmft
from dmft.numerics.cones import Cone


def cpu(function, repeat):
    best = np.inf
    for _ in range(repeat):
        begin = time.process_time()
        value = function()
        best = min(best, time.process_time() - begin)
    return best, value


@pytest.mark.benchmark
@pytest.mark.parametrize(("many", "d"), [(60, 6), (50, 50)])
def test_a_projection_against_a_modelling_layer(record_speed, many, d):
    """Asked: 100 times a quadratic program through cvxpy, with the same square of the distance."""
    cvxpy = pytest.importorskip("cvxpy")
    rng = np.random.default_rng(0)
    points = rng.standard_normal((many, d))
    points[:, 0] = 1.0
    t = rng.standard_normal(d)
    cone = Cone(points)

    def layered():
        v = cvxpy.Variable(d)
        problem = cvxpy.Problem(cvxpy.Minimize(cvxpy.sum_squares(v - t)), [points @ v >= 0])
        problem.solve(solver=cvxpy.CLARABEL)
        return float(problem.value)

    def ours():
        for _ in range(100):
            value = float(np.sum((cone.weights(-t) @ points) ** 2))
        return value

    theirs, value = cpu(layered, 5)
    seconds, own = cpu(ours, 5)
    assert own == pytest.approx(value, rel=1e-5)
    what = f"projection, {many} points, D = {d} ({1e4 * seconds:.0f} us)"
    record_speed(what, "cvxpy with Clarabel", theirs / seconds * 100, ">= 100")


@pytest.mark.benchmark
def test_a_hundred_clouds(record_speed):
    """Asked: 100 clouds of 50 points in 5000 dimensions, each to one per cent, in 20 s of a core."""
    rng = np.random.default_rng(0)
    clouds = dmft.Manifolds([rng.standard_normal((50, 5000)) for _ in range(100)])
    seconds, solved = cpu(lambda: dmft.solve_manifolds(clouds), 1)
    assert np.all(solved.capacities_error < 0.01 * solved.capacities)
    record_speed(f"100 clouds to 1 % ({seconds:.1f} s)", "20 s", 20.0 / seconds, ">= 1")
