"""Populations, low-rank terms and discrete time: one network, against the full equation integrated by scipy."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import dmft
import validation
from validation.ensemble import realization_seed, root_seed
from validation.estimators.low_rank import rightmost
from validation.simulators.layout import PROBES, counts_of
from validation.simulators.low_rank import drawn_vectors
from validation.simulators.question import question_of
from validation.simulators.simulator import Simulator

N = 20
WAVE, PULSE = dmft.Sinusoid(0.8, 0.15), dmft.OfTime(lambda t: math.cos(t) ** 2)
GAINS, MEANS = [[1.6, 0.7], [1.1, 2.0]], [[0.8, -2.0], [1.5, -1.0]]


LEAKS, MAPS = (dmft.Leaky(0.6), dmft.Leaky(2.5)), (dmft.Map(), dmft.Map())


def populations(dynamics=LEAKS):
    return {
        "E": dmft.Population(dmft.Tanh(), dynamics[0], fraction=0.6, bias=0.3, drive=WAVE),
        "I": dmft.Population(dmft.Erf(), dynamics[1], drive=PULSE, threshold_variance=0.4),
    }


def block_network(low_rank=None):
    return dmft.Network(populations(), dmft.Couplings(dmft.Random(GAINS), dmft.Mean(MEANS), low_rank))


def simulator(network, dt=1.0, n=N, **settings):
    generators = realization_seed(root_seed(3), n, 0).generators(4)
    return Simulator(network, n, dt=dt, dtype=np.float64, generators=generators, **settings)


def rates(x):
    return np.concatenate([np.tanh(x[:12]), dmft.Erf()(x[12:])])


def inputs(t, thresholds):
    return thresholds + np.repeat([0.3 + 0.8 * math.sin(2.0 * math.pi * 0.15 * t), math.cos(t) ** 2], [12, 8])


@pytest.mark.parametrize("low_rank", [None, dmft.LowRank([[1.5, 0.4], [-0.4, 1.2]])], ids=["blocks", "low rank"])
@pytest.mark.parametrize(
    ("integrator", "order"), [("adams-bashforth-4", 4), ("runge-kutta-4", 4), ("exponential-adams-bashforth-2", 2)]
)
def test_populations_follow_the_full_equation(low_rank, integrator, order):
    """Own nonlinearities, time constants, biases, drives, thresholds; gains and means by block."""
    network, tau = block_network(low_rank), np.repeat([0.6, 2.5], [12, 8])
    errors = []
    for dt in (0.04, 0.02):
        sim = simulator(network, dt, integrator=integrator)
        thresholds, couplings = sim._response._thresholds[0].astype(float), sim.couplings
        assert np.all(thresholds[:12] == 0)
        assert np.std(thresholds[12:]) > 0.2

        def flow(t, x, thresholds=thresholds, couplings=couplings):
            return (-x + couplings @ rates(x) + inputs(t, thresholds)) / tau

        exact = solve_ivp(flow, (0.0, 2.0), sim.x[:, 0].copy(), rtol=1e-10, atol=1e-12)
        for _ in range(round(2.0 / dt)):
            sim.step()
        errors.append(np.max(np.abs(sim.x[:, 0] - exact.y[:, -1])))
    assert errors[1] < 2e-3
    assert errors[1] < errors[0] / 2 ** (order - 0.7)
    jacobian = (
        couplings * np.concatenate([1 - np.tanh(sim.x[:12, 0]) ** 2, dmft.Erf().derivative(sim.x[12:, 0])]) - np.eye(N)
    ) / tau[:, None]
    np.testing.assert_allclose(sim.jacobian(), jacobian, atol=1e-7)


def test_blocks_of_the_couplings_have_the_means_and_variances_stated():
    n = 1000
    random = simulator(dmft.Network(populations(), dmft.Random(GAINS)), n=n).couplings
    matrix = simulator(block_network(), n=n).couplings
    for a, rows in enumerate((slice(0, 600), slice(600, None))):
        for b, columns in enumerate((slice(0, 600), slice(600, None))):
            block = random[rows, columns]
            assert n * np.var(block) == pytest.approx(GAINS[a][b] ** 2, rel=5 * math.sqrt(2 / block.size))
            np.testing.assert_allclose(n * (matrix[rows, columns] - block), MEANS[a][b], rtol=1e-4)


def test_what_reaches_a_unit_does_not_depend_on_how_numbers_of_units_are_rounded():
    thirds = {name: dmft.Population(fraction=1 / 3) for name in "ABC"}
    network = dmft.Network(thirds, dmft.Couplings(dmft.Random(2.0), dmft.Mean(1.5)))
    assert counts_of(question_of(network), 20) == (7, 7, 6)
    sim = simulator(network, 0.1, n=20)
    for block in sim.layout.slices:
        assert sim.block_means.couplings[0, block].sum() == pytest.approx(0.5)


def test_a_probe_hears_the_others_and_is_not_heard():
    network = dmft.Network(
        {"A": dmft.Population(), "probe": dmft.Population(dynamics=dmft.Leaky(3.0), fraction=0.0)},
        dmft.Couplings(dmft.Random([[1.5, 1.0], [2.0, 1.0]]), dmft.Mean([[0.5, 0.5], [1.0, 1.0]])),
    )
    matrix = simulator(network, 0.1, n=100).couplings
    assert np.all(matrix[:, -PROBES:] == 0)
    assert np.all(matrix[:, :-PROBES] != 0)
    with pytest.raises(ValueError, match="leave out the populations of fraction 0"):
        validation.simulate(network, 100, initial_states=4, measure="dimension", n_realizations=1, seed=1)


def test_tangents_of_populations_are_the_derivative_of_the_flow():
    network = block_network(dmft.LowRank(1.5))
    base, ahead, behind = (simulator(network, 0.01, n_tangents=1) for _ in range(3))
    direction = base.tangents[:, 0, 0].copy()
    ahead.place(ahead.x + 1e-5 * direction[:, None])
    behind.place(behind.x - 1e-5 * direction[:, None])
    for _ in range(200):
        for sim in (base, ahead, behind):
            sim.step()
    difference = (ahead.x[:, 0] - behind.x[:, 0]) / 2e-5
    np.testing.assert_allclose(base.tangents[:, 0, 0], difference, atol=1e-6 * np.max(np.abs(difference)))


def test_discrete_time_is_the_one_step_map():
    network = dmft.Network(populations(MAPS), dmft.Couplings(dmft.Random(GAINS), dmft.Mean(MEANS), dmft.LowRank(1.5)))
    sim = simulator(network, n_tangents=1)
    thresholds, couplings = sim._response._thresholds[0].astype(float), sim.couplings
    x, v = sim.x[:, 0].copy(), sim.tangents[:, 0, 0].copy()
    for t in range(1, 6):
        slope = np.concatenate([1 - np.tanh(x[:12]) ** 2, dmft.Erf().derivative(x[12:])])
        np.testing.assert_allclose(sim.jacobian(), couplings * slope, atol=1e-10)
        x, v = couplings @ rates(x) + inputs(t, thresholds), couplings @ (slope * v)
        sim.step()
        np.testing.assert_allclose(sim.x[:, 0], x, atol=1e-10)
        np.testing.assert_allclose(sim.tangents[:, 0, 0], v, atol=1e-10)
    with pytest.raises(ValueError, match="left out in discrete time"):
        validation.simulate(network, 100, dt=0.5, seed=1)
    with pytest.raises(ValueError, match="'map' in discrete time"):
        validation.simulate(network, 100, integrator="runge-kutta-4", seed=1)


SETTINGS = {"n_realizations": 2, "duration": 6.0, "burn_in": 2.0, "dtype": "float64", "seed": 3}


@pytest.mark.parametrize("dynamics", [dmft.Leaky(1.0), dmft.Leaky(2.0), dmft.Map()], ids=repr)
def test_a_population_may_be_split_without_a_trace(dynamics):
    """The same couplings, initial states and thresholds: the same trajectory."""
    whole = dmft.Population(dynamics=dynamics, bias=0.2, threshold_variance=0.5)
    matrix = np.random.default_rng(1).standard_normal((60, 60)) * 2.0 / math.sqrt(60)
    one = validation.simulate(dmft.Network(whole, dmft.Random(2.0)), couplings=matrix, **SETTINGS)
    parts = {"A": whole.replace(fraction=0.3), "B": whole.replace(fraction=0.7)}
    two = validation.simulate(dmft.Network(parts, dmft.Random(2.0)), couplings=matrix, **SETTINGS)
    merged = 0.3 * two.values("corr_x", 60)[:, 0] + 0.7 * two.values("corr_x", 60)[:, 1]
    np.testing.assert_allclose(merged, one.values("corr_x", 60), rtol=1e-12)


def test_a_single_population_with_a_name_is_that_without():
    unnamed = dmft.Population(bias=0.2, drive=dmft.WhiteNoise(0.4) + WAVE)
    couplings = dmft.Couplings(dmft.Random(1.6), dmft.Mean(-1.0))
    one = validation.simulate(dmft.Network(unnamed, couplings), 100, measure=("correlation", "lyapunov"), **SETTINGS)
    named = dmft.Network({"E": unnamed}, couplings)
    two = validation.simulate(named, 100, measure=("correlation", "lyapunov"), **SETTINGS)
    for name, values in one.at(100).values.items():
        found = two.values(name, 100)
        np.testing.assert_array_equal(found if found.shape == values.shape else found[:, 0], values)
    assert two.values("corr_x", 100).shape == (2, 1, 6)


def test_order_of_the_populations_does_not_matter():
    """Their order and that of the units permuted alike: the same trajectory."""
    network, order = block_network(), np.r_[12:20, 0:12]
    sim = simulator(network, 0.05)
    matrix = sim.couplings
    turned = dmft.Network(
        dict(reversed(populations().items())),
        dmft.Couplings(dmft.Random(np.array(GAINS)[::-1, ::-1]), dmft.Mean(np.array(MEANS)[::-1, ::-1])),
    )
    other = simulator(turned, 0.05, couplings=matrix[np.ix_(order, order)])
    other._response._thresholds[:] = sim._response._thresholds[:, order]
    other._response._fill()
    other.place(sim.x[order])
    sim.place(sim.x)
    for _ in range(100):
        sim.step()
        other.step()
    np.testing.assert_allclose(other.x, sim.x[order], atol=1e-8)


def test_time_in_units_of_tau():
    """All tau x k: the same trajectory, k times as slow."""
    fast = dmft.Network(dmft.Population(bias=0.2), dmft.Random(2.0))
    slow = fast.replace(**{"populations.dynamics": dmft.Leaky(4.0)})
    one, four = simulator(fast, 0.05), simulator(slow, 0.2)
    for _ in range(100):
        one.step()
        four.step()
    np.testing.assert_allclose(four.x, one.x, atol=1e-9)


@pytest.mark.long
@pytest.mark.parametrize("tau", [0.5, 2.0])
def test_variances_of_inputs_of_isolated_units(tau):
    """White noise sigma2/(2 tau), coloured s^2/(1 + tau/tau_s), a sinusoid A^2/2/(1 + (w tau)^2)."""
    omega = 2.0 * math.pi * 0.2
    drives = {
        "white": (dmft.WhiteNoise(0.8), 0.4 / tau),
        "coloured": (dmft.OrnsteinUhlenbeck(0.6, 2.0), 0.6 / (1.0 + tau / 2.0)),
        "wave": (dmft.Sinusoid(0.9, 0.2, "random"), 0.405 / (1.0 + (omega * tau) ** 2)),
    }
    network = dmft.Network(
        {name: dmft.Population(dynamics=dmft.Leaky(tau), drive=drive) for name, (drive, _) in drives.items()}
    )
    sim = validation.simulate(network, 300, n_realizations=8, duration=150.0, burn_in=30.0, seed=2)
    found, error = sim.mean("variance", 300), sim.standard_error("variance", 300)
    exact = np.array([variance for _, variance in drives.values()])
    assert np.all(np.abs(found - exact) < 5.5 * error + 1e-3 * exact)
    assert np.all(error[:2] < 0.02 * exact[:2])


def test_inputs_in_discrete_time():
    drives = {
        "white": (dmft.WhiteNoise(0.8), 0.8, 0.0),
        "coloured": (dmft.OrnsteinUhlenbeck(0.6, 2.0), 0.6, 0.6 * math.exp(-0.5)),
        "wave": (dmft.Sinusoid(0.9, 0.2, "random"), 0.405, 0.405 * math.cos(2.0 * math.pi * 0.2)),
        "function": (dmft.OfTime(lambda t: (-1.0) ** round(t)), 1.0, -1.0),
    }
    network = dmft.Network({name: dmft.Population(dynamics=dmft.Map(), drive=d) for name, (d, _, _) in drives.items()})
    sim = validation.simulate(network, 1200, n_realizations=8, duration=200.0, burn_in=0.0, seed=2)
    corr = sim.values("corr_x", 1200)[..., :2]
    found, error = corr.mean(axis=0), corr.std(axis=0, ddof=1) / math.sqrt(8)
    exact = np.array([entry[1:] for entry in drives.values()])
    assert np.all(np.abs(found - exact) < 5.5 * error + 1e-5)
    assert np.all(error < 0.01)


@pytest.mark.parametrize("right", [None, [[6.0, 0.5], [0.5, 5.0]]], ids=["minimal", "stated"])
def test_drawn_vectors_have_the_covariances_stated(right):
    statement = dmft.LowRank(
        [[1.5, 0.4], [-0.4, 1.2]],
        left=[[1.0, 0.3], [0.3, 2.0]],
        right=right,
        mean_left=[0.5, 0.0],
        mean_right=[0.0, -1.0],
        input_overlap=[0.6, 0.2],
        left_input=[0.1, 0.5],
    )
    n = 200_000
    thresholds = math.sqrt(0.8) * np.random.default_rng(1).standard_normal(n)
    left, right_drawn = drawn_vectors(statement, n, thresholds, 0.8, np.random.default_rng(2))
    found = np.cov(np.vstack([left, right_drawn, thresholds]))
    room = 6.0 * math.sqrt(2.0 * 36.0 / n)
    np.testing.assert_allclose(found[:2, :2], statement.left, atol=room)
    np.testing.assert_allclose(found[2:4, :2], statement.overlap, atol=room)
    np.testing.assert_allclose(found[4, :2], statement.left_input, atol=room)
    np.testing.assert_allclose(found[4, 2:4], statement.input_overlap, atol=room)
    if right is not None:
        np.testing.assert_allclose(found[2:4, 2:4], right, atol=room)
    np.testing.assert_allclose(left.mean(axis=1), statement.mean_left, atol=room)
    np.testing.assert_allclose(right_drawn.mean(axis=1), statement.mean_right, atol=room)


def test_an_input_of_the_units_goes_along_the_vectors():
    """The thresholds that the network hears are those that its vectors overlap with."""
    network = dmft.Network(
        dmft.Population(threshold_variance=0.5),
        dmft.Couplings(dmft.Random(0.5), low_rank=dmft.LowRank(0.8, input_overlap=0.4, right=2.0)),
    )
    sim = simulator(network, 0.1, n=20_000, storage="revealed")
    assert sim.low_rank.right[0] @ sim.layout.thresholds[0] / 20_000 == pytest.approx(0.4, abs=0.05)
    np.testing.assert_allclose(sim._z, sim.layout.thresholds)


def test_order_parameters_and_the_outlier_are_measured():
    network = dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(0.8), low_rank=dmft.LowRank(1.5)))
    sim = simulator(network, 0.1, n=150)
    values = np.linalg.eigvals(sim.couplings)
    assert rightmost(sim.couplings) == pytest.approx(values[np.argmax(values.real)], rel=1e-8)
    assert sim.low_rank.order_parameters(sim.rates)[0, 0] == pytest.approx(
        sim.low_rank.right[0] @ sim.rates[:, 0] / 150
    )
    with pytest.raises(ValueError, match="low-rank couplings that the simulation draws"):
        validation.simulate(dmft.RandomNetwork(1.5), 20, measure="kappa", n_realizations=1, seed=1)
    lone = dmft.Network(dmft.Population(), dmft.Couplings(low_rank=dmft.LowRank(1.0, outlier=1.5)))
    with pytest.raises(ValueError, match="drawn for a term of rank one beside random couplings"):
        validation.simulate(lone, 20, n_realizations=1, seed=1)


def test_averages_over_a_period_are_by_population():
    whole = dmft.Population(drive=dmft.Sinusoid(0.8, 0.2), bias=0.2)
    matrix = np.random.default_rng(1).standard_normal((60, 60)) * 2.0 / math.sqrt(60)
    measure, settings = validation.OverPeriod(5.0), SETTINGS | {"duration": 20.0}
    one = validation.simulate(dmft.Network(whole, dmft.Random(2.0)), couplings=matrix, measure=measure, **settings)
    parts = {"A": whole.replace(fraction=0.3), "B": whole.replace(fraction=0.7)}
    two = validation.simulate(dmft.Network(parts, dmft.Random(2.0)), couplings=matrix, measure=measure, **settings)
    weights = np.array([0.3, 0.7])[:, None]
    for name in ("period_mean", "period_rate"):
        assert two.values(name, 60).shape == (2, 2, 10)
        np.testing.assert_allclose((weights * two.values(name, 60)).sum(axis=1), one.values(name, 60), atol=1e-12)
    # means over units of each part scatter about that of all: within and between parts
    within = (weights * two.values("period_variance", 60)).sum(axis=1)
    assert np.all(within <= one.values("period_variance", 60) + 1e-12)
    assert validation.extrapolate(two, "period_rate.B", at=2.5, order=0).means[0] == pytest.approx(
        two.values("period_rate", 60)[:, 1, 5].mean()
    )
