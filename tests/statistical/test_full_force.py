"""Networks that learn the oscillation: all couplings need fewer units than a read-out, and stand more noise.

Errors of single networks are bimodal: they either say the target to 1e-3, or lose it. So medians and counts are asked
for, of three networks each, at fixed seeds. Settings: g = 1.5, 60 trials of training, 20 of test; with noise 30 and 10.
"""

import numpy as np
import pytest

import dmft
import validation

NET, TASK = dmft.RandomNetwork(g=1.5), validation.Oscillation()
LOST = 0.1


def errors(trainer, size, **settings):
    return np.array([validation.train(trainer, size=size, seed=seed, **settings).test_error for seed in range(3)])


def test_a_network_of_250_units_says_the_oscillation():
    trained = validation.train(validation.FullForce(NET, TASK), size=250, seed=1, trials=15, test_trials=3, settling=5)
    assert trained.test_error < 1e-2
    assert trained.generator_exponent < 0.0
    assert trained.generator_exponent_error < 0.02


@pytest.mark.long
@pytest.mark.parametrize("size", [250, 300])
def test_full_force_needs_250_units(size):
    """All three succeed; the median is near 2e-4."""
    found = errors(validation.FullForce(NET, TASK), size)
    assert np.all(found < LOST)
    assert np.median(found) < 1e-3


@pytest.mark.long
def test_full_force_fails_with_100_units():
    assert np.all(errors(validation.FullForce(NET, TASK), 100) > LOST)


@pytest.mark.long
def test_force_fails_with_400_units_and_succeeds_with_600():
    """Where full-FORCE needs 250: the median fails at 400, and all three succeed at 600."""
    assert np.median(errors(validation.Force(NET, TASK), 400)) > 1.0
    assert np.all(errors(validation.Force(NET, TASK), 600) < 1e-2)


@pytest.mark.long
@pytest.mark.parametrize(("noise", "most"), [(0.003, 5e-3), (0.01, 0.1)])
def test_full_force_stands_more_noise_than_force(noise, most):
    """At N = 600 for both, the same noise in training and test: its median error is at most a fifth of the other's."""
    settings = {"trials": 30, "test_trials": 10}
    ours = errors(validation.FullForce(NET, TASK, noise=noise), 600, **settings)
    theirs = errors(validation.Force(NET, TASK, noise=noise), 600, **settings)
    assert np.median(ours) < most
    assert np.median(theirs) > 5.0 * np.median(ours)
