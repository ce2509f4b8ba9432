"""Spiking networks under Dale's law that say a sawtooth by themselves: ten periods with frozen weights."""

from dataclasses import replace

import numpy as np
import pytest

import dmft
import validation
from validation.training.integrate_and_fire import fire
from validation.training.trained import phase_aligned

TASK = validation.Sawtooth(20.0, pulse=0.0)


def trained(size, seed, trials=12, test_trials=10, **settings):
    trainer = validation.BalancedTargets(
        dmft.BalancedNetwork(g=1.5, size=size), TASK, target_amplitude=4.0, spiking=True, **settings
    )
    return validation.train(trainer, size=size, seed=seed, trials=trials, test_trials=test_trials)


@pytest.mark.parametrize("size", [60, pytest.param(300, marks=pytest.mark.long)])
def test_a_spiking_network_says_the_sawtooth(size):
    one = trained(size, 0, trials=12 if size == 300 else 3)
    assert one.phase_aligned_error <= 0.1
    assert np.max(one.test.phase_aligned_errors) <= 0.5  # in none of the ten periods is the cycle lost
    assert one.violations == 0
    signs = one.trainer.signs(size)
    assert np.all(one.couplings * signs >= 0.0)
    assert np.all(one.fast_couplings * signs >= 0.0)
    assert one.certificate.residual <= 1e-6
    assert one.balance() < 0.3
    spikes = one.test.spikes
    assert spikes.duration == pytest.approx(200.0)
    # A synapse of unit area: its mean is the rate, but for what lies about the edges.
    (rates,), ran = one.run(1, seed=0, rates=True).rates, one.run(1, seed=0).spikes
    assert rates.mean() == pytest.approx(ran.rates.mean(), rel=0.1)
    assert np.nanmedian(spikes.variation()) > 0.5


def test_what_was_learned_holds_on_a_finer_grid_of_spikes():
    """Four times as many places of spikes: the network is one of integrate-and-fire units, not of their steps."""
    one = trained(60, 0, trials=5)
    finer = replace(one.trainer.units, steps=4 * one.trainer.units.steps)
    state = one.start[:4] * np.array([1.0, 1.0, 1.0, 4.0])[:, None]
    heard = np.tile(one.bias, (2000, 1))
    rates = fire(finer, one.couplings, one.fast_couplings, state, heard, one.trainer.dt).rates
    target = one.test.trials[0].target
    there = np.median([phase_aligned(part @ one.readout.T, target) for part in np.split(rates, 10)])
    assert there <= min(0.1, 2.0 * one.phase_aligned_error)  # with ten places in a step it is more


@pytest.mark.long
def test_strong_fast_synapses_make_spikes_irregular():
    """N = 300, fast synapses five times as strong, twice the time: variation of neighbouring intervals above .6."""
    task = validation.Sawtooth(40.0, pulse=0.0)
    units = validation.IntegrateAndFire(slow=2.0, strength=1.5)
    rule = validation.BalancedTargets(
        dmft.BalancedNetwork(g=1.5, size=300), task, target_amplitude=4.0, spiking=True, units=units
    )
    one = validation.train(rule, size=300, seed=0, trials=12, test_trials=10)
    assert one.phase_aligned_error <= 0.1
    assert one.violations == 0
    assert np.nanmedian(one.test.spikes.variation(local=True)) > 0.6


def test_a_run_repeats_itself_and_noise_changes_it():
    one = trained(20, 1, trials=1, test_trials=1)
    first, second, noisy = (one.run(2, seed=3, noise=noise) for noise in (None, None, 0.3))
    assert np.array_equal(first.spikes.times, second.spikes.times)
    assert len(first.spikes.times) > 0
    assert not np.array_equal(first.spikes.times, noisy.spikes.times)
    assert one.start.shape == (5, 20)
    assert len(first.outputs) == 2


def test_bounds_hold_for_spiking_units():
    one = trained(30, 1, trials=1, test_trials=1, limits=(0.0, 1.0))
    assert np.max(np.abs(one.couplings)) <= 1.0 / np.sqrt(30) * (1 + 1e-12)


def test_what_is_out_of_range_is_refused():
    net = dmft.BalancedNetwork(1.5, 100)
    for spiking in ("yes", 1, None):
        with pytest.raises(TypeError, match="spiking must be True or False"):
            validation.BalancedTargets(net, TASK, spiking=spiking)
    with pytest.raises(TypeError, match=r"units must be a validation\.IntegrateAndFire"):
        validation.BalancedTargets(net, TASK, spiking=True, units=0.2)
    with pytest.raises(ValueError, match="steps must put"):
        validation.BalancedTargets(net, TASK, spiking=True, units=validation.IntegrateAndFire(steps=1))
