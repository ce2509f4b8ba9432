"""Extrapolation in 1/N: exact polynomials, errors that cover, a residual test that sees the wrong order."""

import numpy as np
import pytest

from validation.finite_size import extrapolate_means

SIZES = np.array([500, 1000, 2000])


@pytest.mark.parametrize("order", [0, 1, 2])
def test_a_polynomial_of_the_order_of_the_fit_is_recovered(order):
    terms = [1.0, -66.0, 4000.0][: order + 1]
    means = 0.235 * sum(a / SIZES.astype(float) ** p for p, a in enumerate(terms))
    found = extrapolate_means(SIZES, means, 0.001 * np.ones(3), [10, 8, 4], order=order)
    assert found.value == pytest.approx(0.235, rel=1e-10)
    if order:
        assert found.coefficient == pytest.approx(-66.0, rel=1e-8)


def test_the_bias_factor_is_that_of_the_first_neglected_term():
    for order in (0, 1):
        means = 2.0 * (1.0 + (100.0 / SIZES) ** (order + 1))
        found = extrapolate_means(SIZES, means, 0.001 * np.ones(3), [10, 8, 4], order=order)
        assert abs(found.value - 2.0) / 2.0 == pytest.approx(found.bias_factor(100.0), rel=1e-9)


@pytest.mark.long
def test_errors_cover_and_the_residual_test_has_its_level():
    rng = np.random.default_rng(3)
    counts = np.array([10, 8, 6])
    pulls, p_values = [], []
    for _ in range(3000):
        samples = [rng.normal(1.0 - 60.0 / n, 3.0 / np.sqrt(n), c) for n, c in zip(SIZES, counts, strict=True)]
        means = [s.mean() for s in samples]
        errors = [s.std(ddof=1) / np.sqrt(len(s)) for s in samples]
        found = extrapolate_means(SIZES, means, errors, counts)
        pulls.append((found.value - 1.0) / found.standard_error)
        p_values.append(found.p_value)
    # Student's t with the effective dof has the variance dof/(dof - 2), about 1.15 here; 3000 draws give 3 %.
    assert abs(np.mean(pulls)) < 0.1
    assert 1.0 < np.var(pulls) < 1.35
    assert 0.03 < np.mean(np.array(p_values) < 0.05) < 0.09


def test_the_residual_test_sees_a_wrong_order():
    means = 1.0 - 60.0 / SIZES
    found = extrapolate_means(SIZES, means, 0.003 * np.ones(3), [20, 20, 20], order=0)
    assert found.p_value < 1e-3
    assert extrapolate_means(SIZES, means, 0.003 * np.ones(3), [20, 20, 20], order=1).p_value > 0.5


def test_a_single_realization_has_no_error():
    found = extrapolate_means([100, 200], [1.0, 1.1], [np.nan, 0.1], [1, 5])
    assert found.dof == 0
    assert np.isnan(found.standard_error)


def test_an_order_too_high_is_refused():
    with pytest.raises(ValueError, match="order 2 needs at least 3 sizes, got 2"):
        extrapolate_means([100, 200], [1.0, 1.1], [0.1, 0.1], [5, 5], order=2)
