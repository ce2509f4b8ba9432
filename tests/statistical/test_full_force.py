"""Networks that learn the oscillation: all couplings need fewer units than a read-out, and stand more noise.

Errors of single networks are bimodal: they either say the target to 1e-3, or lose it. So medians and counts are asked
for, at fixed seeds. Training is chaotic: on another processor these seeds stand for other networks, and what is claimed
of counts is of all that were trained. Settings: g = 1.5, 60 trials of training, 20 of test; with noise 30 and 10.
"""

import numpy as np
import pytest

import dmft
import validation

NET, TASK = dmft.RandomNetwork(g=1.5), validation.Oscillation()
LOST = 0.1
FEWER = {"trials": 30, "test_trials": 10}


def errors(trainer, size, count=3, **settings):
    return np.array([validation.train(trainer, size=size, seed=seed, **settings).test_error for seed in range(count)])


def test_a_network_of_250_units_says_the_oscillation():
    trained = validation.train(validation.FullForce(NET, TASK), size=250, seed=1, trials=15, test_trials=3, settling=5)
    assert trained.test_error < 1e-2
    assert trained.generator_exponent < 0.0
    assert trained.generator_exponent_error < 0.02


@pytest.mark.long
@pytest.mark.parametrize("size", [250, 300])
def test_full_force_needs_250_units(size):
    """All three succeed, as did eight of eight others of 250 units, with errors of 5e-5 to 1e-2."""
    found = errors(validation.FullForce(NET, TASK), size)
    assert np.all(found < LOST)
    assert np.median(found) < 1e-2


@pytest.mark.long
def test_full_force_fails_with_100_units():
    """13 of 14 networks lost it: the median of five says otherwise by chance in one of 300 draws."""
    assert np.median(errors(validation.FullForce(NET, TASK), 100, count=5)) > LOST


@pytest.mark.long
def test_force_fails_with_250_units_and_succeeds_with_600():
    """Where full-FORCE succeeds, FORCE lost it in six of six networks; it does in three of eight of 400 units, and in
    one of eight of 600: the median of three says otherwise by chance in one of 25 draws."""
    assert np.all(errors(validation.Force(NET, TASK), 250) > LOST)
    assert np.median(errors(validation.Force(NET, TASK), 600)) < 1e-2


@pytest.mark.long
def test_full_force_stands_more_noise_than_force():
    """At N = 600 for both, the same noise in training and test: its median error is at most a fifth of the other's."""
    ours, theirs = (
        errors(rule(NET, TASK, noise=0.003), 600, **FEWER) for rule in (validation.FullForce, validation.Force)
    )
    assert np.median(ours) < 5e-3
    assert np.median(theirs) > 5.0 * np.median(ours)


@pytest.mark.long
def test_the_best_full_force_network_stands_three_times_that_noise():
    """Errors scatter from 2e-3 to 2 there; the best of five is small (by chance not, in one of 12 draws), and by FORCE
    the best of three is five times worse at least (.2, 1.8 and .11)."""
    ours = errors(validation.FullForce(NET, TASK, noise=0.01), 600, count=5, **FEWER)
    theirs = errors(validation.Force(NET, TASK, noise=0.01), 600, **FEWER)
    assert np.min(ours) < 0.02
    assert np.min(theirs) > 5.0 * np.min(ours)
