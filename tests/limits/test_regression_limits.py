"""Fits of unrelated targets where they are known in closed form."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar

import dmft

SIGNED = dmft.Perceptron(excitatory=0.8)


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.8, 1.0])
@pytest.mark.parametrize("load", [0.6, 0.75, 1.0, 1.5, 2.0, 3.0])
def test_signs_alone_leave_one_minus_one_over_two_loads(load, fraction):
    solved = dmft.solve_regression(dmft.Perceptron(excitatory=fraction), load)
    assert solved.residual == pytest.approx(1.0 - 0.5 / load, rel=1e-12)
    assert solved.norm**2 == pytest.approx(1.0 / (2.0 * load - 1.0), rel=1e-11)
    assert solved.active == pytest.approx(0.5, abs=1e-15)
    assert solved.convergence.converged


@pytest.mark.parametrize("load", [1.2, 4.0])
def test_without_signs_it_is_least_squares(load):
    solved = dmft.solve_regression(dmft.Perceptron(sd=2.0), load)
    assert solved.residual == pytest.approx(1.0 - 1.0 / load, rel=1e-12)
    assert solved.norm == pytest.approx(0.5 / math.sqrt(load - 1.0), rel=1e-12)
    assert solved.active == 1.0


@pytest.mark.parametrize("load", [0.05, 0.3, 0.45])
def test_below_one_half_the_fit_is_exact(load):
    solved = dmft.solve_regression(SIGNED, load)
    assert (solved.residual, solved.state) == (0.0, "exact")
    # the shortest exact one: the limit of a vanishing ridge
    assert solved.norm == pytest.approx(math.sqrt(load / (0.5 - load)), rel=1e-10)
    slight = dmft.solve_regression(SIGNED, load, ridge=1e-7)
    assert slight.norm == pytest.approx(solved.norm, rel=1e-4)
    assert slight.residual < 1e-9


def marchenko_pastur(load, ridge):
    """Residual and norm^2 of ridge regression, by the density of the eigenvalues of X'X/N."""
    low, high = (1 - math.sqrt(load)) ** 2, (1 + math.sqrt(load)) ** 2

    def mean(function):
        value = quad(
            lambda x: function(x) * math.sqrt((high - x) * (x - low)) / (2 * math.pi * x), low, high, limit=400
        )[0]
        return value + max(0.0, 1.0 - load) * function(0.0)

    trace = mean(lambda x: x / (x + ridge))
    square = mean(lambda x: (ridge / (x + ridge)) ** 2)
    # |y - X w|^2/P: N directions of eigenvalue x keep (ridge/(x + ridge))^2, the P - N others all
    residual = (load - 1.0 + square) / load
    return residual, mean(lambda x: x / (x + ridge) ** 2), trace


@pytest.mark.parametrize("load", [0.4, 0.9, 2.5])
@pytest.mark.parametrize("ridge", [0.05, 1.0])
def test_ridge_regression_is_that_of_random_matrices(load, ridge):
    residual, square, _ = marchenko_pastur(load, ridge)
    solved = dmft.solve_regression(dmft.Perceptron(), load, ridge=ridge)
    assert solved.residual == pytest.approx(residual, rel=1e-7)
    assert solved.norm**2 == pytest.approx(square, rel=1e-7)


def test_tight_bounds_hold_and_loose_ones_do_nothing():
    free = dmft.solve_regression(SIGNED, 1.5)
    loose = dmft.solve_regression(SIGNED, 1.5, limits=(0.0, 50.0))
    assert loose.residual == pytest.approx(free.residual, rel=1e-12)
    tight = [dmft.solve_regression(SIGNED, 1.5, limits=(0.0, high)).residual for high in (2.0, 1.0, 0.3, 1e-3)]
    assert np.all(np.diff([free.residual, *tight]) > 0)
    assert tight[-1] == pytest.approx(1.0, abs=2e-3)
    # all weights near c: residual 1 + c^2, nothing fitted
    pinned = dmft.solve_regression(SIGNED, 1.5, limits=(0.7, 0.7 + 1e-7))
    assert pinned.residual == pytest.approx(1.0 + 0.49, rel=1e-5)
    assert pinned.norm == pytest.approx(0.7, rel=1e-6)


@pytest.mark.parametrize("high", [0.5, 1.0, 4.0])
def test_bounds_bring_the_exact_fit_down(high):
    """Weights up to a bound fit exactly where alpha <= max_s (E g v)^2/(1 + E v^2), v = min(s g_+, bound)."""

    def part(s):
        bell = [lambda g, n=n: np.minimum(s * g, high) ** n * g ** (2 - n) * np.exp(-g * g / 2) for n in (1, 2)]
        overlap, square = (quad(f, 0, 12, points=[high / s], limit=200)[0] / math.sqrt(2 * math.pi) for f in bell)
        return overlap**2 / (1.0 + square)

    edge = -minimize_scalar(lambda x: -part(math.exp(x)), bounds=(-3.0, 6.0), options={"xatol": 1e-9}).fun
    assert edge < 0.5
    for factor, state in ((1.0 - 1e-4, "exact"), (1.0 + 1e-4, "residual")):
        solved = dmft.solve_regression(SIGNED, factor * edge, limits=(0.0, high))
        assert solved.state == state
        assert (solved.residual > 0.0) == (state == "residual")


def test_kinds_of_inputs_of_other_sizes_are_the_same_fit():
    one = dmft.solve_regression(dmft.Perceptron(excitatory=0.5), 1.2)
    other = dmft.solve_regression(dmft.Perceptron(excitatory=0.5, sd=(5.0, 0.2)), 1.2)
    assert other.residual == pytest.approx(one.residual, rel=1e-12)


@pytest.mark.parametrize("load", [0.5, 0.5 + 1e-9])
def test_where_the_norm_diverges_it_does_not_say_converged(load):
    assert not dmft.solve_regression(SIGNED, load).convergence.converged


@pytest.mark.parametrize("limits", [None, (0.0, 1.5), (0.2, 2.0), (3.0, math.inf)])
@pytest.mark.parametrize("load", [0.2, 1.5])
def test_the_density_and_what_is_at_the_bounds_are_all_weights(load, limits):
    solved = dmft.solve_regression(dmft.Perceptron(excitatory=0.7, sd=(1.0, 30.0)), load, limits=limits)
    _hold_together(solved, (0.7, 0.3))


@pytest.mark.parametrize("limits", [(-1.0, math.inf), (-0.5, 2.0), (5.0, math.inf), (-7.0, -5.0)])
def test_the_same_without_signs(limits):
    _hold_together(dmft.solve_regression(dmft.Perceptron(), 1.5, limits=limits), (1.0, 0.0))


def _hold_together(solved, fractions):
    total = 0.0
    for share, row, ends in zip(fractions, solved.density, solved.at_bounds, strict=True):
        v, row = solved.v[row > 0.0], row[row > 0.0]
        assert np.trapezoid(row, v) + ends.sum() == pytest.approx(1.0, abs=2e-4)
        at = sum(part * bound**2 for part, bound in zip(ends, solved.limits, strict=True) if part > 0.0)
        total += share * (np.trapezoid(row * v * v, v) + at)
    assert math.sqrt(total) == pytest.approx(solved.norm, rel=2e-3)
    within = sum(share * (1.0 - ends.sum()) for share, ends in zip(fractions, solved.at_bounds, strict=True) if share)
    assert within == pytest.approx(solved.active, abs=1e-12)
