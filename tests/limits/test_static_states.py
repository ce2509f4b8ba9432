"""States at rest and fixed points, by hand: linear stability, a linear network, one-dimensional integrals."""

import math

import numpy as np
import pytest

import dmft

Z, W = np.polynomial.hermite_e.hermegauss(120)
W = W / W.sum()


def solved(g, phi):
    return dmft.solve_stationary(dmft.RandomNetwork(g, phi))


def fixed_point(g, phi, c0):
    """Return the root of c0 = g^2 <phi(sqrt(c0) z)^2> next to c0, by bisection."""

    def excess(c):
        return g**2 * float(W @ phi(math.sqrt(c) * Z) ** 2) - c

    low, high = 0.1 * c0, 10 * c0
    assert excess(low) > 0 > excess(high)
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return low


@pytest.mark.parametrize(("slope", "g"), [(50, 0.019), (50, 0.01), (1, 0.999999), (1e6, 0.9e-6), (1e-6, 0.9e6)])
def test_rest_is_judged_by_its_slope(slope, g):
    """Any scale of x: at rest while g times the slope is below 1, exponent g phi'(0) - 1."""
    solution = solved(g, dmft.Symbolic(f"tanh({slope}*x)"))
    assert solution.phase == "quiescent"
    assert solution.variance == 0
    assert dmft.lyapunov_exponent(solution) == pytest.approx(g * slope - 1, abs=1e-9)


@pytest.mark.parametrize(("phi", "g"), [(dmft.ThresholdPower(1.5), 1.27), (dmft.Symbolic("tanh(x)**3"), 7.7)])
def test_rest_without_slope(phi, g):
    """phi'(0) = 0: nothing comes back, and perturbations decay as exp(-t)."""
    solution = solved(g, phi)
    assert solution.phase == "quiescent"
    assert dmft.lyapunov_exponent(solution) == -1


@pytest.mark.parametrize(
    ("g", "source", "phi", "near"),
    [
        (5000.0, "1e-4*(1+tanh(x))", lambda x: 1e-4 * (1 + np.tanh(x)), 0.2992),
        (0.5, "1+tanh(x)", lambda x: 1 + np.tanh(x), 0.2992),
        (0.99, "tanh(x)+0.0003", lambda x: np.tanh(x) + 0.0003, 4.43e-6),
        (0.5, "tanh(x)+1e-9", lambda x: np.tanh(x) + 1e-9, 3.3e-19),
    ],
)
def test_small_offsets_and_small_units_are_no_rest(g, source, phi, near):
    solution = solved(g, dmft.Symbolic(source))
    assert solution.phase == "fixed point"
    expected = fixed_point(g, phi, near)
    assert solution.corr_x_at(0.0) == pytest.approx(expected, rel=1e-9)
    assert abs(solution.variance / expected - 1.0) <= solution.convergence.error + 1e-9
    assert expected == pytest.approx(near, rel=1e-2)


@pytest.mark.parametrize("gap", [0.1, 1e-6, 1e-9])
def test_nearly_critical_linear_network(gap):
    """phi = 1 + x: c0 = g^2 (1 + c0); slow by 1/gap, and no more than a few steps of Newton's method away."""
    g = 1.0 - gap
    solution = solved(g, dmft.Symbolic("1+x"))
    expected = g * g / ((1.0 - g) * (1.0 + g))
    assert solution.phase == "fixed point"
    assert solution.corr_x_at(0.0) == pytest.approx(expected, rel=1e-15 / gap + 1e-12)
    assert abs(solution.variance / expected - 1.0) <= solution.convergence.error + 1e-15
    assert dmft.lyapunov_exponent(solution) == pytest.approx(-gap, rel=1e-6)
