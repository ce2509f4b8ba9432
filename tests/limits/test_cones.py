"""Projections on cones: optimality, two algorithms, a quadratic program that shares nothing with them."""

import clarabel
import numpy as np
import pytest
from scipy import sparse

from dmft.numerics.cones import Cone, active_set, least_distance, pivoted, pointed


def nearest(points, t, kappa):
    """min |V - T|^2 with V . x >= kappa, by Clarabel."""
    d = len(t)
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-11
    rows, side = sparse.csc_matrix(-points), np.full(len(points), -kappa)
    cones = [clarabel.NonnegativeConeT(len(points))]
    found = clarabel.DefaultSolver(sparse.eye(d, format="csc") * 2.0, -2.0 * t, rows, side, cones, settings).solve()
    return float(np.sum((np.array(found.x) - t) ** 2))


@pytest.mark.parametrize(("many", "d"), [(60, 6), (50, 50), (20, 40)])
def test_against_a_quadratic_program(many, d):
    rng = np.random.default_rng(many)
    points = rng.standard_normal((many, d))
    points[:, 0] = 1.0
    for _ in range(5):
        t = rng.standard_normal(d)
        assert np.sum((Cone(points).weights(-t) @ points) ** 2) == pytest.approx(nearest(points, t, 0.0), rel=1e-5)
        shifted = t.copy()
        shifted[0] -= 0.3
        exact = nearest(points, t, 0.3)
        assert np.sum((active_set(points, -shifted) @ points) ** 2) == pytest.approx(exact, rel=1e-5)
        assert np.sum((least_distance(points, 0.3 - points @ t) @ points) ** 2) == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize("d", [450, 900])
def test_pivoting_finds_what_the_active_set_does(d):
    """Independent points, with signs; and the conditions of optimality to rounding."""
    rng = np.random.default_rng(1)
    points, signs = rng.standard_normal((420, d)) + 0.3, rng.choice([-1.0, 1.0], 420)
    gram = points @ points.T
    for _ in range(3):
        b = rng.standard_normal(d)
        by_pivots = pivoted(gram, points @ b, signs)
        signed = signs[:, None] * points
        assert by_pivots == pytest.approx(active_set(signed, b), abs=1e-9)
        assert Cone(points).weights(b, signs) == pytest.approx(by_pivots, abs=1e-14)
        short = signed @ (by_pivots @ signed - b)
        assert np.all(by_pivots >= 0.0)
        assert np.min(short) > -1e-9
        assert abs(by_pivots @ short) < 1e-9
    twice = np.vstack([points, points[:5]])  # dependent: pivots refuse, the active set does not mind
    signs = np.ones(425)
    again = Cone(twice).weights(b, signs) @ twice
    assert again == pytest.approx(active_set(points, b) @ points, abs=1e-9)


def test_what_has_no_read_out():
    square = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    assert not pointed(square)
    assert pointed(square + np.array([0.0, 1.1]))
    assert least_distance(square, np.ones(4)) is None
    assert not pointed(np.zeros((1, 3)))


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_margins_of_any_size_and_read_outs_of_any_length(unit):
    """Two points at an angle of pi - 2 a to each other: the shortest u with x.u >= k has the length k/sin(a)."""
    for angle in (1.0, 1e-3, 1e-7):
        points = np.array([[np.sin(angle), np.cos(angle)], [np.sin(angle), -np.cos(angle)]])
        assert pointed(points)
        found = least_distance(points, np.full(2, unit)) @ points
        assert np.linalg.norm(found) == pytest.approx(unit / np.sin(angle), rel=1e-6)
        # Weights of 1/a^2 that cancel leave that much of their rounding in the products.
        assert np.min(points @ found) == pytest.approx(unit, rel=1e-6 + 1e-15 / angle**2)
    assert not pointed(np.array([[1.0, 0.0], [-2.0, 0.0]]))
    assert least_distance(np.array([[1.0, 0.0], [-2.0, 0.0]]), np.full(2, unit)) is None
    assert not np.any(least_distance(points, np.array([-unit, 0.0])))
