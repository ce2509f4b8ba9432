"""Next to the onset of chaos: the slow mode against the whole equations, and states as close as 1e-8 to the line."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq

import dmft
from dmft.theories.blocks import blocks_of
from dmft.theories.stationary.goal import Goal
from dmft.theories.stationary.populations.onset import onset
from dmft.theories.stationary.populations.settle import WINDOW, settle
from dmft.theories.stationary.populations.site import Sites
from dmft.theories.stationary.populations.static import at_rest


def _resting(gain):
    populations = {
        "a": dmft.Population(dmft.Erf(), fraction=0.4),
        "b": dmft.Population(dmft.Tanh(), dmft.Leaky(2.0), fraction=0.6),
    }
    return dmft.Network(populations, dmft.Random([[gain, 0.8], [1.2, 0.4]]))


def _frozen(gain):
    populations = {
        "a": dmft.Population(bias=0.3, fraction=0.5),
        "b": dmft.Population(dynamics=dmft.Leaky(2.5), bias=0.1, fraction=0.5, threshold_variance=0.2),
    }
    return dmft.Network(
        populations, dmft.Couplings(dmft.Random([[gain, 1.0], [0.9, 1.2]]), dmft.Mean([[0.5, -1.0], [1.0, -0.8]]))
    )


def _at_rest(network):
    blocks = blocks_of(network)
    sites = Sites(blocks.nonlinearities)
    return blocks, sites, at_rest(blocks, sites)[0]


def _edge(build):
    return brentq(lambda gain: _at_rest(build(gain))[2].spread - 1.0, 0.9, 3.0, xtol=1e-15)


@pytest.mark.parametrize("build", [_resting, _frozen])
def test_what_the_slow_mode_leaves_out_falls_with_the_square_of_the_excess_and_is_told(build):
    off = []
    for excess in (1e-2, 1e-3):
        blocks, sites, calm = _at_rest(build(_edge(build) * (1.0 + excess)))
        near = onset(blocks, sites, calm)
        state = settle(blocks, sites, near, near.m, Goal(1e-10, 100), window=WINDOW / near.kappa, first=math.inf)
        assert state.residual < 1e-10
        off.append(np.abs(near(np.zeros(1))[0] / state.point.c[0] - 1.0))
        assert np.all(off[-1] < near.error)
        assert np.max(near.error) < 100.0 * np.max(off[-1])
        assert near.kappa == pytest.approx(state.kappa, rel=2.0 * math.sqrt(excess))
    assert off[0] / off[1] == pytest.approx(np.full(2, 100.0), rel=0.2)


@pytest.mark.parametrize("threshold_variance", [0.0, 0.5])
def test_of_one_population_the_slow_mode_is_the_energy(threshold_variance):
    network = dmft.Network({"a": dmft.Population(threshold_variance=threshold_variance)}, dmft.Random(1.0))
    gain = _edge(lambda g: network.replace(**{"couplings.random.g": g})) * 1.01
    blocks, sites, calm = _at_rest(network.replace(**{"couplings.random.g": gain}))
    near = onset(blocks, sites, calm)
    state = settle(blocks, sites, near, near.m, Goal(1e-11, 100), window=WINDOW / near.kappa, first=math.inf)
    assert near(np.zeros(1))[0] == pytest.approx(state.point.c[0], rel=1e-11)


@pytest.mark.long
@pytest.mark.parametrize("build", [_resting, _frozen])
@pytest.mark.parametrize("excess", [1e-4, 1e-6, 1e-8])
def test_states_next_to_the_onset(build, excess):
    """The moving part is in proportion to the excess, the exponent too, or at rest to its square."""
    edge = _edge(build)
    near, far = (dmft.solve_stationary(build(edge * (1.0 + part))) for part in (excess, 1e-3))
    assert near.state == "chaotic"
    assert near.stable
    assert dmft.stability(near).stable
    moving = [(s.variance - s.static_variance) for s in (near, far)]
    ratio = moving[0] / excess / (moving[1] / 1e-3)
    assert ratio == pytest.approx(np.ones(2), rel=5e-3 + 1e-15 / excess * 1e2)
    grows = [float(dmft.lyapunov_exponent(s)) for s in (near, far)]
    power = 2 if build is _resting else 1
    if build is _frozen or excess > 1e-7:
        assert grows[0] / excess**power == pytest.approx(grows[1] / 1e-3**power, rel=1e-2)
    at_rest = dmft.solve_stationary(build(edge * (1.0 - excess)))
    assert at_rest.state == ("quiescent" if build is _resting else "fixed point")
    assert at_rest.stable
    assert dmft.lyapunov_exponent(at_rest) < 0.0


def test_branches_and_continuation_next_to_the_onset():
    edge = _edge(_resting)
    network = _resting(edge * (1.0 + 1e-6))
    expected = dmft.solve_stationary(network)
    found = [b.solution for b in dmft.branches(network) if b.solution.state == "chaotic"]
    assert len(found) == 1
    assert found[0].variance == pytest.approx(expected.variance, rel=1e-9)
    above = dmft.solve_stationary(_resting(edge * 1.01))
    assert dmft.solve_stationary(network, init=above).variance == pytest.approx(expected.variance, rel=1e-9)


@pytest.mark.parametrize("excess", [1e-3, 1e-5, 1e-6])
def test_the_onset_of_a_phi_that_is_not_odd_is_that_of_the_energy(excess):
    """<phi phi> is even in part: a frozen part comes with the moving one. The network without a name has an energy."""
    phi = dmft.Symbolic("tanh(x) + 0.3*x**2*exp(-x**2)")
    named = dmft.solve_stationary(dmft.Network({"E": dmft.Population(phi)}, dmft.Random(1.0 + excess)))
    alone = dmft.solve_stationary(dmft.RandomNetwork(1.0 + excess, nonlinearity=phi))
    assert named.state == alone.state == "chaotic"
    assert named.convergence.error < 10.0 * excess + 1e-5
    gap = abs(float(named.variance[0]) / alone.variance - 1.0)
    assert gap < named.convergence.error + alone.convergence.error
    assert float(named.decay_rate) == pytest.approx(alone.decay_rate, rel=1e-4)
    assert 0.3 < float(named.static_variance[0] / named.variance[0]) < 0.7


def test_two_populations_of_such_a_phi_scale_with_the_excess():
    phi = dmft.Symbolic("tanh(x) + 0.3*x**2*exp(-x**2)")
    units = {
        "E": dmft.Population(phi, fraction=0.5),
        "I": dmft.Population(phi, dmft.Leaky(2.0), fraction=0.5),
    }
    means = dmft.Mean([[0.3, -1.0], [0.5, -1.0]])
    far, near = (
        dmft.solve_stationary(dmft.Network(units, dmft.Couplings(dmft.Random(1.0 + excess), means)))
        for excess in (1e-5, 1e-6)
    )
    np.testing.assert_allclose(near.variance, far.variance / 10.0, rtol=3e-5)
    np.testing.assert_allclose(near.mean_x, far.mean_x / 10.0, rtol=5e-5)
