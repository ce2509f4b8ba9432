"""The simulator of species: order of its steps, fixed points that are those of the network, tangents, positivity."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import dmft
import validation
from validation.ensemble import realization_seed, root_seed
from validation.simulators.species import SpeciesSimulator

NETWORK = dmft.LotkaVolterraNetwork(mu=3.0, sigma=1.2, symmetry=0.3, immigration=1e-3)


def simulator(network=NETWORK, n=40, dt=0.1, **more):
    seed = realization_seed(root_seed(5), n, 0)
    return SpeciesSimulator(network, n, dt=dt, dtype=np.float64, generators=seed.generators(4), **more)


def flow(sim, network=NETWORK):
    J, rate = sim.couplings, network.compose().populations.dynamics.immigration
    return lambda _, x: x * (1.0 - x + J @ x) + rate


@pytest.mark.parametrize("immigration", [0.0, 1e-3])
def test_steps_are_of_second_order(immigration):
    network = NETWORK.replace(immigration=immigration)
    errors = []
    for dt in (0.2, 0.1, 0.05):
        sim = simulator(network, dt=dt)
        start = sim.x[:, 0]
        for _ in range(round(4.0 / dt)):
            sim.step()
        exact = solve_ivp(flow(sim, network), (0, 4.0), start, rtol=1e-10, atol=1e-12, method="DOP853").y[:, -1]
        errors.append(np.max(np.abs(sim.x[:, 0] - exact)))
    assert errors[1] < 1e-2
    assert errors[0] / errors[1] == pytest.approx(4.0, abs=1.3)
    assert errors[1] / errors[2] == pytest.approx(4.0, abs=0.8)


@pytest.mark.parametrize("dt", [0.1, 0.5])
def test_fixed_points_are_those_of_the_network_whatever_the_step(dt):
    sim = simulator(NETWORK.replace(sigma=0.6), dt=dt)
    for _ in range(round(800 / dt)):
        sim.step()
    assert np.max(np.abs(sim.velocity)) < 1e-12
    assert np.all(sim.x > 0)


def test_abundances_stay_positive_and_what_dies_dies():
    sim = simulator(NETWORK.replace(immigration=0.0, sigma=0.8, symmetry=0.0), n=60, dt=0.5)
    for _ in range(8000):
        sim.step()
    x, growth = sim.x[:, 0], sim.growth_when_rare[:, 0]
    assert np.all(x >= 0)
    np.testing.assert_allclose(x[growth > 0], growth[growth > 0], atol=1e-5)
    assert np.all(x[growth < 0] < 1e-5)
    assert 0 < np.sum(growth < 0) < 30


def test_tangents_are_the_derivative_of_a_step():
    sim = simulator(n_tangents=2, n_states=1)
    for _ in range(20):
        sim.step()
    before, vectors = sim.x[:, 0], sim.tangents[:, :, 0].copy()
    sim.step()
    moved, after = sim.tangents[:, :, 0], []
    h = 1e-6
    for k in range(2):
        pair = []
        for sign in (1, -1):
            other = simulator()
            other._s[0] = before + sign * h * vectors[:, k]
            other.step()
            pair.append(other.x[:, 0])
        after.append((pair[0] - pair[1]) / (2 * h))
    np.testing.assert_allclose(moved.T, after, atol=1e-8)


def test_the_jacobian_is_that_of_the_flow():
    sim = simulator()
    for _ in range(10):
        sim.step()
    field, x, h = flow(sim), sim.x[:, 0], 1e-6
    columns = [(field(0, x + h * e) - field(0, x - h * e)) / (2 * h) for e in np.eye(40)]
    np.testing.assert_allclose(sim.jacobian(), np.transpose(columns), atol=1e-7)
    np.testing.assert_allclose(sim.velocity[:, 0], field(0, x), atol=1e-12)


def test_couplings_have_the_moments_of_the_statement():
    sim = simulator(dmft.LotkaVolterraNetwork(2.0, 0.9, -0.6), n=600)
    J = sim.couplings
    off = ~np.eye(600, dtype=bool)
    assert J.mean() * 600 == pytest.approx(-2.0, abs=5 * 0.9 / np.sqrt(600))
    assert J[off].var() * 600 == pytest.approx(0.81, rel=0.02)
    assert np.corrcoef(J[off], J.T[off])[0, 1] == pytest.approx(-0.6, abs=0.01)


def test_a_matrix_of_ones_own():
    """Two species by hand: x = (1 - a_12)/(1 - a_12 a_21)."""
    J = np.array([[0.0, -0.5], [-0.4, 0.0]])
    run = validation.simulate(dmft.LotkaVolterraNetwork(1.0, 1.0), couplings=J, n_realizations=1, seed=1, duration=5)
    x = np.array([0.5, 0.6]) / 0.8
    assert run.mean("mean_x", 2) == pytest.approx(x.mean(), rel=1e-5)
    assert run.mean("corr_x", 2)[0] == pytest.approx(np.mean(x**2), rel=1e-5)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: dmft.Population(dynamics=dmft.LotkaVolterra(), drive=dmft.WhiteNoise(0.1)), "without drives"),
        (lambda: dmft.Population(dynamics=dmft.LotkaVolterra(), threshold_variance=0.1), "threshold_variance"),
    ],
)
def test_what_is_not_simulated(make, says):
    with pytest.raises(ValueError, match=says):
        validation.simulate(dmft.Network(make(), dmft.Random(0.5)), 50, n_realizations=1, seed=1)


def test_settings_that_do_not_fit():
    with pytest.raises(ValueError, match="integrator must be left out"):
        validation.simulate(NETWORK, 50, n_realizations=1, seed=1, integrator="runge-kutta-4")
    with pytest.raises(ValueError, match="stability limit"):
        validation.simulate(NETWORK, 50, n_realizations=1, seed=1, dt=1.0)
    with pytest.raises(ValueError, match="of species"):
        validation.simulate(dmft.RandomNetwork(0.5), 50, n_realizations=1, seed=1, measure="survival")
