"""The estimator of the dimension: against plain sums over stored states, unbiased, and its refusals."""

import numpy as np
import pytest

import dmft
import validation
from validation.estimators import Sampling
from validation.estimators.dimension import Dimension


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


def test_equals_the_plain_sums():
    rng = np.random.default_rng(0)
    states = np.cumsum(rng.standard_normal((29, 7, 6)), axis=0)  # not a multiple of the block
    measure = Dimension(groups=3, lags=(0.0, 1.5))
    found = estimate(states, measure)
    for kind, a in (("x", states), ("phi", np.tanh(states))):
        for index, step in enumerate((0, 3)):
            later, earlier = a[step:], a[: len(a) - step]
            sums = [
                np.einsum("tia,tja->ij", later[..., g], earlier[..., g]) / (len(earlier) * 2)
                for g in np.split(np.arange(6), 3)
            ]
            pairs = [np.sum(sums[k] * sums[m]) for k in range(3) for m in range(3) if k != m]
            assert found[f"psi_{kind}"][index] == pytest.approx(np.mean(pairs) / 7, rel=1e-10)
            if step == 0:
                traces = [np.trace(s) for s in sums]
                squared = np.mean([traces[k] * traces[m] for k in range(3) for m in range(3) if k != m])
                assert found[f"inverse_dimension_{kind}"] == pytest.approx(7 * np.mean(pairs) / squared, rel=1e-10)
                assert found[f"dimension_{kind}"] == pytest.approx(1.0 / found[f"inverse_dimension_{kind}"])


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
