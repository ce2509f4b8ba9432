"""What the time step does to the variance of filters under noise: exactly, for linear networks.

One step of the simulator is a linear map of states, of the response to noise, and of what noise adds at each half of
the step; it is read off the simulator itself, by stepping unit vectors, one to a state. The stationary covariance of
that recursion solves a discrete Lyapunov equation, that of the network a continuous one. No sampling.
"""

import numpy as np
import pytest
from scipy.linalg import block_diag, solve_continuous_lyapunov, solve_discrete_lyapunov

import dmft
from validation.ensemble import realization_seed, root_seed
from validation.simulators.filters import FilterSimulator
from validation.simulators.steps import time_step_bias

N = 8


def network_of(unit, gain, drive):
    return dmft.Network(dmft.Population(dmft.Linear(), unit, drive=drive), dmft.Random(gain))


def couplings_of(gain):
    matrix = np.random.default_rng(3).standard_normal((N, N))
    return matrix * gain / np.abs(np.linalg.eigvals(matrix)).max()


def bias(unit, gain, drive, dt):
    """Relative error of tr <x x^T>."""
    couplings = couplings_of(gain)

    def started(rows):
        seed = realization_seed(root_seed(5), N, 0)
        settings = {"dt": dt, "dtype": np.float64, "n_states": rows, "generators": seed.generators(4)}
        return FilterSimulator(network_of(unit, gain, drive), N, couplings=couplings, **settings)

    block, response = started(1)._blocks[0], started(1)._responses[0]._parts[0]._response
    own, noisy = block.order * N, len(response.flow) * N
    rows = own + 3 * noisy  # states, response, what is added to it at each half
    run = started(rows)
    block, response = run._blocks[0], run._responses[0]._parts[0]._response
    unit_vectors = np.eye(rows)

    def parts(columns, count):
        return columns.reshape(rows, count, N).transpose(1, 0, 2)

    first, second = own + noisy, own + 2 * noisy
    block._s[...] = block._probe[...] = parts(unit_vectors[:, :own], block.order)
    response._state[...] = parts(unit_vectors[:, own:first], len(response.flow))
    added = iter([unit_vectors[:, first:second], unit_vectors[:, second:]])
    response._mixed_draw = lambda root, out: np.copyto(out, parts(next(added), len(response.flow)))
    run._respond()
    run.step()
    after = [a.transpose(1, 0, 2).reshape(rows, -1) for a in (block._s, response._state)]
    step = np.concatenate(after, axis=1).T
    half = response.propagator(0.5 * dt)
    increment = response.covariance - half @ response.covariance @ half.T
    drawn = np.kron(block_diag(increment, increment), np.eye(N))
    forced = step[:, first:] @ drawn @ step[:, first:].T
    read = np.kron(np.concatenate([block.read, run._responses[0]._parts[0]._read]), np.eye(N))
    found = np.trace(read @ solve_discrete_lyapunov(step[:, :first], forced, method="bilinear") @ read.T)

    # The network itself, noise into each filter beside what it hears.
    eye = np.eye(N)
    flow = np.kron(block.flow, eye) + np.kron(np.outer(block.entry, block.read), couplings)
    entry = np.kron(block.entry[:, None], eye)
    if isinstance(drive, dmft.WhiteNoise):
        source = drive.intensity * entry @ entry.T
    else:
        rate = 1.0 / drive.correlation_time
        flow = np.block([[flow, entry], [np.zeros((N, own)), -rate * eye]])
        source = block_diag(np.zeros((own, own)), 2.0 * rate * drive.variance * eye)
    covariance = solve_continuous_lyapunov(flow, -source)[:own, :own]
    known = np.kron(block.read[None], eye)
    return found / np.trace(known @ covariance @ known.T) - 1.0


@pytest.mark.parametrize("drive", [dmft.WhiteNoise(1.0), dmft.OrnsteinUhlenbeck(1.0, 2.0)])
@pytest.mark.parametrize(
    ("unit", "gain"),
    [(dmft.Adaptation(1, 5), 0.9), (dmft.Oscillator(1, 0.5), 0.4), (dmft.Leaky() * dmft.Synapse(0.5), 0.9)],
)
def test_the_bias_is_within_its_bound(unit, gain, drive):
    steps = (0.2, 0.1, 0.05)
    errors = [bias(unit, gain, drive, dt) for dt in steps]
    for dt, error in zip(steps, errors, strict=True):
        assert abs(error) < time_step_bias(network_of(unit, gain, drive), dt), errors
