"""What the time step does to the variance under noise: exactly, for linear networks.

A linear network with Gaussian input and a linear integrator is a linear recursion; its stationary covariance solves a
discrete Lyapunov equation, the network's own a continuous one. No sampling. The matrix of the recursion is read off
the integrator itself, by stepping unit vectors.
"""

import math

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov, solve_discrete_lyapunov

import dmft
from validation.simulators.inputs import response_to
from validation.simulators.integrators import INTEGRATORS
from validation.simulators.steps import time_step_bias

N = 30


class LinearField:
    """h = J (y + z), z held as it is given."""

    def __init__(self, couplings, z):
        self._couplings, self._z = couplings, z

    def couple(self, state, out):
        out[...] = (state + self._z) @ self._couplings.T

    def advance_input(self, step):
        pass


def one_step(integrator, couplings, dt):
    """Matrix of (y, earlier derivatives newest first, z) -> (y, derivatives), in the middle of a run."""
    depth = {"adams-bashforth-4": 3, "exponential-adams-bashforth-2": 1}[integrator]
    size = (2 + depth) * N
    rows = np.eye(size)
    y, past, z = rows[:, :N], rows[:, N:-N], rows[:, -N:]
    stepper = INTEGRATORS[integrator](LinearField(couplings, z), y.shape, np.float64, dt)
    for _ in range(4):  # past the start
        stepper.step(np.zeros_like(y))
    ring, slot = len(stepper.history), stepper._taken % len(stepper.history)
    for age in range(1, depth + 1):
        stepper.history[(slot - age) % ring] = past[:, (age - 1) * N : age * N]
    state = y.copy()
    stepper.step(state)
    moved = [state, stepper.history[slot]] + [past[:, i * N : (i + 1) * N] for i in range(depth - 1)]
    return np.concatenate(moved, axis=1).T


def bias(drive, couplings, dt):
    """Relative error of tr <x x^T> by the integrator that the simulator takes for this drive."""
    white = isinstance(drive, dmft.WhiteNoise)
    integrator = "exponential-adams-bashforth-2" if white else "adams-bashforth-4"
    network = one_step(integrator, couplings, dt)
    eye, zero = np.eye(N), np.zeros((N, N))
    inner = network.shape[0]
    if white:
        fade, noise = np.array([[math.exp(-dt)]]), np.array([[-math.expm1(-2 * dt) * drive.intensity / 2]])
    else:
        response = response_to(drive, (1, 1), np.float64, np.random.default_rng(0))
        fade = response.propagator(dt)[::-1, ::-1]
        stationary = response.covariance[::-1, ::-1]
        noise = stationary - fade @ stationary @ fade.T
    inputs = len(fade)
    recursion = np.zeros((inner + inputs * N,) * 2)
    recursion[:inner, : inner + N] = network
    recursion[inner:, inner:] = np.kron(fade, eye)
    covariance = np.zeros_like(recursion)
    covariance[inner:, inner:] = np.kron(noise, eye)
    stepped = solve_discrete_lyapunov(recursion, covariance, method="bilinear")
    blocks = [stepped[:N, :N], stepped[inner : inner + N, inner : inner + N], 2 * stepped[:N, inner : inner + N]]
    found = sum(np.trace(block) for block in blocks)

    if white:
        flow, source = couplings - eye, drive.intensity * eye
    else:
        rate = 1.0 / drive.correlation_time
        flow = np.block([[couplings - eye, eye], [zero, -rate * eye]])
        source = np.block([[zero, zero], [zero, 2 * rate * drive.variance * eye]])
    exact = np.trace(solve_continuous_lyapunov(flow, -source)[:N, :N])
    return found / exact - 1.0


def couplings_of(gain):
    matrix = np.random.default_rng(2).standard_normal((N, N))
    return matrix * gain / np.abs(np.linalg.eigvals(matrix)).max()


@pytest.mark.parametrize(
    ("drive", "order"),
    [(dmft.WhiteNoise(1.0), 2), (dmft.OrnsteinUhlenbeck(1.0, 2.0), 4), (dmft.OrnsteinUhlenbeck(1.0, 0.3), 4)],
)
@pytest.mark.parametrize("gain", [0.5, 0.9])
def test_the_bias_of_the_variance_has_its_order_and_is_within_its_bound(drive, order, gain):
    network = dmft.RandomNetwork(g=gain, nonlinearity=dmft.Linear(), drive=drive)
    couplings = couplings_of(gain)
    steps = (0.1, 0.05, 0.025)
    errors = [bias(drive, couplings, dt) for dt in steps]
    for dt, error in zip(steps, errors, strict=True):
        assert abs(error) < time_step_bias(network, dt), errors
    assert abs(np.log2(errors[1] / errors[2])) == pytest.approx(order, abs=0.5), errors
