"""Capacities of manifolds where they are known: points, self-dual cones, planes, polygons, orthogonal blocks."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize

import dmft

KAPPAS = (0.0, 0.3, 1.0, 3.0)


def polygon(points):
    """1/alpha of a cloud in three dimensions: 1/2 + (length + area)/(2 pi) of its convex spherical polygon."""
    u = points / np.linalg.norm(points, axis=1)[:, None]
    sides = [math.acos(float(np.clip(a @ b, -1, 1))) for a, b in zip(u, np.roll(u, -1, axis=0))]
    angles = []
    for before, here, after in zip(np.roll(u, 1, axis=0), u, np.roll(u, -1, axis=0)):
        one, other = np.cross(here, before), np.cross(here, after)
        angles.append(math.acos(float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))))
    area = sum(angles) - (len(u) - 2) * math.pi
    return 0.5 + (sum(sides) + area) / (2 * math.pi)


@pytest.mark.parametrize("kappa", KAPPAS)
def test_a_point_is_gardners_perceptron(kappa):
    gardner = dmft.solve_capacity(dmft.Perceptron(), margin=kappa).capacity
    for shape in (dmft.Ball(0.0, 7), dmft.Ellipsoid([0.0, 0.0]), dmft.PointCloud([[3.0, 4.0]] * 5)):
        solved = dmft.solve_manifolds(shape, margin=kappa)
        assert solved.capacity == pytest.approx(gardner, rel=1e-14)
        assert solved.radius == solved.dimension == 0.0
    nearly = dmft.solve_manifolds(dmft.Ball(1e-9, 4), margin=kappa).capacity
    assert nearly == pytest.approx(gardner, rel=1e-7)


@pytest.mark.parametrize("dimension", [1, 2, 5, 20, 100, 1000, 1.2, 3.7])
def test_self_dual_balls_and_their_hyperplanes(dimension):
    """R = 1 is a self-dual cone, of half the dimension of space; R -> inf a half-space."""
    assert dmft.solve_manifolds(dmft.Ball(1.0, dimension)).capacity == pytest.approx(2.0 / (dimension + 1), rel=1e-12)
    for radius in (1e13, 1e100):
        wide = dmft.solve_manifolds(dmft.Ball(radius, dimension)).capacity
        assert wide == pytest.approx(1.0 / (dimension + 0.5), rel=1e-12)


@pytest.mark.parametrize(("radius", "angle"), [(r, math.atan(r)) for r in (0.01, 0.5, 1.0, 3.0, 40.0)])
def test_segments_are_angles_in_the_plane(radius, angle):
    """D = 1: a cone of opening 2 angle, 1/alpha = v_1 + 2 v_2 = 1/2 + angle/(pi/2) * 1/2 + ..., all in closed form."""
    exact = 0.5 + 2.0 * (2.0 * angle) / (2.0 * math.pi)
    assert dmft.solve_manifolds(dmft.Ball(radius, 1)).capacity == pytest.approx(1.0 / exact, rel=1e-12)


def test_large_balls_in_many_dimensions():
    """alpha = (1 + R^2) alpha_0(kappa + R sqrt(D)) for D -> inf: less than 1 % off for D >= 10, R <= 1."""
    for dimension in (10, 100, 1000):
        for radius in (0.1, 0.5, 1.0):
            shifted = dmft.solve_manifolds(dmft.Ball(0.0, 1), margin=radius * math.sqrt(dimension)).capacity
            solved = dmft.solve_manifolds(dmft.Ball(radius, dimension)).capacity
            assert solved == pytest.approx((1 + radius**2) * shifted, rel=0.1 / dimension)


CLOUDS = {
    "square": np.array([[0.8, 0, 1], [0, 0.8, 1], [-0.8, 0, 1], [0, -0.8, 1]]),
    "triangle": np.array([[1.0, 0.2, 0.5], [-0.3, 1.5, 0.7], [-0.4, -0.6, 1.8]]),
    "needle": np.array([[3.0, 0, 1], [0, 0.1, 1], [-3.0, 0, 1], [0, -0.1, 1]]),
}


@pytest.mark.parametrize("name", CLOUDS)
def test_polygons(name):
    """Sampled to 1 %, held to four standard errors; a copy of a point, and points within, change nothing."""
    cloud = CLOUDS[name]
    exact = polygon(cloud)
    for points in (cloud, np.vstack([cloud, cloud[:1], cloud.mean(axis=0)])):
        solved = dmft.solve_manifolds(dmft.PointCloud(points), accuracy=1e-2, seed=3)
        assert solved.capacity_error < 1.02e-2 * solved.capacity
        assert abs(solved.capacity - 1.0 / exact) < 4.0 * solved.capacity_error
        rotated = points @ np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0] * 7.0
        again = dmft.solve_manifolds(dmft.PointCloud(rotated), accuracy=1e-2, seed=4)
        assert abs(again.capacity - 1.0 / exact) < 4.0 * again.capacity_error


def test_many_points_of_a_circle_are_a_ball():
    angles = np.linspace(0.0, 2.0 * np.pi, 60, endpoint=False)
    circle = dmft.PointCloud(np.column_stack([0.7 * np.cos(angles), 0.7 * np.sin(angles), np.ones(60)]))
    for kappa in (0.0, 0.5):
        ball = dmft.solve_manifolds(dmft.Ball(0.7, 2), margin=kappa)
        drawn = dmft.solve_manifolds(circle, margin=kappa, accuracy=1e-2)
        for name in ("capacity", "radius", "centred_radius", "dimension", "cosine_dimension", "gaussian_dimension"):
            off = abs(getattr(drawn, name) - getattr(ball, name))
            assert off < 4.0 * getattr(drawn, f"{name}_error") + 3e-3 * getattr(ball, name), name


@pytest.mark.parametrize("kappa", [0.0, 0.6])
def test_ellipsoids_of_almost_equal_radii_are_balls(kappa):
    ball = dmft.solve_manifolds(dmft.Ball(0.5, 4), margin=kappa)
    nearly = dmft.solve_manifolds(dmft.Ellipsoid([0.5, 0.5, 0.5, 0.500001]), margin=kappa, accuracy=1e-2)
    assert nearly.draws > 0
    for name in ("capacity", "radius", "dimension", "gaussian_radius", "gaussian_dimension"):
        off = abs(getattr(nearly, name) - getattr(ball, name))
        assert off < 4.0 * getattr(nearly, f"{name}_error") + 1e-5, name
    assert dmft.solve_manifolds(dmft.Ellipsoid([0.5, 0.0, 0.5])).capacity == pytest.approx(
        dmft.solve_manifolds(dmft.Ball(0.5, 2)).capacity, rel=1e-14
    )


def test_a_margin_falls_and_several_are_a_harmonic_mean():
    shapes = (dmft.Ball(0.5, 3), dmft.Ball(1.5, 1), dmft.Ball(0.5, 3))
    each = [dmft.solve_manifolds(shape).capacity for shape in shapes]
    solved = dmft.solve_manifolds(dmft.Manifolds(shapes))
    assert solved.capacities == pytest.approx(each, rel=1e-15)
    assert solved.capacity == pytest.approx(3.0 / sum(1.0 / a for a in each), rel=1e-14)
    assert solved.statistical_dimension == pytest.approx(3.0 / solved.capacity, rel=1e-14)
    falling = [dmft.solve_manifolds(shapes[0], margin=k).capacity for k in (0.0, 0.1, 0.5, 2.0)]
    assert np.all(np.diff(falling) < 0)


def test_a_margin_of_points_that_span_space():
    """With a point more, no vector has equal products with all: the least-distance program takes over, continuously."""
    cloud = CLOUDS["square"]
    inner = np.vstack([cloud, [0.0, 0.0, 1.0 + 1e-7]])
    for kappa in (0.3, 1.0):
        one = dmft.solve_manifolds(dmft.PointCloud(cloud), margin=kappa, accuracy=2e-2)
        two = dmft.solve_manifolds(dmft.PointCloud(inner), margin=kappa, accuracy=2e-2)
        assert abs(one.capacity - two.capacity) < 4.0 * math.hypot(one.capacity_error, two.capacity_error)
    around = np.vstack([np.eye(2), -np.eye(2), [[0.5, 0.5]]])
    none = dmft.solve_manifolds(dmft.PointCloud(around), margin=0.1)
    assert (none.capacity, none.state, none.convergence.status) == (0.0, "none", dmft.Status.NO_SOLUTION)
    assert "take margin=0" in none.convergence.message
    full = dmft.solve_manifolds(dmft.PointCloud(around))  # all of the plane
    assert full.capacity == pytest.approx(0.5, rel=1e-12)


def blocks(rng, count, points, features):
    """Clouds in subspaces of their own, orthogonal to each other."""
    clouds = []
    for i in range(count):
        cloud = np.zeros((points, count * features))
        cloud[:, i * features : (i + 1) * features] = (
            rng.standard_normal((points, features)) + 2.5 * np.eye(features)[0]
        )
        clouds.append(cloud)
    return dmft.Manifolds(clouds)


@pytest.mark.long
@pytest.mark.parametrize("labels", [[1, -1, 1, 1, -1], "balanced", "one-vs-rest"])
def test_orthogonal_manifolds_are_independent_whatever_their_labels(labels):
    manifolds = blocks(np.random.default_rng(0), 5, 6, 4)
    apart = dmft.solve_manifolds(manifolds, accuracy=1e-2)
    together = dmft.solve_manifolds(manifolds, labels=labels, accuracy=1e-2, seed=1)
    for name in ("capacity", "radius", "dimension"):
        error = math.hypot(getattr(apart, f"{name}_error"), getattr(together, f"{name}_error"))
        assert abs(getattr(apart, name) - getattr(together, name)) < 4.0 * error, name
    alpha = (1.0 + together.effective_radius**-2) / together.effective_dimension
    assert alpha == pytest.approx(together.capacity, rel=1e-12)
    assert together.centre_correlation == pytest.approx(0.0, abs=1e-12)
    kept = dmft.solve_manifolds(manifolds, labels=labels, margin=1e-9, accuracy=1e-2)
    assert abs(kept.capacity - together.capacity) < 4.0 * math.hypot(kept.capacity_error, together.capacity_error)


@pytest.mark.parametrize("count", [3, 80])
def test_each_of_many_points_against_the_rest(count):
    """Points at right angles: delta = P/2 for any labels; 80 labellings are more than the draws to begin with."""
    points = dmft.Manifolds(list(np.eye(count)[:, None, :]))
    solved = dmft.solve_manifolds(points, labels="one-vs-rest", accuracy=1e-2)
    assert solved.state == "separable"
    assert abs(solved.capacity - 2.0) < 4.0 * solved.capacity_error < 0.08
    assert np.all(np.isfinite(solved.capacities_error))
    assert solved.radius == solved.dimension == 0.0
    assert dmft.solve_manifolds(points, labels="one-vs-rest", samples=2).draws == 2 * count


def test_large_margins_go_as_the_shortest_read_out():
    """delta -> kappa^2 |w|^2, w the shortest of margin one: by a program that shares nothing with the theory."""
    rng = np.random.default_rng(3)
    manifolds = dmft.Manifolds([rng.standard_normal((3, 20)) + 0.5 for _ in range(4)])
    x, owners = manifolds.joint()
    y = np.array([1, -1, 1, -1])
    unit = math.sqrt(np.mean([np.sum(m.centre**2) for m in manifolds.manifolds]))
    signed = y[owners][:, None] * x / unit
    found = minimize(
        lambda w: w @ w,
        np.linalg.lstsq(signed, np.full(12, 2.0), rcond=None)[0],
        jac=lambda w: 2.0 * w,
        constraints={"type": "ineq", "fun": lambda w: signed @ w - 1.0, "jac": lambda w: signed},
        method="SLSQP",
        options={"ftol": 1e-12},
    )
    for kappa in (1e5, 1e9):
        solved = dmft.solve_manifolds(manifolds, labels=y, margin=kappa)
        assert solved.state == "separable"
        assert solved.statistical_dimension == pytest.approx(kappa**2 * found.fun, rel=1e-4)


@pytest.mark.parametrize("far", [1e2, 1e5, 1e8])
def test_a_common_offset_leaves_labels_separable(far):
    """24 points in 40 dimensions can have any labels; only rounding would say that they cannot."""
    base = np.random.default_rng(1).standard_normal((4, 6, 40))
    near = dmft.solve_manifolds(dmft.Manifolds(list(base + 1e3)), labels=[1, -1, 1, -1], accuracy=5e-2)
    solved = dmft.solve_manifolds(dmft.Manifolds(list(base + far)), labels=[1, -1, 1, -1], accuracy=5e-2)
    assert solved.state == "separable"
    assert solved.capacity == pytest.approx(near.capacity, rel=1e-3)
    assert far * solved.radius == pytest.approx(1e3 * near.radius, rel=1e-2)


def test_points_that_fill_space_are_not_separable():
    rng = np.random.default_rng(5)
    manifolds = dmft.Manifolds([rng.standard_normal((20, 4)) + 0.2 for _ in range(4)])
    solved = dmft.solve_manifolds(manifolds, labels=[1, -1, 1, -1])
    assert solved.state == "not separable"
    for kappa in (1e-6, 1.0, 1e6):
        kept = dmft.solve_manifolds(manifolds, labels=[1, -1, 1, -1], margin=kappa)
        assert (kept.state, kept.capacity) == ("none", 0.0)
        assert "with the signs of their labels" in kept.convergence.message
    assert solved.statistical_dimension == pytest.approx(4.0, rel=1e-9)  # all of space
    # One that fills a subspace of its own leaves read-outs of the others, and none of itself.
    apart = np.zeros((2, 6, 8))
    apart[0, :, :2], apart[1, :, 2:] = rng.standard_normal((6, 2)), rng.standard_normal((6, 6)) + 2.0
    apart[0, 0, :2] = -apart[0, 1:, :2].sum(axis=0) + 1e-3
    assert dmft.solve_manifolds(dmft.Manifolds(list(apart)), labels=[1, -1]).state == "not separable"
    small = dmft.Manifolds([rng.standard_normal((2, 30)) + 0.2 for _ in range(4)])
    assert dmft.solve_manifolds(small, labels="balanced").state == "separable"
