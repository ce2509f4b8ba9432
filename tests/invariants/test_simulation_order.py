"""Orders of convergence of the integrators, of states and of tangent vectors; float64, one network, no statistics."""

import numpy as np
import pytest

import dmft
from validation.ensemble import realization_seed, root_seed
from validation.simulators.simulator import Simulator

N, SPAN = 40, 4.0


def run(network, dt, integrator, qr_every=None):
    simulator = Simulator(
        network,
        N,
        dt=dt,
        dtype=np.float64,
        n_tangents=3,
        generators=realization_seed(root_seed(4), N, 0).generators(4),
        integrator=integrator,
    )
    stretched = np.zeros(3)
    for step in range(1, round(SPAN / dt) + 1):
        simulator.step()
        if qr_every and step % round(qr_every / dt) == 0:
            stretched += simulator.orthonormalise()[0]
    stretched += simulator.orthonormalise()[0]
    return np.concatenate([simulator.x[:, 0], stretched]), simulator.tangents[:, :, 0]


@pytest.mark.parametrize(
    ("integrator", "order", "drive"),
    [
        ("adams-bashforth-4", 4, None),
        ("runge-kutta-4", 4, None),
        ("exponential-adams-bashforth-2", 2, None),
        ("adams-bashforth-4", 4, dmft.Sinusoid(0.7, 0.3, "random")),
        ("runge-kutta-4", 4, dmft.Sinusoid(0.7, 0.3, "common")),
    ],
)
def test_the_integrator_has_its_order(integrator, order, drive):
    network = dmft.RandomNetwork(g=2.0, drive=drive)
    exact, _ = run(network, 0.0025, "runge-kutta-4")
    errors = [np.abs(run(network, dt, integrator)[0] - exact).max() for dt in (0.04, 0.02, 0.01)]
    rates = np.log2(np.array(errors[:-1]) / errors[1:])
    assert rates == pytest.approx([order, order], abs=0.35)


@pytest.mark.parametrize("integrator", ["adams-bashforth-4", "exponential-adams-bashforth-2", "runge-kutta-4"])
def test_a_multistep_method_does_not_notice_the_change_of_basis(integrator):
    """With its history moved into the new basis, the sum of the logs is that of a run without factorisations."""
    network = dmft.RandomNetwork(g=2.0)
    plain, frame = run(network, 0.05, integrator)
    often, same = run(network, 0.05, integrator, qr_every=0.25)
    np.testing.assert_allclose(often, plain, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(np.abs(same.T @ frame), np.eye(3), atol=1e-8)


def test_tangents_are_the_derivative_of_the_flow():
    network = dmft.RandomNetwork(g=2.0, drive=dmft.Sinusoid(0.5, 0.2))
    simulators = []
    for shift in (0.0, 1e-6, -1e-6):
        simulator = Simulator(
            network,
            N,
            dt=0.1,
            dtype=np.float64,
            n_tangents=1,
            generators=realization_seed(root_seed(4), N, 0).generators(4),
        )
        direction = simulator.tangents[:, 0, 0].copy()
        simulator._state[0] += shift * direction
        for _ in range(30):
            simulator.step()
        simulators.append(simulator)
    base, ahead, behind = simulators
    difference = (ahead.x[:, 0] - behind.x[:, 0]) / 2e-6
    np.testing.assert_allclose(base.tangents[:, 0, 0], difference, rtol=1e-7, atol=1e-8)


def test_the_jacobian_is_that_of_the_field():
    network = dmft.RandomNetwork(g=2.0)
    simulator = Simulator(
        network, N, dt=0.1, dtype=np.float64, generators=realization_seed(root_seed(4), N, 0).generators(4)
    )
    x, couplings = simulator.x[:, 0], simulator.couplings
    step = 1e-6
    columns = [(couplings @ (np.tanh(x + step * e) - np.tanh(x - step * e))) / (2 * step) - e for e in np.eye(N)]
    np.testing.assert_allclose(simulator.jacobian(), np.array(columns).T, atol=1e-9)
