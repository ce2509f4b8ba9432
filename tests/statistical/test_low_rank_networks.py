"""Random plus low-rank couplings against drawn networks, integrated here by Heun's method.

Theory is evaluated at the outlier of the matrix that was drawn (sheet: without it the scatter is ten times as large),
kappa is compared by its size. Power: the errors of the means are below the per cents that each test states.
"""

import math

import numpy as np
import pytest

import dmft

pytestmark = pytest.mark.long
STEP = 0.1


def settled(couplings, start, *, settle, record, each):
    """Return what `each` makes of phi and x, over `record` after `settle` units of time."""
    j, x, found = couplings.astype(np.float32), start.astype(np.float32), []
    for step in range(round((settle + record) / STEP)):
        k = j @ np.tanh(x) - x
        x = x + 0.5 * STEP * (k + j @ np.tanh(x + STEP * k) - (x + STEP * k))
        if step * STEP >= settle:
            found.append(each(np.tanh(x, dtype=np.float64), x.astype(np.float64)))
    return np.array(found), x.astype(np.float64)


def drawn(rng, size, g, overlap):
    """Return m, n (columns), and the whole matrix."""
    overlap = np.atleast_2d(overlap)
    m = rng.standard_normal((size, len(overlap)))
    n = m @ overlap.T
    return m, n, g / math.sqrt(size) * rng.standard_normal((size, size)) + m @ n.T / size


def theory(g, m, n, couplings):
    term = dmft.LowRank.from_vectors(m, n, matrix=couplings)
    if len(np.atleast_2d(term.overlap)) == 2:  # a measured plane is not quite a circle
        a, b = term.outlier.real, term.outlier.imag
        term = dmft.LowRank([[a, -b], [b, a]], left=float(np.trace(np.array(term.left))) / 2.0)
    return dmft.solve_stationary(dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(g), low_rank=term)))


def agrees(measured, expected, *, largest_error, sigmas=4.0):
    """The mean of measured/expected - 1 is 0 within its error, and the error is small enough to say so."""
    off = np.asarray(measured) / np.asarray(expected) - 1.0
    error = off.std(ddof=1) / math.sqrt(len(off))
    assert error < largest_error
    assert abs(off.mean()) < sigmas * error + 0.25 * largest_error


def test_structured_fixed_point():
    rng, size, found = np.random.default_rng(1), 1000, []
    for _ in range(6):
        m, n, couplings = drawn(rng, size, 0.8, 1.5)
        state = theory(0.8, m, n, couplings)
        each, _ = settled(
            couplings, m[:, 0], settle=80.0, record=0.5, each=lambda f, x, n=n: (abs(f @ n[:, 0]) / size, np.mean(x**2))
        )
        found.append((*each[-1], state.kappa, state.variance))
    kappa, c0, expected_kappa, expected_c0 = np.array(found).T
    agrees(kappa, expected_kappa, largest_error=0.02)
    agrees(c0, expected_c0, largest_error=0.03)


def test_structured_chaos():
    rng, size, found = np.random.default_rng(2), 1500, []
    for _ in range(12):
        m, n, couplings = drawn(rng, size, 2.5, 3.4)
        state = theory(2.5, m, n, couplings)
        assert state.state == "structured chaotic"
        each, _ = settled(
            couplings, m[:, 0], settle=40.0, record=120.0, each=lambda f, x, n=n: (f @ n[:, 0] / size, np.mean(x**2))
        )
        kappa = math.sqrt(np.mean(each[:, 0] ** 2))  # not its mean: a network may turn it over
        found.append((kappa, each[:, 1].mean(), state.kappa, state.variance))
    kappa, c0, expected_kappa, expected_c0 = np.array(found).T
    agrees(kappa, expected_kappa, largest_error=0.06)
    agrees(c0, expected_c0, largest_error=0.05)


def test_rotation():
    rng, size, found = np.random.default_rng(3), 1000, []
    for _ in range(6):
        m, n, couplings = drawn(rng, size, 1.5, [[2.5, -1.5], [1.5, 2.5]])
        state = theory(1.5, m, n, couplings)
        assert state.state == "rotating"
        each, _ = settled(
            couplings, m[:, 0], settle=60.0, record=60.0, each=lambda f, x, n=n: (*(f @ n / size), np.mean(x**2))
        )
        angle = np.unwrap(np.arctan2(each[:, 1], each[:, 0]))
        turns = abs(angle[-1] - angle[0]) / (2.0 * math.pi) / (STEP * (len(angle) - 1))
        size_of = math.sqrt(np.mean(each[:, 0] ** 2 + each[:, 1] ** 2))
        found.append((size_of, each[:, 2].mean(), turns, state.kappa, state.variance, state.frequency))
    kappa, c0, turns, expected_kappa, expected_c0, expected_turns = np.array(found).T
    agrees(kappa, expected_kappa, largest_error=0.03)
    agrees(c0, expected_c0, largest_error=0.03)
    agrees(turns, expected_turns, largest_error=0.03)


def test_outlier_of_a_structured_fixed_point():
    """The corrected outlier; the naive one, 1 + lam = <phi'> lam_out, would be 0: many errors away."""
    rng, size, found = np.random.default_rng(4), 1000, []
    for _ in range(5):
        m, n, couplings = drawn(rng, size, 0.3, 1.5)
        state = theory(0.3, m, n, couplings)
        outliers = dmft.fixed_point_outliers(state)
        assert outliers.visible[0]
        _, x = settled(couplings, m[:, 0], settle=60.0, record=0.2, each=lambda f, x: 0.0)
        values = np.linalg.eigvals(couplings / np.cosh(x) ** 2) - 1.0
        found.append((values.real.max(), outliers.values[0].real))
    off = np.diff(np.array(found), axis=1)[:, 0]
    error = off.std(ddof=1) / math.sqrt(len(off))
    assert error < 0.02
    assert abs(off.mean()) < 4.0 * error + 0.005
    assert np.mean(np.array(found)[:, 0]) < -20.0 * error


def test_dimension_of_structured_chaos():
    """Covariances of two runs of one matrix, whose errors are independent: PR/N = tr C1 tr C2/(N tr C1 C2)."""
    rng, size, g, found = np.random.default_rng(5), 800, 6.0, []
    for _ in range(6):
        m, n, couplings = drawn(rng, size, g, 8.2)
        state = theory(g, m, n, couplings)
        j, x = couplings.astype(np.float32), np.tile(m, 2).astype(np.float32)
        x += 0.1 * rng.standard_normal((size, 2)).astype(np.float32)
        rates = []
        for step in range(round(900.0 / STEP)):
            k = j @ np.tanh(x) - x
            x = x + 0.5 * STEP * (k + j @ np.tanh(x + STEP * k) - (x + STEP * k))
            if step * STEP > 50.0 and step % 10 == 0:
                rates.append(np.tanh(x))
        one, two = np.moveaxis(np.array(rates, dtype=float), 2, 0)
        if np.sum(one.mean(axis=0) * two.mean(axis=0)) < 0.0:
            two = -two  # the mirror image
        one, two = one - one.mean(axis=0), two - two.mean(axis=0)
        first, second = one.T @ one / len(one), two.T @ two / len(two)
        ratio = np.trace(first) * np.trace(second) / (size * np.sum(first * second))
        found.append((ratio, float(dmft.effective_dimension(state))))
    measured, expected = np.array(found).T
    agrees(measured, expected, largest_error=0.05)
