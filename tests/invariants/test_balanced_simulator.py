"""The split of the stiff mean is exact: against the full equation with the full couplings, integrated by scipy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import dmft
import validation
from validation.ensemble import realization_seed, root_seed
from validation.estimators.period import OverPeriod
from validation.simulators.simulator import Simulator

N = 60


def simulator(network: dmft.BalancedNetwork, dt: float, n_tangents: int = 0, n: int = N) -> Simulator:
    seed = realization_seed(root_seed(5), n, 0)
    return Simulator(
        network, n, dt=dt, dtype=np.float64, n_tangents=n_tangents, generators=seed.generators(4), n_states=1
    )


def full_equation(network: dmft.BalancedNetwork, sim: Simulator) -> tuple[Any, Any]:
    """dh/dt with all couplings, and its Jacobian, without any split."""
    j = sim.random.couplings - math.sqrt(network.size) * network.J0 / sim.n

    def rhs(t: float, h: np.ndarray) -> np.ndarray:
        drive = 0.0 if network.drive is None else network.drive.amplitude * math.sin(2 * math.pi * 0.2 * t)
        return -h + j @ np.maximum(h, 0) + math.sqrt(network.size) * network.I0 + drive

    return rhs, lambda h: -np.eye(sim.n) + j * (h > 0)


@pytest.mark.long
@pytest.mark.parametrize(
    "drive", [None, dmft.Sinusoid(20.0, 0.2), dmft.Sinusoid(150.0, 0.2)], ids=["undriven", "common", "silenced"]
)
def test_trajectory_is_that_of_the_full_equation(drive) -> None:
    network = dmft.BalancedNetwork(2.0, 2500, drive=drive)  # stiffer than the number of neurons
    errors = []
    for dt in (0.02, 0.01):
        sim = simulator(network, dt)
        rhs, _ = full_equation(network, sim)
        start = sim.x[:, 0].copy()
        for _ in range(round(3.0 / dt)):
            sim.step()
        exact = solve_ivp(rhs, (0.0, 3.0), start, method="BDF", rtol=1e-8, atol=1e-8).y[:, -1]
        errors.append(np.max(np.abs(sim.x[:, 0] - exact)) / np.std(exact))
    assert errors[1] < 2e-2
    assert errors[1] < 0.6 * errors[0]


def test_tangents_are_those_of_the_full_equation() -> None:
    """One tangent vector against the difference of two nearby trajectories, through re-orthonormalisation."""
    network = dmft.BalancedNetwork(2.0, 2500, drive=dmft.Sinusoid(20.0, 0.2))
    dt = 0.01
    sim = simulator(network, dt, n_tangents=2)
    rhs, _ = full_equation(network, sim)
    for _ in range(100):
        sim.step()
    sim.orthonormalise()
    v = sim.tangents[:, 0, 0].copy()
    assert np.linalg.norm(v) == pytest.approx(1.0, abs=1e-10)
    h = sim.x[:, 0].copy()
    eps = 1e-6
    ends = [
        solve_ivp(rhs, (1.0, 2.0), h + sign * eps * v, method="BDF", rtol=1e-10, atol=1e-10).y[:, -1]
        for sign in (1, -1)
    ]
    grown = (ends[0] - ends[1]) / (2 * eps)
    for _ in range(50):
        sim.step()
    logs = sim.orthonormalise()[0, 0]
    for _ in range(50):
        sim.step()
    logs += sim.orthonormalise()[0, 0]
    assert logs == pytest.approx(math.log(np.linalg.norm(grown)), abs=0.03)
    cosine = abs(sim.tangents[:, 0, 0] @ grown) / np.linalg.norm(grown)
    assert cosine > 0.999


def test_jacobian_has_the_mean_mode() -> None:
    network = dmft.BalancedNetwork(2.0, 2500)
    sim = simulator(network, 0.05)
    for _ in range(100):
        sim.step()
    _, jacobian = full_equation(network, sim)
    np.testing.assert_allclose(sim.jacobian(), jacobian(sim.x[:, 0]), atol=1e-12)
    assert np.linalg.eigvals(sim.jacobian()).real.min() < -10


def test_large_time_steps_are_stable() -> None:
    """K = 10^6: an explicit method would need steps of 3e-4."""
    sim = validation.simulate(dmft.BalancedNetwork(2.0, 1e6), 200, n_realizations=1, duration=5.0, burn_in=20.0, seed=1)
    assert float(sim.mean("mean_phi", 200)) == pytest.approx(1.0, abs=0.02)


def test_period_estimator() -> None:
    """An uncoupled network under a common sinusoid: the mean is the response of one unit, the variance dies out."""
    network = dmft.BalancedNetwork(1e-6, 1e-12, drive=dmft.Sinusoid(1.0, 0.2))
    sim = validation.simulate(
        network, 10, n_realizations=1, duration=20.0, burn_in=20.0, measure=[OverPeriod(5.0)], seed=2
    )
    omega = 2 * math.pi * 0.2
    phase = sim.coordinates["phase"]
    exact = (np.sin(omega * phase) - omega * np.cos(omega * phase)) / (1 + omega**2)
    np.testing.assert_allclose(sim.mean("period_mean", 10), exact, atol=2e-3)
    np.testing.assert_allclose(sim.mean("period_variance", 10), 0.0, atol=1e-6)
    with pytest.raises(ValueError, match=r"period must be a multiple of the sampling interval, 0\.5, got 5\.2"):
        validation.simulate(network, 10, duration=20.0, measure=[OverPeriod(5.2)], seed=2)


def test_size_of_its_own() -> None:
    """Without sizes a balanced network has N = K neurons."""
    sim = validation.simulate(dmft.BalancedNetwork(2.0, 120), n_realizations=1, duration=1.0, burn_in=1.0, seed=1)
    assert sim.sizes == (120,)
