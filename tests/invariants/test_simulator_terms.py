"""Sums of coupling terms and of drives: one network, against the full equation integrated by scipy."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import dmft
import validation
from validation.ensemble import realization_seed, root_seed
from validation.simulators.inputs import response_to
from validation.simulators.revealed import RevealedProduct
from validation.simulators.simulator import Simulator

N, G, K, P = 16, 1.6, 1.5, 1.2
WAVE, PULSE = dmft.Sinusoid(0.8, 0.15), dmft.OfTime(lambda t: math.cos(t) ** 2)
MEANS = {"none": None, "inhibition": dmft.Mean(-1.0, 40.0), "excitation": dmft.Mean(0.7)}


def simulator(network, dt, **settings):
    generators = realization_seed(root_seed(3), N, 0).generators(4)
    return Simulator(network, N, dt=dt, dtype=np.float64, generators=generators, **settings)


def full_equation(network, couplings):
    """Neurons and synapses, N + N^2 numbers, without any split."""

    def rate(t, state):
        x, a = state[:N], state[N:].reshape(N, N)
        phi = np.tanh(x)
        inputs = 0.3 + 0.8 * math.sin(2.0 * math.pi * 0.15 * t) + math.cos(t) ** 2
        dx = -x + (couplings + a) @ phi + inputs
        da = (-a + K / N * np.outer(phi, phi)) / P if network.couplings.plastic else np.zeros((N, N))
        return np.concatenate([dx, da.ravel()])

    return rate


@pytest.mark.parametrize("plastic", [None, dmft.Hebbian(K, P)], ids=["fixed", "plastic"])
@pytest.mark.parametrize("mean", MEANS)
@pytest.mark.parametrize("revealed", [False, True], ids=["dense", "revealed"])
@pytest.mark.parametrize("integrator", ["adams-bashforth-4", "exponential-adams-bashforth-2"])
def test_a_sum_of_terms_is_the_full_equation(plastic, mean, revealed, integrator):
    population = dmft.Population(bias=0.3, drive=WAVE + PULSE)
    network = dmft.Network(population, dmft.Couplings(dmft.Random(G), MEANS[mean], plastic=plastic))
    errors = []
    for dt in (0.02, 0.01):
        sim = simulator(network, dt, integrator=integrator)
        couplings = sim.couplings.copy()
        assert np.sum(couplings) / N == pytest.approx(
            np.sum(sim.random.couplings) / N
            + (0.0 if MEANS[mean] is None else MEANS[mean].scale * MEANS[mean].strength)
        )
        if revealed:
            drawn = sim.random.couplings.copy()
            sim.random = RevealedProduct(
                N, G, np.float64, np.random.default_rng(0), tolerance=1e-24, image=lambda b, drawn=drawn: drawn @ b
            )
        start = np.concatenate([sim.x[:, 0], np.zeros(N * N)])
        for _ in range(round(2.0 / dt)):
            sim.step()
        exact = solve_ivp(full_equation(network, couplings), (0.0, 2.0), start, method="LSODA", rtol=1e-9, atol=1e-10)
        errors.append(np.max(np.abs(sim.x[:, 0] - exact.y[:N, -1])))
    assert errors[1] < 3e-3
    assert errors[1] < 0.6 * errors[0] or errors[1] < 1e-6


@pytest.mark.long
@pytest.mark.parametrize("plastic", [None, dmft.Hebbian(K, P)], ids=["fixed", "plastic"])
def test_tangents_of_a_sum_of_terms_are_the_derivative_of_the_flow(plastic):
    population = dmft.Population(bias=0.3, drive=WAVE)
    network = dmft.Network(population, dmft.Couplings(dmft.Random(G), dmft.Mean(-1.0, 3.0), plastic=plastic))
    base, ahead, behind = (simulator(network, 0.005, n_tangents=2) for _ in range(3))
    direction = base.tangents[:, 1, 0].copy()
    ahead.place(ahead.x + 1e-5 * direction[:, None])
    behind.place(behind.x - 1e-5 * direction[:, None])
    grown = 1.0
    for step in range(400):
        for sim in (base, ahead, behind):
            sim.step()
        if step == 199:
            # the second vector is the first direction's part orthogonal to another: follow the span
            frame = base.tangents[:, :, 0].copy()
            base.orthonormalise()
            grown = np.linalg.lstsq(base.tangents[:, :, 0], frame, rcond=None)[0]
    difference = (ahead.x[:, 0] - behind.x[:, 0]) / 2e-5
    found = (base.tangents[:, :, 0] @ grown)[:, 1]
    np.testing.assert_allclose(found, difference, atol=5e-3 * np.max(np.abs(difference)))


def test_responses_add_up():
    drives = (dmft.Constant(0.4), PULSE, WAVE)
    together = response_to(drives, (2, 5), np.float64, np.random.default_rng(1))
    alone = [response_to(drive, (2, 5), np.float64, np.random.default_rng(1)) for drive in drives]
    for _ in range(300):
        together.advance(0.1)
        for response in alone:
            response.advance(0.1)
    np.testing.assert_allclose(together.z, sum(response.z for response in alone))
    # z' = -z + cos(t)^2, z(0) = 0, in closed form: cos(t)^2 = 1/2 + cos(2 t)/2
    t = 30.0
    exact = 0.5 + (math.cos(2 * t) + 2 * math.sin(2 * t)) / 10.0 - 0.6 * math.exp(-t)
    np.testing.assert_allclose(alone[1].z, exact, atol=1e-12)
    assert np.all(alone[0].z == 0.4)


def test_variances_of_private_inputs_add_up():
    drive = dmft.WhiteNoise(0.8) + dmft.OrnsteinUhlenbeck(0.6, 2.0) + dmft.Sinusoid(0.5, 0.2, "random")
    network = dmft.Network(dmft.Population(drive=drive, bias=0.25))
    sim = validation.simulate(network, 400, n_realizations=8, duration=300.0, burn_in=0.0, seed=2)
    omega = 2.0 * math.pi * 0.2
    exact = 0.4 + 0.6 * 2.0 / 3.0 + 0.5 * 0.25 / (1.0 + omega**2) + 0.25**2
    found, error = float(sim.mean("corr_x", 400)[0]), float(sim.standard_error("corr_x", 400)[0])
    assert abs(found - exact) < 7.1 * error
    assert error < 0.006 * exact


@pytest.mark.parametrize("mean", MEANS)
def test_couplings_of_ones_own_are_those_of_the_network(mean):
    """What a network has drawn, given back to it: the same run, whatever is split off inside."""
    network = dmft.Network(dmft.Population(drive=WAVE), dmft.Couplings(dmft.Random(G), MEANS[mean]))
    drawn = simulator(network, 0.05).couplings
    settings = {"n_realizations": 1, "duration": 5.0, "burn_in": 0.0, "dtype": "float64", "seed": 3}
    own = validation.simulate(network, couplings=drawn, **settings)
    assert own.sizes == (N,)
    np.testing.assert_allclose(
        own.values("corr_x", N), validation.simulate(network, N, **settings).values("corr_x", N), rtol=1e-9
    )
    with pytest.raises(ValueError, match=r"couplings are of 16 neurons, got 20"):
        validation.simulate(network, 20, couplings=drawn, **settings)
    with pytest.raises(ValueError, match="same couplings to be pooled"):
        own + validation.simulate(network, couplings=2.0 * drawn, **{**settings, "seed": 4})


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (
            dmft.Network(
                {"E": dmft.Population(fraction=0.8), "I": dmft.Population()},
                dmft.Couplings(dmft.Random(1.5), plastic=dmft.Hebbian(1.0, 1.0)),
            ),
            "plastic couplings are simulated in one population",
        ),
        (
            dmft.Network(
                {"E": dmft.Population(fraction=0.8), "I": dmft.Population(dynamics=dmft.Map())}, dmft.Random(1.5)
            ),
            "either all populations are dmft.Map",
        ),
        (
            dmft.Network({"E": dmft.Population(fraction=0.99), "I": dmft.Population()}, dmft.Random(1.5)),
            "at least two units",
        ),
    ],
)
def test_what_is_not_simulated_is_refused(network, words):
    with pytest.raises(ValueError, match=words):
        validation.simulate(network, 50, seed=1)


@pytest.mark.parametrize(
    ("couplings", "kind", "words"),
    [
        (np.ones((3, 4)), ValueError, r"square matrix of finite numbers, got one of shape \(3, 4\)"),
        ([[0.0, math.nan], [0.0, 0.0]], ValueError, "finite"),
        ("explicit", TypeError, "square matrix of numbers, got 'explicit'"),
    ],
)
def test_couplings_that_are_no_matrix_are_refused(couplings, kind, words):
    with pytest.raises(kind, match=words):
        validation.simulate(dmft.RandomNetwork(1.5), couplings=couplings, seed=1)
    with pytest.raises(ValueError, match="storage='revealed' has no matrix"):
        validation.simulate(dmft.RandomNetwork(1.5), couplings=np.eye(4), storage="revealed", seed=1)
