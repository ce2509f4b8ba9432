"""Newton's method from many starts, and curves through roots, on systems whose roots are known."""

import numpy as np
import pytest

from dmft.numerics.arclength import passages
from dmft.numerics.many_roots import distinct, newton, solve, spread


def cubic(x):
    """x^3 - x - 0.1 y and y - x: roots at x = 0, +-sqrt(1.1)."""
    f = np.stack([x[:, 0] ** 3 - x[:, 0] - 0.1 * x[:, 1], x[:, 1] - x[:, 0]], axis=1)
    derivative = np.zeros((len(x), 2, 2))
    derivative[:, 0, 0], derivative[:, 0, 1] = 3.0 * x[:, 0] ** 2 - 1.0, -0.1
    derivative[:, 1, 0], derivative[:, 1, 1] = -1.0, 1.0
    return f, derivative


def free(x):
    return x


def unit(x):
    return np.ones_like(x)


def test_all_roots_from_starts_that_fill_a_box():
    ends, found = newton(cubic, 4.0 * spread(0, 40, 2) - 2.0, allowed=free, scale=unit)
    assert np.mean(found) > 0.9
    roots = distinct(ends[found], unit, 1e-6)
    edge = np.sqrt(1.1)
    assert sorted(roots[:, 0]) == pytest.approx([-edge, 0.0, edge], abs=1e-12)
    assert not len(distinct(ends[found], unit, 1e-6, known=roots))


def test_no_root_is_said_where_there_is_none():
    def above(x):
        return x**2 + 1.0, (2.0 * x)[:, :, None]

    _, found = newton(above, np.array([[0.3], [-2.0], [5.0]]), allowed=free, scale=unit)
    assert not np.any(found)


def test_where_a_system_is_not_defined_its_starts_are_given_up():
    def broken(x):
        f = np.where(x > 0.0, x - 1.0, np.nan)
        return f, np.ones((*x.shape, 1))

    ends, found = newton(broken, np.array([[0.5], [-1.0]]), allowed=free, scale=unit)
    assert found.tolist() == [True, False]
    assert ends[0, 0] == 1.0


def test_a_curve_through_one_root_leads_to_the_next():
    def family(x, t):
        """x^3 - x = t: through x = 0 at t = 0 the curve folds twice, and comes by -1 and 1."""
        return x**3 - x - t[:, None], (3.0 * x**2 - 1.0)[:, :, None], -np.ones_like(x)

    met = passages(family, np.zeros((1, 1)), allowed=free, scale=unit, reach=2.0)
    assert sorted(met[:, 0]) == pytest.approx([-1.0, 1.0], abs=0.1)
    outside = passages(family, np.ones((1, 1)), allowed=free, scale=unit, reach=2.0)
    assert outside[:, 0] == pytest.approx([0.0], abs=0.1)


def test_one_singular_system_does_not_take_the_others_with_it():
    matrices = np.array([[[1.0, 1.0], [1.0, 1.0]], [[2.0, 0.0], [0.0, 4.0]], [[np.nan, 0.0], [0.0, 1.0]]])
    found = solve(matrices, np.array([[2.0, 2.0], [2.0, 4.0], [1.0, 1.0]]))
    np.testing.assert_allclose(found[0], [1.0, 1.0])
    np.testing.assert_allclose(found[1], [1.0, 1.0])
    assert np.all(np.isnan(found[2]))


def test_starts_fill_the_cube_and_go_on_where_they_were():
    points = spread(0, 600, 3)
    assert np.all((points >= 0) & (points < 1))
    counts = np.histogramdd(points, bins=3, range=[(0, 1)] * 3)[0]
    assert counts.min() > 10  # of 22 in each of 27 cells
    np.testing.assert_allclose(np.concatenate([spread(0, 10, 3), spread(10, 5, 3)]), points[:15])
