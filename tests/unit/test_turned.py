"""Responses of small linear systems as ratios of polynomials, and the rightmost point of an edge."""

import numpy as np
import pytest

from dmft.numerics.rightmost import at_edge, rightmost
from dmft.numerics.turned import Turned

RNG = np.random.default_rng(4)


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_they_are_what_solving_gives(d):
    flow, entry, read = RNG.normal(size=(7, d, d)), RNG.normal(size=(7, d, 2)), RNG.normal(size=(7, 3, d))
    turned = Turned(flow, entry, read)
    z = RNG.normal(size=5) + 1j * RNG.normal(size=5)
    expected = np.array([np.abs(read @ np.linalg.solve(point * np.eye(d) - flow, entry)) ** 2 for point in z])
    np.testing.assert_allclose(np.moveaxis(turned.squares(z), -1, 1), expected, rtol=1e-9)
    np.testing.assert_allclose(turned.mean_squares(z), expected.mean(axis=1), rtol=1e-9)
    assert len(turned.thinned(3)) == 3
    assert turned.poles.shape == (7, d)


@pytest.mark.parametrize("pole", [-1.0 + 0.0j, -0.2 + 3.0j])
def test_the_rightmost_point(pole):
    """Of discs around a pole and its conjugate: beside the axis it is level with the pole."""
    both = (pole, pole.conjugate())
    found = rightmost(
        lambda z: 0.25 * sum(np.abs(z - one) ** -2.0 for one in both), pole, np.linspace(0.0, 5.0, 26), 1.0
    )
    expected = pole + np.sqrt(0.5) if pole.imag == 0.0 else pole + 0.5
    assert found == pytest.approx(expected, abs=5e-3)
    weak = rightmost(lambda z: np.zeros(len(z)), pole, np.linspace(0.0, 5.0, 26), 1.0)
    assert weak == pole


def test_points_are_moved_onto_the_edge():
    def growth(z):
        return np.abs(z + 1.0) ** -2.0

    moved = at_edge(growth, np.array([0.1 + 0.1j, -1.0 + 0.9j]))
    assert np.abs(moved + 1.0) == pytest.approx([1.0, 1.0], abs=1e-9)
    nearly = at_edge(growth, np.array([0.1 + 0.1j]), 8, lambda z: 1.1 * growth(z))
    assert np.abs(nearly + 1.0) == pytest.approx([1.0], abs=1e-9)
