"""States of positive means: phi is odd and nothing is biased, but a network does not stay at mean 0.

Which state is returned must not depend on rounding: at zero mean everything is symmetric, and only a mean that was
pushed leaves it. Reference: roots of m = M <phi>, c = g^2 <phi^2> by trapezoids and `scipy.optimize.root`, and the
sign of what is left of the first equation.
"""

import numpy as np
import pytest
from scipy.optimize import root

import dmft

_Z = np.linspace(-9.0, 9.0, 3601)
_W = np.exp(-0.5 * _Z * _Z) * (_Z[1] - _Z[0]) / np.sqrt(2.0 * np.pi)


def _net(g, mean, phi=None):
    population = dmft.Population(dmft.Tanh() if phi is None else phi)
    return dmft.Network({"E": population}, dmft.Couplings(dmft.Random(g), dmft.Mean(mean)))


def _fixed(g, mean, phi):
    """Return m, c of the fixed point of positive mean."""

    def left(point):
        values = phi(point[0] + np.sqrt(abs(point[1])) * _Z)
        return [point[0] - mean * (_W @ values), point[1] - g**2 * (_W @ values**2)]

    found = root(left, [mean, g**2], tol=1e-12)
    assert found.success or np.max(np.abs(found.fun)) < 1e-10
    return found.x


@pytest.mark.parametrize("phi", [dmft.Tanh(), dmft.Erf()], ids=repr)
@pytest.mark.parametrize(
    ("g", "mean"), [(1.0, 1.5), (1.0, 10.0), (1.0 + 1e-9, 4.5), (1.2, 1.5), (3.0, 4.5), (3.0, 10.0)]
)
def test_the_mean_is_left_to_its_positive_side_at_every_gain(g, mean, phi):
    solution = dmft.solve_stationary(_net(g, mean, phi))
    m, c = _fixed(g, mean, phi)
    assert m > 0.1
    assert solution.state == "fixed point"
    assert solution.stable
    np.testing.assert_allclose(solution.mean_x, [m], rtol=1e-9)
    np.testing.assert_allclose(solution.variance, [c], rtol=1e-9)


def test_a_chaotic_state_to_which_the_mean_returns_is_kept():
    solution = dmft.solve_stationary(_net(3.0, 1.5))
    assert solution.state == "chaotic"
    assert abs(solution.mean_x[0]) < 1e-12
    assert solution.stable


@pytest.mark.long
@pytest.mark.parametrize("n", [1, 2, 3])
def test_at_the_onset_the_network_rests(n):
    names = [f"p{i}" for i in range(n)]
    net = dmft.Network({name: dmft.Population(fraction=1.0 / n) for name in names}, dmft.Random(1.0))
    solution = dmft.solve_stationary(net)
    assert solution.state == "quiescent"
    assert np.all(solution.variance == 0.0)
    assert solution.stable is None
    assert [branch.solution.state for branch in dmft.branches(net)] == ["quiescent"]


def test_what_rounding_leaves_no_digit_of_is_not_converged():
    solution = dmft.solve_stationary(
        dmft.Network({"E": dmft.Population()}, dmft.Random(1.0 + 1e-13)), on_failure="ignore"
    )
    assert not solution.convergence.converged or solution.convergence.error < 1.0
