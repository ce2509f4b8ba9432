"""Recursive least squares against scaling both matrices once, and plain numpy; rows within bounds against NNLS."""

import time

import numpy as np
import pytest
from scipy.optimize import nnls
from threadpoolctl import threadpool_limits

import dmft
import validation
from dmft.compiled import compiled
from validation.ensemble import realization_seed, root_seed
from validation.training.bounded_rows import bounded_rows
from validation.training.generator import Generator
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


def test_rows_within_bounds(record_speed):
    """200 rows of the rates of a driven balanced network of 200 units, from zero: to residuals below those of NNLS."""
    n, task = 200, validation.SumOfSines(20.0, pulse=0.0, cycles=(1, 2, 3, 5))
    trainer = validation.BalancedTargets(dmft.BalancedNetwork(1.5, n), task, target_amplitude=3.0)
    generator = Generator(trainer, n, realization_seed(root_seed(1), n, 0))
    rng, rates, targets = np.random.default_rng(0), [], []
    for number in range(8):
        trial = task.trial(trainer.dt, rng)
        start, _ = generator.x, None
        asked, _ = generator.targets(trial)
        heard, x = generator.heard(trial), start
        for k in range(len(trial)):
            if number > 2:
                rates.append(generator.phi(x + 0.1 * rng.standard_normal(n)))
                targets.append(asked[k])
            x = generator.kept * x + (1.0 - generator.kept) * (asked[k] + heard[k])
    rates, targets = np.array(rates), np.array(targets)
    ridge = 1e-5 * np.sum(rates**2) / n
    correlation, moments = rates.T @ rates + ridge * np.eye(n), np.ascontiguousarray(targets.T @ rates)
    stacked = np.vstack([rates, np.sqrt(ridge) * np.eye(n)])
    low, high = np.zeros(n), np.full(n, np.inf)
    bounded_rows(correlation, moments[:2], low, high, np.zeros((2, n)))
    some, ratios = range(0, n, 20), []
    with threadpool_limits(limits=1):
        for _ in range(3):
            weights = np.zeros((n, n))
            ours = seconds(lambda: bounded_rows(correlation, moments, low, high, weights), 1) / n  # noqa: B023
            theirs, exact = 0.0, []
            for i in some:
                asked = np.append(targets[:, i], np.zeros(n))
                theirs += seconds(lambda: exact.append(nnls(stacked, asked, maxiter=100 * n)[0]), 1)  # noqa: B023
            ratios.append(theirs / len(some) / ours)
            np.testing.assert_allclose(weights[list(some)], np.array(exact), atol=1e-7)
    record_speed("a row within bounds, 200 units, 1000 times", "scipy.optimize.nnls", np.median(ratios), 20)
