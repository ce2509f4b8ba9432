"""Rows within bounds are those of independent solvers, with a certificate; how many equations fit is Cover's count."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear, nnls

import dmft
from validation.training.bounded_rows import bounded_rows


def data(seed, n, count, rows, modes=40):
    """Correlated rates of a large mean, as those of networks, and targets."""
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((count, modes)) * np.exp(-np.arange(modes) / 10.0)
    rates = np.maximum(0.0, 1.0 + latent @ rng.standard_normal((modes, n)))
    return rates, rng.standard_normal((count, rows)) + rates @ rng.standard_normal((n, rows)) / np.sqrt(n)


def problem(rates, targets, ridge):
    n = rates.shape[1]
    correlation = rates.T @ rates + ridge * np.eye(n)
    stacked = np.vstack([rates, np.sqrt(ridge) * np.eye(n)])
    return correlation, np.ascontiguousarray((rates.T @ targets).T), stacked


@pytest.mark.parametrize(("n", "count"), [(30, 20), (60, 90), (100, 300)])
def test_signs_are_non_negative_least_squares(n, count):
    rates, targets = data(n, n, count, 6)
    correlation, moments, stacked = problem(rates, targets, 1e-2)
    signs = np.where(np.arange(n) < 0.6 * n, 1.0, -1.0)
    low, high = np.where(signs > 0, 0.0, -np.inf), np.where(signs > 0, np.inf, 0.0)
    weights = np.zeros((6, n))
    certificate = bounded_rows(correlation, moments, low, high, weights)
    assert certificate.residual < 1e-9
    for w, h in zip(weights, targets.T, strict=True):
        exact = signs * nnls(stacked * signs, np.append(h, np.zeros(n)), maxiter=100 * n)[0]
        assert np.max(np.abs(w - exact)) < 1e-8 * max(1.0, np.max(np.abs(exact)))
    assert np.mean(weights == 0.0) > 0.2
    assert np.all(weights * signs >= 0.0)


def test_boxes_are_those_of_lsq_linear():
    rates, targets = data(1, 40, 100, 5)
    correlation, moments, stacked = problem(rates, targets, 1e-2)
    low, high = np.full(40, -0.05), np.full(40, 0.1)
    weights = np.zeros((5, 40))
    bounded_rows(correlation, moments, low, high, weights)
    for w, h in zip(weights, targets.T, strict=True):
        exact = lsq_linear(stacked, np.append(h, np.zeros(40)), (low, high), tol=1e-14, max_iter=1000).x
        assert np.max(np.abs(w - exact)) < 1e-6
    assert np.any(weights == 0.1)
    assert np.any(weights == -0.05)


def test_without_bounds_it_is_the_normal_equation():
    rates, targets = data(2, 50, 200, 3)
    correlation, moments, _ = problem(rates, targets, 1e-3)
    weights = np.zeros((3, 50))
    bounded_rows(correlation, moments, np.full(50, -np.inf), np.full(50, np.inf), weights)
    np.testing.assert_allclose(weights, np.linalg.solve(correlation, moments.T).T, rtol=1e-6, atol=1e-9)


def test_a_warm_start_ends_at_the_same_minimum():
    rates, targets = data(3, 60, 150, 4)
    correlation, moments, _ = problem(rates, targets, 1e-2)
    low, high = np.zeros(60), np.full(60, np.inf)
    cold, warm = np.zeros((4, 60)), np.abs(np.random.default_rng(0).standard_normal((4, 60)))
    bounded_rows(correlation, moments, low, high, cold)
    bounded_rows(correlation, moments, low, high, warm)
    np.testing.assert_allclose(warm, cold, atol=1e-9)
    again = bounded_rows(correlation, moments, low, high, cold.copy())
    assert again.rounds == 0


def test_silent_units_and_copies_do_no_harm():
    """Without a ridge: a silent unit keeps its weight, of two equal units the sum is what counts."""
    rates, targets = data(4, 20, 60, 2)
    rates[:, 3], rates[:, 5] = 0.0, rates[:, 4]
    correlation, moments = rates.T @ rates, np.ascontiguousarray((rates.T @ targets).T)
    weights = np.full((2, 20), 0.5)
    certificate = bounded_rows(correlation, moments, np.zeros(20), np.full(20, np.inf), weights)
    assert certificate.residual < 1e-9
    assert np.all(weights[:, 3] == 0.5)
    for w, h in zip(weights, targets.T, strict=True):
        _, best = nnls(rates, h, maxiter=2000)
        assert np.linalg.norm(rates @ w - h) == pytest.approx(best, rel=1e-9)


def test_how_often_equations_have_a_solution():
    """N = 40, P = 16, 20, 24 of Cover's count, 250 draws each: within three binomial errors."""
    rng = np.random.default_rng(5)
    n, draws = 40, 250
    for count in (16, 20, 24):
        fits = 0
        for _ in range(draws):
            x, h = rng.standard_normal((count, n)), rng.standard_normal(count)
            w = np.zeros((1, n))
            bounded_rows(x.T @ x, (x.T @ h)[None], np.zeros(n), np.full(n, np.inf), w, rtol=1e-11, rounds=300)
            fits += bool(np.linalg.norm(x @ w[0] - h) < 1e-3 * np.linalg.norm(h))
        exact = dmft.feasibility(count, n)
        assert abs(fits / draws - exact) < 3.0 * np.sqrt(exact * (1.0 - exact) / draws) + 1e-3


def test_bounds_the_wrong_way_round_are_refused():
    with pytest.raises(ValueError, match=r"low must be at most high, got 1 > 0 at unit 1"):
        bounded_rows(np.eye(2), np.ones((1, 2)), np.array([0.0, 1.0]), np.zeros(2), np.zeros((1, 2)))
