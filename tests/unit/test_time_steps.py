"""The longest step that a bias allows: within it, stable, resolving what moves, and a part of the sampling interval."""

import pytest

import dmft
import validation
from validation.simulators.steps import INTERVAL, default_dt, dt_of_bias, largest_dt, time_step_bias

WHITE = dmft.WhiteNoise(1.0)
NETWORKS = [
    dmft.RandomNetwork(1.5),
    dmft.RandomNetwork(2.0),
    dmft.RandomNetwork(0.5, drive=WHITE),
    dmft.RandomNetwork(2.0, drive=dmft.Sinusoid(0.5, 0.2)),
    dmft.RandomNetwork(6.0),
    dmft.BalancedNetwork(g=1.5, size=500),
    dmft.PlasticNetwork(g=1.5, k=1.0, p=2.5),
    dmft.PlasticNetwork(g=1.5, k=0.2, p=0.5),
    dmft.Network(dmft.Population(None, dmft.Adaptation(1, 5), drive=WHITE), dmft.Random(1.0)),
    dmft.Network(dmft.Population(None, dmft.Leaky() * dmft.Delay(0.25)), dmft.Random(2.0)),
    dmft.Network(dmft.Population(None, dmft.SelfCoupled(1.2)), dmft.Random(2.0)),
]


@pytest.mark.parametrize("network", NETWORKS, ids=repr)
@pytest.mark.parametrize("bias", [5e-3, 1e-3])
def test_the_step_is_stable_and_leaves_no_more_than_the_bias(network, bias):
    step = dt_of_bias(network, bias)
    assert step <= largest_dt(network)
    usual = INTERVAL / -(-INTERVAL // default_dt(network))
    assert step >= usual * (1 - 1e-9)
    assert time_step_bias(network, step) <= bias or step == pytest.approx(usual)
    parts = INTERVAL / step
    assert parts == pytest.approx(round(parts)) or step > 1.2 * INTERVAL / (int(parts) + 1)


@pytest.mark.parametrize(
    ("network", "step"),
    [
        (NETWORKS[2], 0.1),  # twice the usual one: 5e-3 (dt/.1)^2
        (NETWORKS[3], 1 / 0.2 / 40),  # forty to a period, though stable up to .124
        (NETWORKS[9], 0.25 / 4),  # four to a delay
        (NETWORKS[7], 0.1 * 0.5),  # ten to the time of the synapses
    ],
    ids=["noise", "sinusoid", "delay", "synapses"],
)
def test_what_limits_it(network, step):
    assert dt_of_bias(network, 5e-3) == pytest.approx(min(step, largest_dt(network)), rel=0.2)
    assert dt_of_bias(network, 5e-3) <= step * (1 + 1e-9)


def test_the_usual_step_where_no_longer_one_does():
    assert dt_of_bias(NETWORKS[2], 1e-5) == 0.05
    assert dt_of_bias(dmft.Network(dmft.Population(None, dmft.Map()), dmft.Random(1.0)), 1e-5) == 1.0


def test_networks_run_with_it():
    network = NETWORKS[1]
    step = dt_of_bias(network, 5e-3)
    run = validation.simulate(network, 40, n_realizations=2, seed=1, duration=4.0, burn_in=1.0, dt=step)
    assert run.plan.step_bias() == pytest.approx(1e-4 * (run.plan.dt / 0.1) ** 4)
