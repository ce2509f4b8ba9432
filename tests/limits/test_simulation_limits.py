"""Simulations where the answer is known: isolated neurons, linear networks, the quiescent state."""

import math

import numpy as np
import pytest

import dmft
import validation
from validation.ensemble import realization_seed, root_seed
from validation.simulators.inputs import response_to

ALONE = dmft.RandomNetwork(g=1e-6)


@pytest.mark.long
@pytest.mark.parametrize(
    ("drive", "correlation"),
    [
        (dmft.WhiteNoise(0.8), lambda lag: 0.4 * np.exp(-lag)),
        # s^2 T (T e^{-lag/T} - e^{-lag})/(T^2 - 1) for a correlation time T != 1, s^2 (1 + lag) e^{-lag}/2 for T = 1.
        (dmft.OrnsteinUhlenbeck(0.6, 2.0), lambda lag: 0.6 * 2 / 3 * (2 * np.exp(-lag / 2) - np.exp(-lag))),
        (dmft.OrnsteinUhlenbeck(0.6, 1.0), lambda lag: 0.3 * (1 + lag) * np.exp(-lag)),
    ],
)
def test_an_isolated_neuron_has_the_correlation_of_its_filtered_input(drive, correlation):
    simulation = validation.simulate(
        ALONE.replace(drive=drive), 400, n_realizations=8, duration=300.0, burn_in=0.0, seed=2
    )
    exact = correlation(simulation.lags)
    z = (simulation.mean("corr_x", 400) - exact) / simulation.standard_error("corr_x", 400)
    # Student's t with 7 degrees of freedom, lags correlated: 99.99 % of a single lag is within 7.06.
    assert np.abs(z).max() < 7.1
    assert np.all(simulation.standard_error("corr_x", 400) < 0.006 * exact[0])


@pytest.mark.parametrize("phases", ["common", "random"])
def test_a_sinusoid_is_filtered_exactly(phases):
    drive = dmft.Sinusoid(0.9, 0.21, phases)
    z = response_to(drive, (1, 200), np.float64, np.random.default_rng(1))
    h, values = 1e-4, []
    for _ in range(3):
        values.append(z.z[0].copy())
        z.advance(h)
    middle = values[1]
    # dz/dt + z is the input, at the time h: A sin(w h + theta).
    inputs = (values[2] - values[0]) / (2 * h) + middle
    assert np.max(np.abs(inputs)) <= 0.9 * (1 + 1e-6)
    if phases == "common":
        np.testing.assert_allclose(inputs, 0.9 * math.sin(2 * math.pi * 0.21 * h), atol=1e-7)
    else:
        assert np.mean(inputs**2) == pytest.approx(0.9**2 / 2, rel=0.2)
        assert len(np.unique(np.round(inputs, 9))) == 200


@pytest.mark.parametrize("symmetry", [0.0, 0.4])
def test_the_linear_network_with_noise_has_its_correlation(symmetry):
    """rho = 0: C(lag) = s exp(-k lag)/(2 k), k = sqrt(1 - g^2). rho != 0: tr of the exact covariance of the same J."""
    g, n = 0.6, 400
    network = dmft.RandomNetwork(g=g, nonlinearity=dmft.Linear(), drive=dmft.WhiteNoise(1.0), symmetry=symmetry)
    simulation = validation.simulate(network, n, n_realizations=8, duration=200.0, burn_in=30.0, dt=0.025, seed=2)
    if symmetry == 0.0:
        rate = math.sqrt(1 - g**2)
        exact = np.exp(-rate * simulation.lags[:5]) / (2 * rate)
        slack = 6.0 / n * exact[0]
    else:
        from scipy.linalg import solve_continuous_lyapunov

        from validation.simulators.simulator import Simulator

        traces = []
        for i in range(8):
            generators = realization_seed(root_seed(2), n, i).generators(4)
            a = Simulator(network, n, dt=0.1, generators=generators).jacobian()
            traces.append(np.trace(solve_continuous_lyapunov(a, -np.eye(n))) / n)
        exact = np.array([np.mean(traces)])
        slack = 5e-4 * exact[0]
    deviation = simulation.mean("corr_x", n)[: len(exact)] - exact
    error = simulation.standard_error("corr_x", n)[: len(exact)]
    assert np.all(np.abs(deviation) < 7.1 * error + slack)
    assert np.all(error < 0.008 * exact[0])


def test_the_quiescent_network_decays_at_the_edge_of_its_spectrum():
    """x -> 0; the exponent is the largest real part of -1 + J, of the same couplings."""
    from validation.simulators.simulator import Simulator

    network = dmft.RandomNetwork(g=0.5)
    simulation = validation.simulate(
        network, 200, n_realizations=3, duration=300.0, burn_in=100.0, measure=("correlation", "lyapunov"), seed=7
    )
    assert simulation.mean("corr_x", 200)[0] < 1e-12
    edges = []
    for i in range(3):
        generators = realization_seed(root_seed(7), 200, i).generators(4)
        a = Simulator(network, 200, dt=0.1, generators=generators)
        a._state[...] = 0.0
        edges.append(np.linalg.eigvals(a.jacobian()).real.max())
    # What a complex pair leaves after 300 tau: its angle in the plane, log(few)/300.
    np.testing.assert_allclose(simulation.values("lyapunov_exponent", 200), edges, atol=5e-3)


def test_the_jacobian_of_the_quiescent_network_is_a_disc():
    simulation = validation.simulate(
        dmft.RandomNetwork(g=0.8), 400, n_realizations=1, duration=50.0, measure=("jacobian",), seed=7
    )
    eigenvalues = simulation.values("jacobian_eigenvalues", 400)[0, 0]
    distances = np.abs(eigenvalues + 1.0)
    assert distances.max() == pytest.approx(0.8, rel=0.06)
    # Uniform in the disc: half of the eigenvalues within radius/sqrt(2).
    assert np.mean(distances < 0.8 / math.sqrt(2)) == pytest.approx(0.5, abs=0.04)
