"""Discrete time against networks: state and dimension through the simulator, two copies by a network written here."""

import math

import numpy as np
import pytest

import dmft
import validation

NETWORK = dmft.Network(
    {
        "E": dmft.Population(
            dmft.Symbolic("(1 + tanh(2*x))/2"), dmft.Map(), fraction=0.6, bias=0.3, drive=dmft.WhiteNoise(0.2)
        ),
        "I": dmft.Population(dmft.Tanh(), dmft.Map(), bias=0.1, threshold_variance=0.3, drive=dmft.WhiteNoise(0.6)),
    },
    dmft.Couplings(dmft.Random([[1.5, 1.0], [1.8, 0.7]]), dmft.Mean([[0.8, -1.2], [0.9, -0.4]])),
)


@pytest.fixture(scope="module")
def networks():
    measure = validation.Dimension(lags=(0.0,))
    settings = {"duration": 150.0, "burn_in": 40.0, "seed": 5}
    pairs = validation.simulate(NETWORK, 500, n_realizations=12, initial_states=12, measure=measure, **settings)
    return pairs, validation.simulate(NETWORK, 1000, n_realizations=16, **settings)


@pytest.mark.long
def test_state(networks):
    """Means, variances and frozen parts within 4 standard errors and a/N; a variance 6 % off would be seen."""
    state, simulation = dmft.solve_stationary(NETWORK), networks[1]
    assert state.state == "driven, stable"
    for word in ("mean_x", "mean_phi", "variance", "static_variance"):
        means, errors = simulation.mean(word, 1000), simulation.standard_error(word, 1000)
        for expected, mean, error in zip(getattr(state, word), means, errors):
            assert abs(mean - expected) <= 4.0 * error + 3.0 / 1000 * max(abs(expected), 0.3)
            if word == "variance":
                assert 4.0 * error + 0.003 * expected < 0.06 * expected


@pytest.mark.parametrize("of", ["phi", "x"])
def test_dimension(networks, of):
    """Within 3 %; a psi that is wrong by a fifth would move it by more than what is allowed."""
    expected = dmft.effective_dimension(dmft.solve_stationary(NETWORK), of)
    value, error = validation.harmonic_dimension(networks[0], 500, of=of)
    allowed = 4.0 * error + 0.01 * expected
    assert abs(value - expected) <= allowed
    part = 1.0 - expected * _own(of)  # of the sum over pairs, that of pairs of different units
    assert allowed < 0.2 * part * expected


def _own(of):
    """Return sum_a f_a C_a^2 over the square of the mean, by the frozen field averaged out."""
    blocks = dmft.covariance_blocks(dmft.solve_stationary(NETWORK), of)
    f = np.array([0.6, 0.4])
    return float(f @ blocks.variance**2 / (f @ blocks.variance) ** 2)


def test_two_copies_of_a_drawn_network():
    """Overlap and variance of two copies, step by step, in 24 networks of N = 1200 that share their noise."""
    g, s, noise, n, steps = 1.7, 0.1, 0.05, 1200, 8
    network = dmft.Network(
        dmft.Population(dmft.Tanh(), dmft.Map(), bias=0.2, threshold_variance=s, drive=dmft.WhiteNoise(noise)),
        dmft.Random(g),
    )
    rng = np.random.default_rng(11)
    found = []
    for _ in range(24):
        couplings = rng.normal(size=(n, n)) * g / math.sqrt(n)
        theta = math.sqrt(s) * rng.normal(size=(n, 1))
        shared = rng.normal(size=(n, 1))
        x = math.sqrt(0.9) * shared + math.sqrt(0.1) * rng.normal(size=(n, 2))
        rows = []
        for t in range(steps + 1):
            if t:
                x = 0.2 + theta + couplings @ np.tanh(x) + math.sqrt(noise) * rng.normal(size=(n, 1))
            y = x - x.mean(axis=0)
            rows.append((np.mean(y**2), np.mean(y[:, 0] * y[:, 1])))
        found.append(rows)
    mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / math.sqrt(len(found))
    path = dmft.solve_nonstationary(network, steps, method=dmft.StepByStep(overlap=0.9))
    expected = np.stack([path.variance, path.overlap], axis=1)
    assert np.all(np.abs(mean - expected) <= 4.5 * error + 3.0 / n)
    private = dmft.solve_nonstationary(network, steps, method=dmft.StepByStep(overlap=0.9, shared_noise=False))
    assert np.max(np.abs(private.overlap - mean[:, 1]) / (4.5 * error[:, 1] + 3.0 / n)) > 2.0
