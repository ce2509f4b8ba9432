"""The search for the largest zero from above, and when it may stop before it has been everywhere."""

import math

import numpy as np
import pytest

from dmft.numerics.gaussian.hermite_sums import add_row
from dmft.phases.largest_zero import largest_zero


def counted(function):
    calls = []

    def at(x):
        calls.append(x)
        return function(x)

    return at, calls


def test_an_even_function_below_zero_is_known_from_its_parabola():
    function, calls = counted(lambda x: -0.8 + 0.05 * x * x if x < 2 else -1.0)
    assert largest_zero(function, 1.0, 1e-4, even=True).x == 0.0
    assert len(calls) <= 6
    function, calls = counted(lambda x: -0.8 + 0.05 * x * x if x < 2 else -1.0)
    assert largest_zero(function, 1.0, 1e-4).x == 0.0
    assert len(calls) > 25


@pytest.mark.parametrize(
    ("function", "zero"),
    [
        (lambda x: 0.3 - x * x, math.sqrt(0.3)),
        (lambda x: 1e-3 - x * x, math.sqrt(1e-3)),  # seen late: the parabola's vertex is above 0
        (lambda x: -1.0 + 2.0 * math.exp(-((x / 0.05) ** 2)), 0.05 * math.sqrt(math.log(2.0))),  # even, hardly one
        (lambda x: 0.2 - abs(math.log(x / 0.1)), 0.1 * math.exp(0.2)),
    ],
)
def test_no_zero_is_lost(function, zero):
    assert largest_zero(function, 1.0, 1e-6, even=True).x == pytest.approx(zero, rel=1e-5)


def test_a_series_ends_where_nothing_is_left_of_it():
    """Coefficients that fall as those of a smooth phi: the rest is below rounding, and is not summed."""
    rng = np.random.default_rng(1)
    n_terms, n = 128, 100
    fall = 0.5 ** np.arange(n_terms)
    table, fixed = rng.normal(size=(n_terms, n)) * fall[:, None], rng.normal(size=n_terms) * fall
    r, out = np.linspace(-1.0, 1.0, n), np.zeros(n)
    work = add_row(0, r, table, fixed, 1.0, out)
    right = np.array([sum(fixed[k] * table[k, u] * r[u] ** k for k in range(n_terms)) for u in range(n)])
    assert np.max(np.abs(out - right)) < 1e-14
    assert work < 60 * n
    slow = np.ones(n_terms)
    assert add_row(0, r, np.ones((n_terms, n)), slow, 1.0, np.zeros(n)) > 100 * n
