"""Capacities of balls and ellipses against numbers made without this package; the example of the common package."""

import json
from pathlib import Path

import numpy as np
import pytest

import dmft

NUMBERS = json.loads((Path(__file__).parent / "manifolds_reference.json").read_text())


@pytest.mark.parametrize(("radius", "dimension", "margin", "capacity", "anchors"), NUMBERS["balls"])
def test_balls(radius, dimension, margin, capacity, anchors):
    solved = dmft.solve_manifolds(dmft.Ball(radius, dimension), margin=margin)
    assert solved.capacity == pytest.approx(capacity, rel=1e-12)
    assert solved.capacity_error < 1e-12 * capacity
    assert solved.radius == pytest.approx(anchors, rel=1e-5)
    assert solved.dimension == dimension


@pytest.mark.parametrize(("first", "second", "capacity"), NUMBERS["ellipses"])
def test_ellipses(first, second, capacity):
    """Drawn to half a per cent, within four standard errors; as points on the rim, to one per cent more."""
    solved = dmft.solve_manifolds(dmft.Ellipsoid([first, second]), accuracy=5e-3, seed=2)
    if solved.draws:
        assert solved.capacity_error < 5.05e-3 * solved.capacity
        assert abs(solved.capacity - capacity) < 4.0 * solved.capacity_error
    else:
        assert solved.capacity == pytest.approx(capacity, rel=1e-12)
    angles = np.linspace(0.0, 2.0 * np.pi, 200, endpoint=False)
    rim = np.column_stack([first * np.cos(angles), second * np.sin(angles), np.ones(200)])
    drawn = dmft.solve_manifolds(dmft.PointCloud(rim), accuracy=2e-2, seed=2)
    assert abs(drawn.capacity - capacity) < 4.0 * drawn.capacity_error + 5e-3 * capacity


def test_the_example_of_the_common_package():
    """Clouds of 50 normal points in 5000 dimensions: capacity .0400(5), radius 1.47, dimension 36.1 (README: 36.17).

    Ten of them; the errors are of the draws and between clouds.
    """
    rng = np.random.default_rng(0)
    solved = dmft.solve_manifolds(dmft.Manifolds([rng.standard_normal((50, 5000)) for _ in range(10)]), accuracy=1e-2)
    assert solved.capacity == pytest.approx(0.0400, abs=5e-4)
    assert solved.radius == pytest.approx(1.47, abs=0.02)
    assert solved.dimension == pytest.approx(36.1, abs=0.3)
    assert solved.centred_radius == pytest.approx(1.474, abs=0.02)
    assert solved.cosine_dimension == pytest.approx(36.1, abs=0.3)
    assert solved.capacity_error < 1e-2 * solved.capacity
    assert np.all(solved.capacities_error < 1e-2 * solved.capacities)


@pytest.mark.parametrize(
    ("radii", "within"),
    [([0.2, 0.5, 0.9], 0.06), (1.0 / np.arange(1, 21), 0.09), (0.4 / np.sqrt(np.arange(1, 51)), 0.06)],
)
def test_the_ball_of_the_anchors_has_nearly_the_capacity(radii, within):
    """alpha_ball(R_M, D_M): an approximation of 5 %, or 7(1) % low where radii fall as 1/i; drawn to 1 %."""
    solved = dmft.solve_manifolds(dmft.Ellipsoid(radii))
    ball = dmft.solve_manifolds(dmft.Ball(solved.radius, solved.dimension))
    assert ball.capacity == pytest.approx(solved.capacity, rel=within)
