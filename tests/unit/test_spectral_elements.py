"""Spectral elements and Riccati shooting on problems with known answers."""

import math

import numpy as np
import pytest

from dmft.numerics.lobatto import lobatto
from dmft.numerics.riccati import lowest_even
from dmft.numerics.spectral_elements import HalfLine, graded_edges


@pytest.mark.parametrize("degree", [4, 9, 14])
def test_lobatto_rule_is_exact_to_its_degree(degree):
    x, w, d, _ = lobatto(degree)
    for power in range(2 * degree):
        assert w @ x**power == pytest.approx((1 + (-1) ** power) / (power + 1), abs=1e-13)
    assert d @ x**degree == pytest.approx(degree * x ** (degree - 1), abs=1e-11)


def test_edges_grow_up_to_the_longest():
    edges = graded_edges(0.1, 2.0, 30.0)
    lengths = np.diff(edges)
    assert edges[0] == 0
    assert edges[-1] == 30.0
    assert lengths[0] == pytest.approx(0.1)
    assert np.all(lengths[1:] / lengths[:-1] < 1.51 + 1e-9)
    assert lengths.max() < 2.7


@pytest.fixture
def mesh():
    return HalfLine(graded_edges(0.2, 2.0, 40.0))


def test_solution_of_a_boundary_value_problem(mesh):
    # (1 - d^2) u = 2 sech^3, whose even decaying solution is sech.
    t = mesh.nodes
    u = mesh.solve(1.0, mesh.weights * 2.0 / np.cosh(t) ** 3)
    assert np.max(np.abs(u - 1 / np.cosh(t))) < 1e-10
    fine = np.linspace(0, 39.9, 1001)
    assert np.max(np.abs(mesh.interpolate(u, fine) - 1 / np.cosh(fine))) < 1e-10
    assert mesh.weights @ u == pytest.approx(math.pi / 2, rel=1e-10)


def test_interpolation_returns_the_nodes_themselves(mesh):
    values = np.sin(mesh.nodes)
    assert np.array_equal(mesh.interpolate(values, mesh.nodes), values)


def poschl_teller(t):
    return 1.0 - 6.0 / np.cosh(t) ** 2


def test_levels_of_the_poschl_teller_well(mesh):
    # 1 - 6 sech^2: even level -3 (sech^2), odd level 0 (sech tanh): the onset of chaos in units of kappa.
    even, function = mesh.lowest(poschl_teller(mesh.nodes))
    odd, other = mesh.lowest(poschl_teller(mesh.nodes), odd=True)
    assert even == pytest.approx(-3.0, abs=1e-10)
    assert odd == pytest.approx(0.0, abs=1e-10)
    shape = 1 / np.cosh(mesh.nodes) ** 2
    assert function / function[0] == pytest.approx(shape, abs=1e-8)
    assert other[0] == 0
    assert not mesh.is_positive(poschl_teller(mesh.nodes))
    assert mesh.is_positive(poschl_teller(mesh.nodes) + 3.01)


def test_riccati_finds_the_same_level_and_is_of_fourth_order(mesh):
    assert lowest_even(poschl_teller, mesh.edges, 24) == pytest.approx(-3.0, abs=1e-9)
    from dmft.numerics.riccati import _shoot

    errors = [_shoot(poschl_teller, mesh.edges, n, False) + 3.0 for n in (6, 12, 24)]
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.2)
    assert errors[1] / errors[2] == pytest.approx(16, rel=0.1)


def test_riccati_between_reflecting_ends_finds_the_band_edge():
    # 2 q cos(2 t) on half a period: the characteristic value a_0(q) of Mathieu's equation.
    from scipy.special import mathieu_a

    edges = np.linspace(0, math.pi / 2, 6)

    def potential(t):
        return 2 * 1.5 * np.cos(2 * t)

    expected = float(mathieu_a(0, 1.5))
    assert lowest_even(potential, edges, 24, reflecting=True) == pytest.approx(expected, abs=1e-9)
    cell = HalfLine(edges)
    assert cell.lowest(potential(cell.nodes))[0] == pytest.approx(expected, abs=1e-10)


def test_nothing_bound_is_the_edge_of_the_continuum():
    edges = np.linspace(0, 40, 21)
    assert lowest_even(lambda t: np.full_like(t, 0.7), edges, 4) == pytest.approx(0.7, abs=1e-12)
    assert lowest_even(lambda t: 0.7 + np.exp(-(t**2)), edges, 8) == pytest.approx(0.7, abs=1e-12)
