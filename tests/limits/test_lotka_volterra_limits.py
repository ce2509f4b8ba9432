"""The fixed point of Lotka-Volterra equations where it is known otherwise: limits, lines, scaling, its distribution."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

import dmft


def solved(*of, **more):
    return dmft.solve_stationary(dmft.LotkaVolterraNetwork(*of, **more))


@pytest.mark.parametrize("mu", [-0.5, 0.0, 3.0])
@pytest.mark.parametrize("immigration", [0.0, 0.2])
def test_species_that_are_all_alike(mu, immigration):
    """Without a spread x (1 - (1 + mu) x) + immigration = 0, and a species alone answers by its own slope."""
    solution = solved(mu, 1e-7, 0.5, immigration)
    x = (1 + math.sqrt(1 + 4 * (1 + mu) * immigration)) / (2 * (1 + mu))
    assert solution.mean_x == pytest.approx(x, rel=1e-12)
    assert solution.response == pytest.approx(1 / (1 + immigration / x**2), rel=1e-12)
    assert solution.survival == pytest.approx(float(x > math.sqrt(immigration)))
    assert solution.variance == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("symmetry", [-0.7, 0.0, 0.4, 1.0])
def test_stability_ends_at_the_line(symmetry):
    """sigma_c = sqrt(2)/(1 + gamma), where half of the species live, whatever mu."""
    line = math.sqrt(2) / (1 + symmetry)
    for mu in (0.5, 6.0):
        below = solved(mu, line * (1 - 1e-6), symmetry)
        assert below.stable
        assert below.survival == pytest.approx(0.5, abs=1e-5)
        assert below.process.growth == pytest.approx(1.0, abs=1e-4)
        with pytest.raises(dmft.NotConvergedError, match=r"unstable, sigma = .* is above the line sigma_c") as caught:
            solved(mu, line * (1 + 1e-6), symmetry)
        assert caught.value.solution.convergence.status is dmft.Status.UNSTABLE
        assert caught.value.solution.stable is False
        assert caught.value.solution.survival == pytest.approx(0.5, abs=1e-5)


def test_predators_and_prey_are_always_stable():
    for sigma in (1.0, 10.0, 1e3):
        assert solved(3.0, sigma, -1.0).process.growth < 1.0


def test_abundances_diverge_at_the_line():
    """1/m goes to zero linearly in mu, at mu_div; below it there is nothing, with immigration or without."""
    line = solved(1.0, 0.8, 0.3).process.divergent_mu
    rates = [1 / solved(line + step, 0.8, 0.3).mean_x for step in (1e-3, 2e-3, 0.5)]
    assert rates == pytest.approx([1e-3, 2e-3, 0.5], rel=1e-9)
    for immigration in (0.0, 1e-3):
        with pytest.raises(dmft.NotConvergedError, match=f"below the line mu_div = {line:.6g}") as caught:
            solved(line - 1e-3, 0.8, 0.3, immigration)
        assert caught.value.solution.convergence.status is dmft.Status.NO_SOLUTION


def test_immigration_vanishes():
    """The change is of the first order of the rate, but for a logarithm."""
    without = solved(4, 0.8, 0.3)
    changes = [solved(4, 0.8, 0.3, rate).mean_x - without.mean_x for rate in (1e-4, 1e-6, 1e-8, 1e-30)]
    assert changes[0] > changes[1] > changes[2] > 0
    assert changes[2] < 1e-7
    assert abs(changes[3]) < 1e-14


def test_units_of_abundance():
    """With a capacity K abundances are K times as large, at an immigration K^2 times as large."""
    one = solved(4, 0.8, 0.3, 1e-2)
    species = dmft.Population(dynamics=dmft.LotkaVolterra(9e-2), bias=1.5, drive=dmft.Constant(0.5))
    three = dmft.solve_stationary(dmft.Network(species, dmft.Couplings(dmft.Random(0.8, 0.3), dmft.Mean(-2.0, 2.0))))
    assert three.mean_x == pytest.approx(3 * one.mean_x, rel=1e-12)
    assert three.corr_x[0] == pytest.approx(9 * one.corr_x[0], rel=1e-12)
    assert three.survival == pytest.approx(one.survival, rel=1e-12)
    assert three.response == pytest.approx(one.response, rel=1e-12)


@pytest.mark.parametrize("point", [(4, 0.8, 0.0, 0.0), (4, 0.8, 0.5, 0.0), (4, 1.2, -0.5, 1e-2), (0.5, 0.3, 0.2, 1.0)])
def test_the_distribution_of_abundances(point):
    """It has the mean and the square of the solution, and what lives lies above the root of the immigration."""
    solution = solved(*point)
    found = dmft.rate_distribution(solution)
    immigration = point[3]
    dead = found.atoms[0][1] if found.atoms else 0.0
    assert dead == pytest.approx(1 - solution.survival if immigration == 0 else 0.0, abs=1e-12)
    breaks = [immigration + 1e-3, math.sqrt(immigration) + 1e-2, solution.mean_x]
    settings = {"limit": 400, "epsabs": 1e-11, "points": sorted(b for b in breaks if found.low < b < found.high)}
    moments = [quad(lambda x, k=k: x**k * found.pdf(x), found.low, found.high, **settings)[0] for k in range(3)]
    assert moments == pytest.approx([1 - dead, solution.mean_x, solution.corr_x[0]], rel=1e-7)
    assert found.cdf(math.sqrt(immigration)) == pytest.approx(1 - solution.survival, abs=1e-9)
    assert found.mean == solution.mean_x
    if immigration == 0:  # a normal number cut off at zero
        x = np.array([0.05, 0.3])
        deviation = point[1] * math.sqrt(solution.corr_x[0])
        v = 1 - point[2] * point[1] ** 2 * solution.response
        z = (v * x - 1 + point[0] * solution.mean_x) / deviation
        density = v * np.exp(-0.5 * z**2) / (deviation * math.sqrt(2 * math.pi))
        assert found.pdf(x) == pytest.approx(density, rel=1e-10)


def test_the_error_holds_what_rounding_costs_next_to_the_divergence():
    """1/m = mu - mu_div exactly; as it loses digits the error grows, and rtol refuses what is left."""
    line = solved(1.0, 0.8).process.divergent_mu
    for step in (1e-3, 1e-6, 1e-9):
        mu = line + step
        solution = dmft.solve_stationary(dmft.LotkaVolterraNetwork(mu, 0.8), rtol=1e-4)
        assert abs(solution.mean_x * (mu - line) - 1) <= solution.convergence.error + 4e-16 / step
    with pytest.raises(dmft.NotConvergedError, match="lose digits"):
        solved(line + 1e-9, 0.8)
