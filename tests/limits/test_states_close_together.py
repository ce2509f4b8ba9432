"""States that lie within a factor of two of each other's variance, and weak noise where large activity would grow."""

import math

import numpy as np
import pytest

import dmft

GAUSS, WEIGHTS = np.polynomial.hermite_e.hermegauss(200)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def corr_phi(phi, c0, c):
    """<phi(x) phi(y)> of variances c0 and covariance c, by plain quadrature of two independent numbers and a shared."""
    shared = math.sqrt(c) * GAUSS[:, None]
    own = math.sqrt(max(c0 - c, 0.0)) * GAUSS[None, :]
    return float(WEIGHTS @ (phi(shared + own) @ WEIGHTS) ** 2)


def excess(phi, g, noise, c0):
    """Energy at lag 0 less that of noise, of the orbit that ends where it stays: 0 of a state that moves."""
    low = 0.0
    for _ in range(400):
        low = g**2 * corr_phi(phi, c0, low)
    c = low + (c0 - low) * 0.5 * (1.0 + np.polynomial.legendre.leggauss(40)[0])
    weights = 0.5 * (c0 - low) * np.polynomial.legendre.leggauss(40)[1]
    force = np.array([g**2 * corr_phi(phi, c0, one) for one in c]) - c
    return -2.0 * float(weights @ force) / (c0 - low) ** 2 - (0.5 * noise / (c0 - low)) ** 2


@pytest.mark.parametrize(("shift", "g"), [(0.5, 2.5), (0.3, 2.0)])
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_of_two_stable_states_the_least_is_taken_and_init_finds_the_other(shift, g, noise):
    network = dmft.RandomNetwork(
        g, nonlinearity=f"tanh(abs(x) - {shift})", drive=dmft.WhiteNoise(noise) if noise else None
    )
    least = dmft.solve_stationary(network)
    assert least.others == 1

    def phi(x):
        return np.tanh(np.abs(x) - shift)

    c0 = float(least.variance)
    around = [excess(phi, g, noise, c0 * part) for part in (0.97, 1.03)]
    assert around[0] < 0.0 < around[1]  # it is a state, and one that stays
    stable = [state.solution for state in dmft.branches(network).states if state.stable]
    assert len(stable) == 2
    assert c0 == pytest.approx(float(stable[0].variance), rel=1e-9)
    for state in stable:
        again = dmft.solve_stationary(network, init=state)
        assert float(again.variance) == pytest.approx(float(state.variance), rel=1e-9)


@pytest.mark.parametrize(("g", "noise"), [(1.0, 0.05), (1.0, 0.01), (2.0, 0.02)])
def test_weak_noise_leaves_the_state_near_rest_where_phi_grows(g, noise):
    """phi = x^3: C^phi = 6 C^3 + 9 C0^2 C, so that the energy says sigma^4/4 = C0^2 - 12 g^2 C0^4."""
    squared = np.roots([12.0 * g**2, -1.0, 0.25 * noise**2])
    low, high = np.sqrt(np.sort(squared.real))
    network = dmft.RandomNetwork(g, nonlinearity="x**3", drive=dmft.WhiteNoise(noise))
    assert float(dmft.solve_stationary(network).variance) == pytest.approx(low, rel=1e-9)
    found = dmft.branches(network).states
    assert [state.stable for state in found] == [True, False]
    assert [float(state.solution.variance) for state in found] == pytest.approx([low, high], rel=1e-9)


def test_beyond_the_fold_there_is_none():
    """C0^2 - 12 g^2 C0^4 is at most 1/(48 g^2)."""
    noise = 2.0 / math.sqrt(48.0)
    for part, there in ((0.99, True), (1.01, False)):
        network = dmft.RandomNetwork(1.0, nonlinearity="x**3", drive=dmft.WhiteNoise(part * noise))
        assert dmft.solve_stationary(network, on_failure="ignore").convergence.converged is there


@pytest.mark.parametrize("phi", ["relu(x - 1)", "abs(x) - 1 + relu(1 - abs(x))"])
def test_a_threshold_that_weak_noise_does_not_reach(phi):
    """Six standard deviations away: feedback is 1e-11 of the variance, that of an isolated unit."""
    network = dmft.RandomNetwork(2.5, nonlinearity=phi, drive=dmft.WhiteNoise(0.05))
    assert float(dmft.solve_stationary(network).variance) == pytest.approx(0.025, rel=1e-9)
