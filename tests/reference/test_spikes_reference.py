"""Integrate-and-fire networks against Brian2: every spike on the same grid, and averages where spikes decorrelate."""

import json
from pathlib import Path

import numpy as np
import pytest
from make_spikes_reference import EARLY, FINE, HELD, STEP, UNITS, WHOLE, N, brian, currents, network

import dmft
import validation
from validation.training.integrate_and_fire import IntegrateAndFire, fire
from validation.training.trained import phase_aligned

ENTRIES = json.loads(Path(__file__).with_name("spikes_reference.json").read_text())
SLOW, FAST, V = network()


def fired(duration, step, refractory=UNITS["refractory"]):
    units = IntegrateAndFire(**UNITS | {"refractory": refractory}, steps=round(HELD / step))
    return fire(units, SLOW, FAST, np.vstack([V, np.zeros((3, N))]), currents(duration), HELD)


def test_every_spike_on_the_same_grid_is_that_of_brian():
    """More than a thousand spikes in 20 tau, none in another step or of another unit; potentials to rounding."""
    grid, ran = ENTRIES["grid"], fired(WHOLE, STEP)
    assert len(grid["steps"]) > 1000
    # Brian2 dates a spike by the beginning of its step, the package by its end.
    np.testing.assert_array_equal(np.rint(ran.times / STEP).astype(int) - 1, grid["steps"])
    np.testing.assert_array_equal(ran.units, grid["units"])
    for end, voltages in zip(grid["ends"], grid["voltages"], strict=True):
        np.testing.assert_allclose(fired(HELD * end, STEP).state[0], voltages, atol=1e-11)


def test_every_early_spike_on_a_finer_grid_is_that_of_brian():
    """Steps four times as short, and a refractory time in Brian2's count: one of ours less."""
    fine, ran = ENTRIES["fine"], fired(EARLY, FINE, UNITS["refractory"] - FINE)
    assert len(fine["times"]) > 50
    np.testing.assert_array_equal(np.rint(ran.times / FINE).astype(int) - 1, np.rint(np.divide(fine["times"], FINE)))
    np.testing.assert_array_equal(ran.units, fine["units"])


def test_rates_are_those_of_the_fine_grid():
    """Where spikes of the two grids have decorrelated: in 300 tau the mean rate within three errors, and each unit."""
    fine = ENTRIES["fine"]
    ran = fired(fine["duration"], STEP)
    rates = np.bincount(ran.units, minlength=N) / fine["duration"]
    assert fine["error"] < 0.06 * fine["mean_rate"]
    assert abs(rates.mean() - fine["mean_rate"]) < 3.0 * np.sqrt(2.0) * fine["error"]
    assert np.corrcoef(rates, fine["rates"])[0, 1] > 0.99


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")  # Brian2's own
def test_a_trained_network_run_by_brian_says_its_sawtooth():
    """Ten periods by itself: the same spikes on our grid; on one of a fifth of the step, the same sawtooth."""
    try:
        import brian2
    except (ImportError, AttributeError) as error:  # 2.9 asks numpy < 2.4 for what it no longer has
        pytest.skip(f"Brian2 does not import here: {error}")
    assert brian2.__version__
    task = validation.Sawtooth(20.0, pulse=0.0)
    rule = validation.BalancedTargets(dmft.BalancedNetwork(g=1.5, size=60), task, target_amplitude=4.0, spiking=True)
    trained = validation.train(rule, size=60, seed=0, trials=5, test_trials=1)
    units, dt = rule.units, rule.dt
    constants, step = {name: getattr(units, name) for name in UNITS}, dt / units.steps
    given, state = (trained.couplings, trained.fast_couplings), trained.start[:4].copy()
    state[3] = 0.0  # Brian2 begins with no unit refractory
    heard = np.tile(trained.bias, (2000, 1))  # the task has no input

    ours = fire(units, *given, state, heard[:200], dt)
    theirs = brian(*given, state[:3], heard[:200], step=step, refractory=units.refractory + step, units=constants)
    assert len(ours.times) > 1000
    np.testing.assert_array_equal(np.rint(ours.times / step) - 1, np.rint(theirs[0] / step))
    np.testing.assert_array_equal(ours.units, theirs[1])

    fine = step / 5
    times, which, _ = brian(*given, state[:3], heard, step=fine, refractory=units.refractory, units=constants)
    rates, s, of_step = np.empty((2000, 60)), state[1].copy(), np.floor(times / dt + 1e-6)
    for k in range(2000):
        rates[k] = s
        now = of_step == k
        s *= np.exp(-dt / units.slow)
        np.add.at(s, which[now], np.exp((times[now] + fine - (k + 1) * dt) / units.slow) / units.slow)
    target = trained.test.trials[0].target
    errors = [phase_aligned(part @ trained.readout.T, target) for part in np.split(rates, 10)]
    assert np.median(errors) <= 0.1
