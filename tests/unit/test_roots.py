"""`numerics.roots`: all roots on a grid, pairs between two points, no jumps."""

import math

import numpy as np
import pytest

from dmft.numerics.roots import polished, roots


def test_simple_roots_with_their_sign():
    found = roots(math.sin, np.linspace(0.5, 10.0, 14))
    assert [r.x for r in found] == pytest.approx([math.pi, 2 * math.pi, 3 * math.pi], abs=1e-14)
    assert [r.rising for r in found] == [False, True, False]


@pytest.mark.parametrize("gap", [0.3, 1e-2, 1e-4])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_two_roots_between_two_points(gap, sign):
    found = roots(lambda x: sign * ((x - 0.537) ** 2 - gap**2), np.arange(-4.0, 5.0))
    assert [r.x for r in found] == pytest.approx([0.537 - gap, 0.537 + gap], abs=1e-12)
    assert [r.rising for r in found] == [sign < 0, sign > 0]


def test_a_minimum_above_zero_is_no_root():
    assert roots(lambda x: (x - 0.537) ** 2 + 1e-6, np.arange(-4.0, 5.0)) == []


def test_a_jump_through_zero_is_no_root():
    assert roots(lambda x: 1.0 if x > 0.3 else -1.0, np.arange(-4.0, 5.0)) == []
    assert roots(lambda x: 1.0 / (x - 0.3), np.arange(-4.0, 5.0)) == []


def test_infinite_values_are_no_obstacle():
    found = roots(lambda x: -math.inf if x < 0.1 else math.log(x / 2.0), np.arange(-4.0, 5.0))
    assert [r.x for r in found] == pytest.approx([2.0], abs=1e-12)


def test_a_root_on_a_point_of_the_grid_is_found_once():
    found = roots(lambda x: x - 1.0, np.arange(-4.0, 5.0))
    assert [r.x for r in found] == [1.0]
    assert found[0].rising


def test_roots_at_the_ends():
    assert [r.x for r in roots(lambda x: x, np.arange(0.0, 5.0))] == [0.0]
    assert [r.x for r in roots(lambda x: x - 4.0, np.arange(0.0, 5.0))] == [4.0]


def test_a_rough_root_is_polished():
    assert polished(lambda x: math.tanh(x - 0.3), 0.3004, 1.0) == pytest.approx(0.3, abs=1e-14)
    assert polished(lambda x: -math.tanh(x - 0.3), 0.2, -1.0) == pytest.approx(0.3, abs=1e-14)
    assert polished(lambda x: 1.0 + x * x, 0.0, 1.0) is None
    assert polished(lambda x: x, 0.0, 1.0) == 0.0
