"""The estimator of the dimension: against plain sums over stored states, unbiased, and its refusals."""

import numpy as np
import pytest

import dmft
import validation
from validation.estimators import Sampling
from validation.estimators.dimension import Dimension
from validation.simulators.simulator import Simulator


class Replayed:
    """A simulator that hands out given states, shape (n_samples, N, n_states)."""

    def __init__(self, states):
        self.states, self.now = states, -1
        self.n, self.n_states = states.shape[1:]

    @property
    def x(self):
        return self.states[max(self.now, 0)]

    @property
    def rates(self):
        return np.tanh(self.x)


def estimate(states, measure):
    simulator = Replayed(states)
    running = measure.start(simulator, Sampling(0.5, 0, len(states)))
    for simulator.now in range(len(states)):
        running.update(simulator)
    return running.result()


def about_the_mean(later, earlier):
    """Sigma of a group of states, (n_samples, N, n_states), less the mean of m_s m_s'^T over different states."""
    n_states = later.shape[2]
    second = np.einsum("tia,tja->ij", later, earlier) / (len(later) * n_states)
    means = later.mean(axis=0), earlier.mean(axis=0)
    pairs = [np.outer(means[0][:, a], means[1][:, b]) for a in range(n_states) for b in range(n_states) if a != b]
    return second - np.mean(pairs, axis=0)


@pytest.mark.parametrize("offset", [0.0, 3.0])
def test_equals_the_plain_sums(offset):
    rng = np.random.default_rng(0)
    states = offset + np.cumsum(rng.standard_normal((29, 7, 6)), axis=0)  # not a multiple of the block
    measure = Dimension(groups=3, lags=(0.0, 1.5))
    found = estimate(states, measure)
    for kind, a in (("x", states), ("phi", np.tanh(states))):
        for index, step in enumerate((0, 3)):
            later, earlier = a[step:], a[: len(a) - step]
            sums = [about_the_mean(later[..., g], earlier[..., g]) for g in np.split(np.arange(6), 3)]
            pairs = [np.sum(sums[k] * sums[m]) for k in range(3) for m in range(3) if k != m]
            assert found[f"psi_{kind}"][index] == pytest.approx(np.mean(pairs) / 7, rel=1e-10)
            if step == 0:
                traces = [np.trace(s) for s in sums]
                squared = np.mean([traces[k] * traces[m] for k in range(3) for m in range(3) if k != m])
                assert found[f"inverse_dimension_{kind}"] == pytest.approx(7 * np.mean(pairs) / squared, rel=1e-10)
                assert found[f"dimension_{kind}"] == pytest.approx(1.0 / found[f"inverse_dimension_{kind}"])


def test_a_mean_of_every_neuron_changes_nothing():
    """Not even at a lag, where the two factors have means of different samples, and not in single precision."""
    rng = np.random.default_rng(1)
    states = np.cumsum(rng.standard_normal((40, 12, 8)), axis=0)
    measure = Dimension(groups=4, lags=(0.0, 2.0))
    plain = estimate(states, measure)
    shifted = estimate(states + 50.0 * rng.standard_normal((1, 12, 1)), measure)
    single = estimate((states + 50.0 * rng.standard_normal((1, 12, 1))).astype(np.float32), measure)
    for name in ("psi_x", "inverse_dimension_x"):
        np.testing.assert_allclose(shifted[name], plain[name], rtol=1e-9)
        np.testing.assert_allclose(single[name], plain[name], rtol=1e-4)


def test_is_unbiased_with_means_that_must_be_estimated():
    """Five samples of each of eight states that share a mean larger than the deviations from it."""
    rng = np.random.default_rng(5)
    n = 30
    root, mean = rng.standard_normal((n, n)) / np.sqrt(n), 2.0 * rng.standard_normal((n, 1))
    sigma = root @ root.T
    found = [
        estimate(mean + np.einsum("ij,tja->tia", root, rng.standard_normal((5, n, 8))), Dimension())["psi_x"][0]
        for _ in range(300)
    ]
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found) - np.sum(sigma**2) / n) < 4.0 * error
    assert error < 0.05 * np.sum(sigma**2) / n


def test_of_a_network_with_a_mean_it_is_that_of_the_centred_covariance():
    """tanh(x - 1/2), g = 4, one network of N = 120: beside the covariance of a run fifteen times as long."""
    network = dmft.RandomNetwork(4.0, dmft.Symbolic("tanh(x - 0.5)"))

    def simulator(states):
        generators = [np.random.default_rng(child) for child in np.random.SeedSequence(3).spawn(4)]
        return Simulator(network, 120, dt=0.1, n_states=states, generators=generators)

    long = simulator(32)
    kept = []
    for step in range(5000):
        long.step()
        if step >= 1000 and step % 10 == 0:
            kept.append(long.rates.T.copy())
    rates = np.concatenate(kept).astype(float)
    covariance, uncentred = np.cov(rates.T, bias=True), rates.T @ rates / len(rates)

    def inverse(matrix):
        return 120 * np.sum(matrix**2) / np.trace(matrix) ** 2

    short = simulator(32)
    running = Dimension().start(short, Sampling(0.5, 0, 60))
    for step in range(1500):
        short.step()
        if step >= 1200 and step % 5 == 4:
            running.update(short)
    found = running.result()["inverse_dimension_phi"]
    assert found == pytest.approx(inverse(covariance), rel=0.25)  # four errors
    assert inverse(uncentred) > 1.6 * inverse(covariance)


def test_is_unbiased_where_the_plain_ratio_is_not():
    """White samples of a known covariance, far fewer than there are dimensions."""
    rng = np.random.default_rng(4)
    n, n_samples, n_states = 40, 5, 8
    root = rng.standard_normal((n, n)) / np.sqrt(n)
    sigma = root @ root.T
    exact = n * np.sum(sigma**2) / np.trace(sigma) ** 2
    found, plain, errors = [], [], []
    for _ in range(300):
        states = np.einsum("ij,tja->tia", root, rng.standard_normal((n_samples, n, n_states)))
        result = estimate(states, Dimension(groups=4))
        found.append(result["inverse_dimension_x"])
        errors.append(result["dimension_x_error"] * result["inverse_dimension_x"] ** 2)
        pooled = np.einsum("tia,tja->ij", states, states)
        plain.append(n * np.sum(pooled**2) / np.trace(pooled) ** 2)
    scatter = np.std(found, ddof=1)
    assert abs(np.mean(found) - exact) < 4.0 * scatter / np.sqrt(len(found)) + 0.01 * exact
    assert abs(np.mean(plain) - exact) > 10.0 * np.std(plain) / np.sqrt(len(plain))
    # The error bar of one run is that scatter, or more: leaving out groups doubles the variance of products of noise
    # with noise, which dominate here.
    assert 0.9 < np.sqrt(np.mean(np.square(errors))) / scatter < 1.8


def test_refusals():
    with pytest.raises(ValueError, match="groups must be at least 2 for an unbiased estimate, got 1"):
        Dimension(groups=1)
    with pytest.raises(ValueError, match="lags must be finite and not negative"):
        Dimension(lags=(-1.0,))
    settings = {"n_realizations": 1, "duration": 5.0, "burn_in": 0.0, "seed": 1}
    with pytest.raises(ValueError, match=r"initial_states must be at least 4.* unbiased .* got 1"):
        validation.simulate(dmft.RandomNetwork(g=2.0), 50, measure="dimension", **settings)
    with pytest.raises(ValueError, match=r"lags must be at most 4\.5"):
        validation.simulate(dmft.RandomNetwork(g=2.0), 50, measure=Dimension(lags=(9.0,)), **settings)
