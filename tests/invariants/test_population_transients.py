"""Transients of several populations: what a change of description must not change."""

from __future__ import annotations

import numpy as np
import pytest

import dmft

POPULATIONS = {
    "autonomous": (dmft.Population(dmft.Tanh()), None),
    "driven": (dmft.Population(dmft.Tanh(), bias=0.3, drive=dmft.Sinusoid(1.0, 0.2) + dmft.WhiteNoise(0.3)), -1.2),
    "relu": (dmft.Population(dmft.ReLU(), bias=1.0, drive=dmft.Sinusoid(0.5, 0.2)), -1.0),
    "phases": (
        dmft.Population(dmft.Erf(), drive=dmft.OrnsteinUhlenbeck(0.5, 2.0) + dmft.Sinusoid(1.0, 0.2, "random")),
        None,
    ),
    "slow": (dmft.Population(dmft.Tanh(), dmft.Leaky(2.0), bias=0.3, threshold_variance=0.2), -1.2),
    "feeding": (dmft.Population(dmft.Tanh(), bias=0.3), 1.5),
}


def couplings(mean: float | None) -> dmft.Couplings:
    return dmft.Couplings(dmft.Random(1.8), None if mean is None else dmft.Mean(mean))


def split(population: dmft.Population, mean: float | None, part: float = 0.3) -> dmft.Network:
    """The same network, its population called by two names."""
    named = {"a": population.replace(fraction=part), "b": population.replace(fraction=1.0 - part)}
    return dmft.Network(named, couplings(mean))


def difference(one: dmft.NonstationarySolution, two: dmft.NonstationarySolution) -> float:
    """Largest difference of all arrays, relative to the variance."""
    names = ("mean_x", "variance", "mean_phi", "band")
    return float(max(np.nanmax(np.abs(getattr(one, n) - getattr(two, n))) for n in names) / np.max(one.variance))


@pytest.mark.parametrize("case", POPULATIONS)
def test_a_split_population_is_the_same(case: str) -> None:
    population, mean = POPULATIONS[case]
    settings = {"init": (0.1, 0.7), "on_failure": "ignore"}
    whole = dmft.solve_nonstationary(dmft.Network(population, couplings(mean)), 6.0, **settings)
    parts = dmft.solve_nonstationary(split(population, mean), 6.0, **settings)
    assert parts.variance.shape == (2, *whole.variance.shape)
    assert difference(whole, parts) < 1e-10
    assert parts.convergence.error == pytest.approx(whole.convergence.error, rel=1e-3)
    assert parts.state == whole.state


def test_a_split_population_is_the_same_in_a_window() -> None:
    population = dmft.Population(dmft.Tanh(), drive=dmft.Sinusoid(3.0, 0.2))
    method = dmft.TwoTimeMarch(window=8.0)
    whole, parts = (
        dmft.solve_nonstationary(network, 14.0, method=method, on_failure="ignore")
        for network in (dmft.Network(population, couplings(None)), split(population, None))
    )
    assert difference(whole, parts) < 1e-10
    assert parts.convergence.residual == pytest.approx(whole.convergence.residual, rel=1e-6, abs=1e-12)


def blocks(tau: float = 1.0, reverse: bool = False) -> dmft.Network:
    """Two populations that differ in everything, in units of `tau`; named in another order."""
    drives = dmft.Sinusoid(0.6, 0.25 / tau), dmft.OrnsteinUhlenbeck(0.4, 1.5 * tau) + dmft.Sinusoid(1.0, 0.25 / tau)
    populations = {
        "E": dmft.Population(dmft.Tanh(), dmft.Leaky(tau), fraction=0.6, bias=0.3, drive=drives[0]),
        "I": dmft.Population(dmft.Erf(), dmft.Leaky(2.5 * tau), fraction=0.4, threshold_variance=0.2, drive=drives[1]),
    }
    g, mean = np.array([[1.5, 0.8], [1.2, 0.5]]), np.array([[1.0, -2.0], [1.5, -1.0]])
    if reverse:
        populations, g, mean = dict(reversed(populations.items())), g[::-1, ::-1], mean[::-1, ::-1]
    return dmft.Network(populations, dmft.Couplings(dmft.Random(g.tolist()), dmft.Mean(mean.tolist())))


def test_the_unit_of_time_does_not_matter() -> None:
    one = dmft.solve_nonstationary(blocks(), 6.0, init=((0.1, -0.2), (0.5, 0.8)))
    other = dmft.solve_nonstationary(blocks(tau=3.0), 18.0, init=((0.1, -0.2), (0.5, 0.8)))
    np.testing.assert_allclose(other.times, 3.0 * one.times, rtol=1e-12)
    assert difference(one, other) < 1e-10


def test_the_order_of_the_populations_does_not_matter() -> None:
    one = dmft.solve_nonstationary(blocks(), 6.0, init=((0.1, -0.2), (0.5, 0.8)))
    other = dmft.solve_nonstationary(blocks(reverse=True), 6.0, init=((-0.2, 0.1), (0.8, 0.5)))
    np.testing.assert_allclose(other.band[::-1], one.band, atol=1e-12)
    np.testing.assert_allclose(other.mean_x[::-1], one.mean_x, atol=1e-12)


def test_going_on_is_marching_longer() -> None:
    whole = dmft.solve_nonstationary(blocks(), 8.0)
    first = dmft.solve_nonstationary(blocks(), 4.0)
    variance = first.variance.copy()
    later = dmft.solve_nonstationary(blocks(), 4.0, init=first)
    assert difference(whole, later) < 1e-13
    np.testing.assert_array_equal(first.variance, variance)


def test_a_population_that_nobody_hears_changes_nothing() -> None:
    alone = dmft.Network(dmft.Population(dmft.Tanh(), bias=0.2), dmft.Couplings(dmft.Random(1.6), dmft.Mean(-1.0)))
    heard = dmft.Network(
        {
            "heard": dmft.Population(dmft.Tanh(), fraction=1.0, bias=0.2),
            "probe": dmft.Population(dmft.ReLU(), dmft.Leaky(2.0), fraction=0.0),
        },
        dmft.Couplings(dmft.Random([[1.6, 3.0], [0.9, 2.0]]), dmft.Mean([[-1.0, 5.0], [2.0, 1.0]])),
    )
    one = dmft.solve_nonstationary(alone, 6.0, init=(0.0, 1.0))
    two = dmft.solve_nonstationary(heard, 6.0, init=(0.0, 1.0))
    np.testing.assert_allclose(two.variance[0], one.variance, atol=1e-12)
    np.testing.assert_allclose(two.mean_x[0], one.mean_x, atol=1e-12)


@pytest.mark.long
@pytest.mark.parametrize("mean", [None, -1.0])
def test_the_exponent_of_a_march_does_not_ask_for_names(mean: float | None) -> None:
    """Of one population with a name, without one, and split."""
    plain = dmft.Population(dmft.Tanh())
    parts = {"a": plain.replace(fraction=0.3), "b": plain.replace(fraction=0.7)}
    exponents = [
        dmft.lyapunov_exponent(dmft.solve_nonstationary(dmft.Network(p, couplings(mean)), 40.0, init=(0.0, 1.4)))
        for p in (plain, {"only": plain}, parts)
    ]
    assert exponents[0] > 0.0
    np.testing.assert_allclose(exponents[1:], exponents[0], atol=1e-6)
