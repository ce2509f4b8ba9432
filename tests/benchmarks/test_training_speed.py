"""Recursive least squares against scaling both matrices in place once, and against plain numpy."""

import time

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from dmft.compiled import compiled
from validation.training.recursive_least_squares import RecursiveLeastSquares

pytestmark = pytest.mark.benchmark
ROUNDS = 9


@compiled(nogil=True, error_model="numpy")
def _scaled(p, w, factor):
    for matrix in (p, w):
        for i in range(matrix.shape[0]):
            row = matrix[i]
            for j in range(matrix.shape[1]):
                row[j] *= factor


class Plain:
    """P and W by outer products."""

    def __init__(self, weights, ridge):
        self.weights, self.p = weights, np.eye(weights.shape[1]) / ridge

    def update(self, rates, error):
        k = self.p @ rates
        left = 1.0 / (1.0 + rates @ k)
        self.p -= left * np.outer(k, k)
        self.weights -= left * np.outer(error, k)
        return left


def seconds(work, count):
    start = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - start) / count


@pytest.mark.parametrize("n", [100, 200, 300, 500, 800])
def test_an_update(n, record_speed):
    rng = np.random.default_rng(n)
    rates, weights = np.tanh(rng.standard_normal(n)), rng.standard_normal((n + 1, n))
    ours, plain = RecursiveLeastSquares(weights.copy(), 1.0), Plain(weights.copy(), 1.0)
    p, w = np.eye(n), weights.copy()
    for method in (ours, plain):  # the same work, before it is timed
        method.update(rates, method.weights @ rates - 1.0)
    np.testing.assert_allclose(ours.weights, plain.weights, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(ours.inverse_correlation, plain.p, rtol=1e-12, atol=1e-14)
    _scaled(p, w, 1.0)
    error = 1e-3 * rng.standard_normal(n + 1)
    count = max(20, 5_000_000 // n**2)
    works = (lambda: ours.update(rates, error), lambda: plain.update(rates, error), lambda: _scaled(p, w, 1.0))
    with threadpool_limits(limits=1):
        times = np.array([[seconds(work, count) for work in works] for _ in range(ROUNDS)])
    mine, numpys, once = times.T
    record_speed(
        f"update of {n} + 1 rows by recursive least squares", "numpy outer products", np.median(numpys / mine), 4
    )
    record_speed(f"scaling P and W in place once, N = {n}", "the update", np.median(once / mine), "0.667 (1/1.5)")
