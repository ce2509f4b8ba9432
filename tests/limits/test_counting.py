"""Exact probabilities against sums of integers, and against all labels of small sets, one by one."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

import dmft


def feasible(rows, sides):
    """Whether rows x = sides has a solution x >= 0."""
    return linprog(np.zeros(rows.shape[1]), A_eq=rows, b_eq=sides, bounds=(0, None), method="highs").status == 0


def separated(points, signs):
    """Whether some w with signs w >= 0 has points.w >= 1; signs 0 are free."""
    bounds = [(None, None) if s == 0 else (0, None) for s in signs]
    rows = -points * np.where(signs == 0, 1, signs)
    return (
        linprog(np.zeros(len(signs)), A_ub=rows, b_ub=-np.ones(len(points)), bounds=bounds, method="highs").status == 0
    )


@pytest.mark.parametrize(("p", "n"), [(1, 1), (3, 5), (24, 60), (30, 60), (36, 60), (200, 350)])
def test_feasibility_is_a_sum_of_integers(p, n):
    exact = Fraction(sum(math.comb(n, k) for k in range(p, n + 1)), 2**n)
    assert dmft.feasibility(p, n) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("signs", [True, False])
@pytest.mark.parametrize(("p", "n"), [(1, 1), (4, 3), (60, 60), (130, 60), (40, 60)])
def test_separability_is_a_sum_of_integers(p, n, signs):
    m = p + n if signs else p
    exact = Fraction(2 * sum(math.comb(m - 1, j) for j in range(min(n, m))), 2**m)
    assert dmft.separability(p, n, signs=signs) == pytest.approx(float(min(exact, Fraction(1))), rel=1e-12)


@pytest.mark.parametrize(("p", "n"), [(3, 2), (4, 3), (5, 2)])
def test_separability_by_all_labels_and_signs(p, n):
    """The number of separated labellings is the same for all points in general position: no sampling error."""
    points = np.random.default_rng(p + 10 * n).standard_normal((p, n))
    labellings = list(itertools.product((-1.0, 1.0), repeat=p))
    free = sum(separated(np.array(y)[:, None] * points, np.zeros(n)) for y in labellings)
    assert free / 2**p == pytest.approx(dmft.separability(p, n, signs=False), rel=1e-14)
    signed = sum(
        separated(np.array(y)[:, None] * points, np.array(s))
        for y in labellings
        for s in itertools.product((-1.0, 1.0), repeat=n)
    )
    assert signed / 2 ** (p + n) == pytest.approx(dmft.separability(p, n), rel=1e-14)


@pytest.mark.parametrize(("p", "n"), [(1, 3), (2, 4), (3, 4)])
def test_feasibility_by_all_signs(p, n):
    rng = np.random.default_rng(p + 10 * n)
    rows, sides = rng.standard_normal((p, n)), rng.standard_normal(p)
    # over the signs of the weights, and of the equations' right-hand sides
    found = [
        feasible(rows * np.array(s), sides * np.array(t))
        for s in itertools.product((-1.0, 1.0), repeat=n)
        for t in itertools.product((-1.0, 1.0), repeat=p)
    ]
    assert np.mean(found) == pytest.approx(dmft.feasibility(p, n), abs=1e-12)


def test_the_numbers_of_the_sheet():
    stated = {24: 0.954, 27: 0.817, 30: 0.551, 33: 0.259, 36: 0.078}
    for p, value in stated.items():
        assert dmft.feasibility(p, 60) == pytest.approx(value, abs=6e-4)


@pytest.mark.parametrize("n", [1, 7, 100, 10**6, 10**12])
def test_one_half_at_the_median(n):
    assert dmft.separability(n, n) == pytest.approx(0.5, abs=1e-13)
    assert dmft.separability(2 * n, n, signs=False) == pytest.approx(0.5, abs=1e-13)


def test_edges():
    assert dmft.feasibility(0, 5) == 1.0
    assert dmft.feasibility(6, 5) == 0.0
    assert dmft.separability(0, 5) == 1.0
    assert dmft.separability(5, 5, signs=False) == 1.0
    for call in (dmft.feasibility, dmft.separability):
        with pytest.raises(ValueError, match="at least"):
            call(-1, 5)
        with pytest.raises(ValueError, match="at least 1"):
            call(1, 0)
        with pytest.raises(TypeError, match="integer"):
            call(1.5, 5)
        with pytest.raises(ValueError, match="at most"):
            call(1, 10**40)
    with pytest.raises(TypeError, match="True or False"):
        dmft.separability(1, 1, signs=1)
