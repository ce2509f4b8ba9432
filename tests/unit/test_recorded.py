"""Runs of one's own, measured like those of `simulate`."""

from __future__ import annotations

import numpy as np
import pytest

import dmft
import validation
from validation.ensemble import realization_seed, root_seed
from validation.realization import observed
from validation.simulators.simulator import Simulator

NOISY = dmft.RandomNetwork(g=1.5, drive=dmft.WhiteNoise(1.0))
EI = dmft.Network(
    {"E": dmft.Population(dmft.Tanh(), fraction=0.75, bias=0.3), "I": dmft.Population(dmft.Erf(), fraction=0.25)},
    dmft.Couplings(dmft.Random(1.5)),
)


class Recorder:
    """A simulator that keeps the states that it shows."""

    def __init__(self, simulator, stride):
        self._simulator, self._stride, self.states, self._steps = simulator, stride, [], 0

    def __getattr__(self, name):
        return getattr(self._simulator, name)

    def step(self):
        self._simulator.step()
        self._steps += 1
        if self._steps % self._stride == 0:
            self.states.append(self._simulator.x[:, 0].copy())


@pytest.mark.parametrize("net", [NOISY, EI])
def test_what_a_simulator_shows_is_measured_as_the_simulator_is(net):
    expected = validation.simulate(net, sizes=[64], n_realizations=1, duration=30.0, burn_in=5.0, seed=3)
    plan = expected.plan
    seed = realization_seed(root_seed(3), 64, 0)
    simulator = Simulator(net, 64, dt=plan.dt, dtype=np.float32, generators=seed.generators(4))
    recorder = Recorder(simulator, round(plan.sampling.interval / plan.dt))
    observed(recorder, plan)
    states = np.array(recorder.states).T[:, plan.sampling.n_burn :]
    found = validation.recorded(net, states, interval=plan.sampling.interval)
    assert found.variables == expected.variables
    assert np.array_equal(found.lags, expected.lags)
    for name in expected.variables:
        assert np.allclose(found.values(name, 64), expected.values(name, 64), rtol=0.0, atol=3e-6), name


def _euler(n, rng, dt=0.025, duration=60.0, every=20, g=1.5):
    """A network as anyone writes it: x' = -x + J tanh(x) + xi."""
    couplings = g * rng.standard_normal((n, n)) / np.sqrt(n)
    x, kept = rng.standard_normal(n), []
    for step in range(round((duration + 15.0) / dt)):
        x = x + dt * (couplings @ np.tanh(x) - x) + np.sqrt(dt) * rng.standard_normal(n)
        if step * dt >= 15.0 and step % every == 0:
            kept.append(x)
    return np.array(kept).T


def test_a_network_written_by_hand_agrees_with_the_theory_and_not_with_another():
    rng = np.random.default_rng(1)
    runs = [_euler(n, rng) for n in (100, 100, 100, 100, 100, 100, 200, 200, 200, 200, 200, 200)]
    sim = validation.recorded(NOISY, runs, interval=0.5)
    assert sim.n_realizations == {100: 6, 200: 6}
    right = validation.compare(dmft.solve_stationary(NOISY), sim)
    assert right.counts["disagree"] == 0
    assert right.row("corr_phi[0]").verdict == "agree"
    other = NOISY.replace(g=1.2)
    wrong = validation.compare(
        dmft.solve_stationary(other), validation.recorded(other, runs, interval=0.5), tolerance=0.05
    )
    assert wrong.row("corr_phi[0]").verdict == "disagree"


@pytest.mark.long
def test_an_interval_that_is_not_true_is_seen_at_whatever_lags_there_are():
    """Intervals that divide neither 2 nor 5 have other lags next to them."""
    rng = np.random.default_rng(4)
    runs = [_euler(n, rng, every=12) for n in 16 * (100,) + 16 * (200,)]  # 0.3 tau
    solution = dmft.solve_stationary(NOISY)
    right = validation.compare(solution, validation.recorded(NOISY, runs, interval=0.3))
    assert right.counts["disagree"] == 0
    assert {"corr_x[2.1]", "corr_phi[5.1]"} <= {row.quantity for row in right.rows}
    for wrong in (0.15, 1.2):
        found = validation.compare(solution, validation.recorded(NOISY, runs, interval=wrong))
        assert found.verdict == "disagree"


def test_it_is_stored_drawn_and_pooled(tmp_path):
    rng = np.random.default_rng(2)
    first, second = (validation.recorded(NOISY, rng.standard_normal((2, 40, 30)), interval=0.5) for _ in range(2))
    both = first + second
    assert both.n_realizations == {40: 4}
    validation.save(both, tmp_path / "own.npz")
    back = validation.load(tmp_path / "own.npz")
    assert back.plan == both.plan
    assert "recorded: 15 tau, every 0.5 tau" in str(back)
    assert back.plot().axes
    with pytest.raises(ValueError, match="overlap"):
        first + first


def test_rates_of_ones_own_are_taken():
    x = np.random.default_rng(3).standard_normal((30, 40))
    sim = validation.recorded(NOISY, x, interval=1.0, rates=2.0 * x, max_lag=5.0)
    assert np.allclose(sim.values("corr_phi", 30), 4.0 * sim.values("corr_x", 30))
    assert np.isnan(sim.standard_error("variance", 30))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros(5), "shape"),
        (np.zeros((2, 2, 2, 2)), "shape"),
        (np.zeros((10, 3)), "at least 4 times"),
        (np.full((10, 9), np.nan), "finite"),
        ([np.zeros((5, 9)), np.ones((5, 8))], "same number of times"),
        ([np.zeros((5, 9)), np.zeros((5, 9))], "each network once"),
        ([], "shape"),
    ],
)
def test_what_is_no_recording_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        validation.recorded(NOISY, given, interval=0.5)


def test_what_is_masked_or_no_real_number_is_not_taken_for_one():
    x = np.random.default_rng(5).standard_normal((10, 9))
    masked = np.ma.masked_equal(np.where(x > 2.0, -999.0, x), -999.0)
    masked[0, 0] = np.ma.masked
    with pytest.raises(ValueError, match="finite"):
        validation.recorded(NOISY, masked, interval=0.5)
    for wrong in (x + 1j, x.astype("datetime64[s]")):
        with pytest.raises(TypeError, match="array of numbers"):
            validation.recorded(NOISY, wrong, interval=0.5)
    with pytest.raises(ValueError, match="at least 2 units"):
        validation.recorded(NOISY, x[:1], interval=0.5)
    with pytest.raises(ValueError, match="at most 1e\\+100"):
        validation.recorded(NOISY, 1e200 * x, interval=0.5)
    with pytest.raises(ValueError, match="shapes of x"):
        validation.recorded(NOISY, x, interval=0.5, rates=[x, x])
    steps = dmft.Network(dmft.Population(dynamics=dmft.Map()), dmft.Random(0.5))
    with pytest.raises(ValueError, match="whole number of steps"):
        validation.recorded(steps, x, interval=0.5)


def test_other_refusals_say_what_is_taken():
    x = np.random.default_rng(4).standard_normal((10, 9))
    with pytest.raises(TypeError, match="array of numbers"):
        validation.recorded(NOISY, "run.npy", interval=0.5)
    with pytest.raises(ValueError, match="interval"):
        validation.recorded(NOISY, x, interval=0.0)
    with pytest.raises(ValueError, match="shapes of x"):
        validation.recorded(NOISY, x, interval=0.5, rates=x[:, :5])
    own = dmft.Network(dmft.Population(dynamics=dmft.Dynamics({"x": "-x + h"}, output="tanh(x)")), dmft.Random(2.0))
    with pytest.raises(ValueError, match="units that state their equations"):
        validation.recorded(own, x, interval=0.5)
    with pytest.raises(ValueError, match="species"):
        validation.recorded(dmft.LotkaVolterraNetwork(mu=4.0, sigma=0.5), x, interval=0.5)
    with pytest.raises(TypeError, match="recorded"):
        validation.compare(dmft.solve_stationary(NOISY), {"corr_x[0]": 1.0})
