"""Sampled units that do not move: how small moving parts grow, against the closed theory of species."""

import numpy as np
import pytest

import dmft
from dmft.numerics.sampling import PeriodicGrid
from dmft.theories.stated_units import stated_units_of
from dmft.theories.stationary.stated_units.state import Outputs, packed, parts_of
from dmft.theories.stationary.stated_units.still import growth, is_still, moved


def still(network):
    """Return the closed fixed point as what is sampled has it."""
    solution = dmft.solve_stationary(network, on_failure="ignore")
    units, grid = stated_units_of(network), PeriodicGrid(512, 1.0 / 3.0)
    frozen, mean = np.array([solution.variance]), np.array([solution.mean_x])
    return solution, packed(Outputs(np.zeros((1, grid.n_lags)), frozen, mean, np.zeros((1, 0))), units), units, grid


@pytest.mark.parametrize(("sigma", "immigration"), [(2.0, 1e-3), (1.2, 1e-2)])
def test_growth_is_that_of_the_closed_theory(sigma, immigration):
    """sigma^2 <(dx/dw)^2>: 1.335 and .640, at w = 0; by the linear equations of 512 strata, within what these say."""
    solution, state, units, grid = still(dmft.LotkaVolterraNetwork(4.0, sigma, 0.0, immigration))
    found, error = np.array([growth(state, units, grid, np.random.SeedSequence(seed)) for seed in range(4)]).T
    assert np.all(np.abs(found - solution.process.growth) <= error + 1e-3)
    assert np.all(error < 0.02)
    assert (np.mean(found) < 1.0) == solution.stable


def test_what_is_still_is_told_and_can_be_made_to_move():
    _, state, units, grid = still(dmft.LotkaVolterraNetwork(4.0, 2.0, 0.0, 1e-3))
    assert is_still(state, units, grid)
    moving = moved(state, units, grid)
    assert not is_still(moving, units, grid)
    before, after = parts_of(state, units, grid), parts_of(moving, units, grid)
    assert after.sizes == pytest.approx(before.sizes)
    noisy = dmft.Population(dynamics=dmft.SelfCoupled(0.5), bias=0.5, drive=dmft.OrnsteinUhlenbeck(1.0, 1.0))
    assert not is_still(state, stated_units_of(dmft.Network(noisy, dmft.Random(1.0))), grid)


def test_growth_of_units_that_hear_their_own_past():
    """Leaky units with frozen inputs, g = 1.3, rho = -.8: S(w) = <phi'/(1 + i w - rho g^2 S phi')> at every w, and
    growth g^2 <|..|^2> is largest at w = 0. With the S of a chain that has the right S(0) alone it is another."""
    g, rho, bias, frozen = 1.3, -0.8, 0.5, 0.5
    z = np.linspace(-7.0, 7.0, 2001)
    weight = np.exp(-0.5 * z**2) / np.sum(np.exp(-0.5 * z**2))
    q, s, x = 0.3, 0.5, np.zeros_like(z)
    for _ in range(300):
        x = 0.7 * x + 0.3 * (bias + np.sqrt(frozen + g**2 * q) * z + rho * g**2 * s * np.tanh(x))
        slope = 1.0 / np.cosh(x) ** 2
        h = slope / (1.0 - rho * g**2 * s * slope)
        q, s = 0.7 * q + 0.3 * (weight @ np.tanh(x) ** 2), 0.7 * s + 0.3 * (weight @ h)
    mean = weight @ np.tanh(x)
    population = dmft.Population(dynamics=dmft.Dynamics("-x + h", "tanh(x)"), bias=bias, threshold_variance=frozen)
    units = stated_units_of(dmft.Network(population, dmft.Random(g, symmetry=rho)))
    grid = PeriodicGrid(512, 0.5)
    for count in (1, 10):
        known = units.remembering(1.0, count)
        held = Outputs(
            np.zeros((1, grid.n_lags)),
            np.array([q - mean**2]),
            np.array([mean]),
            np.zeros((1, 0)),
            np.full(count, s / count),
        )
        found, error = growth(packed(held, known), known, grid, np.random.SeedSequence(1))
        assert found == pytest.approx(g**2 * (weight @ h**2), abs=error + 1e-3)
        assert error < 2e-3
