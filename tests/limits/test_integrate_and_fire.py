"""Integrate-and-fire units where they are solvable: constant currents, single spikes, clocks and Poisson trains."""

import math

import numpy as np
import pytest

from validation.training.integrate_and_fire import IntegrateAndFire, fire
from validation.training.spikes import Spikes, joined

UNITS = IntegrateAndFire(tau=0.2, slow=1.0, fast=0.04, refractory=0.04, reset=1.0, steps=100)


def fired(currents, units=UNITS, couplings=None, fast=None, state=None, dt=0.1):
    n = currents.shape[1]
    state = np.vstack([np.full(n, -units.reset), np.zeros((3, n))]) if state is None else state
    return fire(units, couplings, np.zeros((n, n)) if fast is None else fast, state, currents, dt)


@pytest.mark.parametrize("steps", [20, 100])
def test_intervals_are_those_of_the_closed_form_to_a_step_of_the_grid(steps):
    units = IntegrateAndFire(steps=steps)
    currents = np.array([0.1, 0.5, 1.0, 3.0, 10.0])
    ran = fired(np.tile(currents, (200, 1)), units)
    for unit, current in enumerate(currents):
        gaps = np.diff(ran.times[ran.units == unit])
        exact = units.refractory + units.tau * math.log((current + units.reset) / current)
        assert np.ptp(gaps) < 1e-9
        assert exact - 1e-12 <= gaps[0] <= exact + 0.1 / steps
        assert units.rate(current) == pytest.approx(1.0 / exact, rel=1e-14)


def test_nothing_fires_at_or_below_the_threshold():
    ran = fired(np.tile([0.0, -1.0], (200, 1)))
    assert len(ran.times) == 0
    assert UNITS.rate(0.0) == UNITS.rate(-1.0) == 0.0


def test_no_interval_is_shorter_than_the_refractory_time():
    ran = fired(np.full((100, 1), 1e6))
    assert np.allclose(np.diff(ran.times), UNITS.refractory + 0.001)  # and one step to fire again


def test_synapses_are_exponentials_of_unit_area():
    state = np.array([[-1.0], [1.0 / UNITS.slow], [1.0 / UNITS.fast], [0.0]])  # as a spike at t = 0 leaves them
    ran = fired(np.full((50, 1), -5.0), state=state)
    times = 0.1 * np.arange(50)
    assert np.allclose(ran.rates[:, 0], np.exp(-times / UNITS.slow) / UNITS.slow, rtol=1e-12)
    assert ran.state[2, 0] == pytest.approx(math.exp(-5.0 / UNITS.fast) / UNITS.fast, rel=1e-9)


@pytest.mark.parametrize("which", ["slow", "fast"])
@pytest.mark.parametrize("synapse", [1.0, 0.2, 0.04])  # one as slow as the membrane
def test_a_membrane_follows_a_synaptic_current_exactly(which, synapse):
    units = IntegrateAndFire(**{which: synapse}, steps=7)
    state = np.array([[-3.0, -2.0], [0.5, 0.0], [0.5, 0.0], [0.0, 0.0]])
    weights = np.array([[0.0, 0.0], [0.8, 0.0]])
    given = {"couplings": weights} if which == "slow" else {"fast": weights}
    ran = fired(np.full((5, 2), -3.0), units, state=state, **given)
    time, tau = 0.5, units.tau
    kernel = (
        time / tau * math.exp(-time / tau)
        if synapse == tau
        else synapse / (synapse - tau) * (math.exp(-time / synapse) - math.exp(-time / tau))
    )
    exact = -3.0 + math.exp(-time / tau) + 0.4 * kernel
    assert ran.state[0, 1] == pytest.approx(exact, rel=1e-12)


def test_a_spike_reaches_others_through_both_synapses():
    weights = np.array([[0.0, 0.0], [0.3, 0.0]])
    currents = np.tile([2.0, -50.0], (100, 1))
    for given in ({"couplings": weights}, {"fast": weights}):
        ran = fired(currents, **given)
        free = fired(currents)
        assert np.array_equal(ran.times, free.times)
        # Mean current of a synapse of unit area: the weight times the rate.
        assert ran.state[0, 1] - free.state[0, 1] == pytest.approx(0.3 * UNITS.rate(2.0), rel=0.15)


def test_two_halves_are_the_whole():
    rng = np.random.default_rng(1)
    weights = rng.normal(0.0, 0.3, (2, 20, 20))
    currents = rng.normal(1.0, 1.0, (60, 20))
    whole = fired(currents, couplings=weights[0], fast=weights[1])
    first = fired(currents[:25], couplings=weights[0], fast=weights[1])
    second = fired(currents[25:], couplings=weights[0], fast=weights[1], state=first.state)
    parts = joined([Spikes(first.times, first.units, 2.5, 20), Spikes(second.times, second.units, 3.5, 20)])
    assert len(whole.times) > 100
    assert np.array_equal(parts.units, whole.units)
    assert np.allclose(parts.times, whole.times)
    assert np.allclose(second.state, whole.state)


@pytest.mark.parametrize("exciting", [0.5, 0.8])
def test_fast_couplings_keep_the_law_and_cancel(exciting):
    signs = np.where(np.arange(500) < 500 * exciting, 1.0, -1.0)
    fast = UNITS.fast_couplings(signs, np.random.default_rng(0))
    assert np.all(fast * signs >= 0.0)
    size = UNITS.strength * np.sqrt(500)
    assert abs(fast.sum(axis=1).mean()) < 0.02 * size
    assert np.sqrt(np.mean(np.sum(fast**2, axis=1))) == pytest.approx(UNITS.strength, rel=0.02)


def test_clocks_have_no_variation_and_poisson_trains_have_one():
    rng = np.random.default_rng(2)
    clock, poisson = np.arange(0.0, 1000.0, 0.1), np.sort(rng.uniform(0.0, 1000.0, 10000))
    times = np.concatenate([clock, poisson])
    units = np.repeat([0, 1], 10000)
    order = np.argsort(times)
    spikes = Spikes(times[order], units[order], 1000.0, 3)
    for local in (False, True):
        found = spikes.variation(local=local)
        assert found[0] < 1e-9
        assert found[1] == pytest.approx(1.0, abs=0.04)
        assert np.isnan(found[2])
    assert np.allclose(spikes.rates, [10.0, 10.0, 0.0])


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"tau": 0.0}, "tau must be"),
        ({"slow": -1.0}, "slow must be"),
        ({"fast": math.nan}, "fast must be"),
        ({"refractory": -0.1}, "refractory must be"),
        ({"reset": 0.0}, "reset must be"),
        ({"strength": math.inf}, "strength must be"),
        ({"steps": 0}, "steps must be"),
    ],
)
def test_what_is_out_of_range_is_refused(settings, text):
    with pytest.raises(ValueError, match=text):
        IntegrateAndFire(**settings)
