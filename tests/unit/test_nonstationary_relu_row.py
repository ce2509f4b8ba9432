"""The vectorised row of ReLU averages against the scalar closed form, which is held to mpmath."""

from __future__ import annotations

import numpy as np
import pytest

from dmft.numerics.gaussian.closed_pairs import relu_pair
from dmft.numerics.gaussian.relu_row import relu_phases, relu_row, relu_square
from dmft.numerics.gaussian.relu_table import N_NODES, TERMS, length, tabulate

CORRELATIONS = [0, 0.3, 0.67, 0.9, 0.93, 0.99, 1 - 1e-6, 1 - 1e-9, -0.5, -0.999]


def tabulated(m, v) -> np.ndarray:
    table, work = np.zeros(length(len(m))), np.zeros(TERMS * N_NODES)
    for u, (mean, variance) in enumerate(zip(m, v, strict=True)):
        tabulate(mean, variance, u, table, work)
    return table


@pytest.mark.parametrize("spread", [1.0, 3.0, 0.01, 0.0])
def test_equals_the_scalar_form(spread: float) -> None:
    rng = np.random.default_rng(1)
    n = 300
    m, v = spread * rng.normal(size=n), rng.uniform(0.2, 3.0, n)
    m[:20], v[:20] = m[-1], v[-1]  # equal times but for the correlation
    c = rng.choice(CORRELATIONS, n) * np.sqrt(v * v[-1])
    table, q, p = tabulated(m, v), np.zeros(n), np.zeros(n)
    relu_row(7, n - 1, table, c, q, p, 0.5)
    expected = np.array([relu_pair(m[u], v[u], m[-1], v[-1], c[u]) for u in range(n)])
    assert np.all(q[:7] == 0)
    np.testing.assert_allclose(2 * q[7:], expected[7:, 0], rtol=0, atol=1e-10)
    np.testing.assert_allclose(2 * p[7:], expected[7:, 1], rtol=0, atol=1e-11)


def test_square_is_symmetric_and_exact_at_equal_times() -> None:
    rng = np.random.default_rng(2)
    half = rng.normal(size=(40, 60))
    c = half @ half.T / 60
    m, v = rng.normal(size=40), np.diag(c).copy()
    q, p = relu_square(m, v, c)
    np.testing.assert_array_equal(q, q.T)
    np.testing.assert_array_equal(p, p.T)
    expected = np.array([[relu_pair(m[i], v[i], m[j], v[j], c[i, j]) for j in range(40)] for i in range(40)])
    np.testing.assert_allclose(q, expected[:, :, 0], atol=1e-11)
    # at r = 1 exactly <phi' phi'> has an infinite slope in r: rounding of r shows as its square root
    np.testing.assert_allclose(p, expected[:, :, 1], atol=1e-8)


def test_silence_and_no_variance() -> None:
    q, p = np.zeros(3), np.zeros(3)
    relu_row(0, 2, tabulated([-80.0, 0.5, 2.0], [1.0, 0.0, 0.0]), np.zeros(3), q, p, 1.0)
    np.testing.assert_allclose(q, [0.0, 1.0, 4.0], atol=1e-7)
    np.testing.assert_allclose(p, [0.0, 1.0, 1.0], atol=1e-12)


@pytest.mark.parametrize("v", [0.05, 1.3])
def test_phases_are_averaged(v: float) -> None:
    rng = np.random.default_rng(3)
    now, later = rng.normal(size=5), rng.normal(size=(5, 70))
    c = v * np.append(rng.choice(CORRELATIONS, 69), 1.0)
    later[:, -1] = now
    q, p = relu_phases(now, later, v, c)
    expected = np.array([[relu_pair(now[k], v, later[k, i], v, c[i]) for i in range(70)] for k in range(5)])
    np.testing.assert_allclose(q, expected[:, :, 0].mean(axis=0), rtol=0, atol=1e-10)
    np.testing.assert_allclose(p, expected[:, :, 1].mean(axis=0), rtol=0, atol=1e-11)
