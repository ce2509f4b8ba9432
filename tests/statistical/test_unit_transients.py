"""Transients of units stated by equations: the exact march of leaky ones over seeds, and networks from their start.

chi^2 over ten seeds, at six times: errors are one sigma of the mean over runs, and what the step and the number of
paths leave on top where it is seen, so that of right ones the mean is about .5. Errors of half the size that they
should have, or a bias of one and a half of them, are seen.
"""

import numpy as np
import pytest

import dmft
import validation

STATED = dmft.Network(dmft.Population(dynamics=dmft.Dynamics("-x + h", "tanh(x)")), dmft.Random(2.0))
GATED = dmft.Network(
    dmft.Population(dynamics=dmft.Gated(2.0)), dmft.Couplings({"u": dmft.Random(2.0), "v": dmft.Random(2.0)})
)
MANY_INPUTS = dmft.Network(
    dmft.Population(
        dynamics=dmft.SelfCoupled(1.2),
        bias=0.3,
        threshold_variance=0.2,
        drive=dmft.WhiteNoise(0.5) + dmft.OrnsteinUhlenbeck(0.3, 1.0) + dmft.Sinusoid(0.5, 0.1),
    ),
    dmft.Couplings(dmft.Random(1.5), dmft.Mean(-1.0)),
)


@pytest.fixture(scope="module")
def exact():
    return dmft.solve_nonstationary(dmft.RandomNetwork(2.0), 12.0, method=dmft.TwoTimeMarch(dt=0.05))


@pytest.mark.parametrize("seeds", [pytest.param(3, id="three"), pytest.param(10, id="ten", marks=pytest.mark.long)])
def test_a_leaky_unit_is_the_exact_march(exact, seeds):
    squares = []
    for seed in range(seeds):
        found = dmft.solve_nonstationary(STATED, 12.0, method=dmft.UnitPaths(dt=0.15, seed=seed))
        assert found.convergence.converged
        at, there = np.arange(10, 81, 14), np.arange(30, 241, 42)
        assert np.all(found.variance_error[at] < 0.05 * exact.variance[there])
        squares.append(((found.variance - exact.variance[::3]) / found.variance_error)[at] ** 2)
        known = exact.covariance[240, there]
        squares.append(((found.corr_x[80, at] - known) / found.corr_x_error[80, at]) ** 2)
    assert (0.4 if seeds == 10 else 0.1) < np.mean(squares) < 2.2


@pytest.mark.parametrize(
    "network", [pytest.param(GATED, id="gated"), pytest.param(MANY_INPUTS, id="inputs", marks=pytest.mark.long)]
)
def test_networks_from_their_start(network):
    found = dmft.solve_nonstationary(network, 6.0, method=dmft.UnitPaths(paths=2000, seed=1))
    measured = validation.simulate(
        network, 500, n_realizations=12, duration=6.0, burn_in=0, measure="transient", dtype="float64", seed=2
    )
    table = validation.compare(found, measured)
    assert table.verdict != "disagree"
    for row in table.rows:
        assert abs(row.deviation) < 4.0 * row.error / row.scale + 0.02  # and 10/N of finite networks
        assert row.error < 0.05 * row.scale


@pytest.mark.long
def test_a_self_coupled_unit_comes_to_its_stationary_state():
    """From two sides: what is left of the start is below the errors after 25 units of time."""
    network = dmft.Network(dmft.Population(dynamics=dmft.SelfCoupled(0.5)), dmft.Random(2.0))
    settled = dmft.solve_stationary(network)
    for variance in (0.2, 20.0):
        found = dmft.solve_nonstationary(network, 36.0, init=(0.0, variance), method=dmft.UnitPaths(dt=0.15, seed=3))
        late = slice(160, None)
        values, error = found.variance[late], np.mean(found.variance_error[late])
        assert abs(np.mean(values) - settled.variance) < 2.0 * error + 3.0 * settled.corr_x_error[0]
        assert error < 0.03 * settled.variance
        lagged = abs(found.corr_phi[220, 200] - settled.corr_phi_at(3.0))
        assert lagged < 4.0 * found.corr_phi_error[220, 200]


@pytest.mark.parametrize(
    "network",
    [
        dmft.LotkaVolterraNetwork(4.0, 1.0, 0.5),
        dmft.Network(dmft.Population(dynamics=dmft.SelfCoupled(0.5)), dmft.Random(2.0, symmetry=-0.5)),
    ],
)
def test_couplings_with_symmetry_are_refused(network):
    """Their units hear their own past, which the march leaves out."""
    with pytest.raises(ValueError, match="symmetry=0"):
        dmft.solve_nonstationary(network, 3.0)


def test_steps_follow_private_noise_of_short_memory():
    population = dmft.Population(dynamics=dmft.Dynamics("-x + h"), drive=dmft.OrnsteinUhlenbeck(2.0, 0.05))
    network = dmft.Network(population, dmft.Random(0.3))
    found = dmft.solve_nonstationary(network, 1.0, init=(0.0, 0.0), method=dmft.UnitPaths(seed=1), rtol=0.3)
    leaky = network.replace(**{"populations.dynamics": dmft.Leaky(1.0)})
    exact = dmft.solve_nonstationary(leaky, 1.0, init=(0.0, 0.0), method=dmft.TwoTimeMarch(dt=0.005))
    assert found.times[-1] == pytest.approx(exact.times[-1])
    assert found.variance[-1] == pytest.approx(exact.variance[-1], rel=0.1)  # with dt=.15 a quarter more


@pytest.mark.long
def test_species_come_to_their_stationary_state():
    """units.md, C4: with immigration the means of another code are .434(1) and .970(10)."""
    network = dmft.LotkaVolterraNetwork(4.0, 2.0, 0.0, 1e-3)
    found = dmft.solve_nonstationary(network, 60.0, method=dmft.UnitPaths(dt=0.1, paths=1500, seed=4), rtol=0.3)
    late = slice(300, None)
    mean, square = np.mean(found.mean_x[late]), np.mean(np.diagonal(found.corr_x)[late])
    errors = np.mean(found.mean_x_error[late]), np.mean(np.diagonal(found.corr_x_error)[late])
    assert abs(mean - 0.434) < 3.0 * errors[0] < 0.06
    assert abs(square - 0.97) < 3.0 * errors[1] < 0.4


@pytest.mark.long
def test_without_immigration_species_age():
    """The longer they wait, the slower they forget.

    6 runs of 2500 paths gave <x(t_w) x(t_w + 20)> = .649(41), .787(38), .903(36) at t_w = 10, 30, 100; 60 networks of
    1000 .666(32), .880(40), 1.002(51), and 120 of 500 .651(39), .878(47), .956(47). Over both deviations the covariance
    of the paths is .63, .70, .82.
    """
    network = dmft.LotkaVolterraNetwork(4.0, 2.0)
    found = dmft.solve_nonstationary(network, 75.0, method=dmft.UnitPaths(dt=0.1, paths=1500, seed=5), rtol=0.4)
    sizes = np.sqrt(found.variance)

    def kept(waiting):
        return found.band[waiting + 150, 150] / (sizes[waiting] * sizes[waiting + 150])

    assert kept(100) + 0.05 < kept(300) + 0.02 < kept(600)
    assert found.mean_x[600] == pytest.approx(0.445, abs=4.0 * np.hypot(found.mean_x_error[600], 0.009))


@pytest.mark.long
def test_everything_that_a_leaky_unit_hears_is_in_the_exact_march():
    """Means, biases, thresholds, white and coloured noise, common and private sinusoids; half of one would be seen."""

    def network(dynamics):
        heard = dmft.WhiteNoise(0.5) + dmft.OrnsteinUhlenbeck(0.3, 1.0) + dmft.Sinusoid(0.5, 0.1)
        one = dmft.Population(dmft.Tanh(), dynamics, fraction=0.6, bias=0.3, threshold_variance=0.2, drive=heard)
        other = dmft.Population(dmft.Tanh(), dynamics, drive=dmft.Sinusoid(1.0, 0.2, phases="random"))
        couplings = dmft.Couplings(dmft.Random([[1.2, 0.8], [1.0, 0.5]]), dmft.Mean([[0.5, -1.5], [1.0, -1.0]]))
        return dmft.Network({"one": one, "other": other}, couplings)

    exact = dmft.solve_nonstationary(network(dmft.Leaky(1.0)), 4.0, method=dmft.TwoTimeMarch(dt=0.025))
    method = dmft.UnitPaths(dt=0.05, paths=2000, seed=6)
    found = dmft.solve_nonstationary(network(dmft.Dynamics("-x + h")), 4.0, method=method)
    at, there = np.array([20, 40, 80]), np.array([40, 80, 160])
    for name, least in (("mean_x", 0.006), ("variance", 0.025)):
        error = getattr(found, f"{name}_error")[:, at]
        assert np.all(error < 2.0 * least * np.sqrt(exact.variance[:, there]))
        deviation = getattr(found, name)[:, at] - getattr(exact, name)[:, there]
        assert np.all(np.abs(deviation) < 3.5 * error + 0.1 * least)


def test_networks_begin_with_nothing_heard_before():
    """Leaky units and filters of one variable too; beside the response to their inputs variances would be .4 more."""
    for unit in (dmft.Leaky(1.0), dmft.Dynamics("-x + h")):
        population = dmft.Population(dynamics=unit, bias=0.5, threshold_variance=0.5, drive=dmft.WhiteNoise(0.3))
        network = dmft.Network(population, dmft.Random(1.5))
        measured = validation.simulate(
            network, 400, n_realizations=6, duration=1.0, burn_in=0, measure="transient", dtype="float64", seed=2
        )
        found = dmft.solve_nonstationary(network, 1.0, init=(0.0, 1.0), rtol=0.5)
        table = validation.compare(found, measured)
        assert len(table.rows) >= 4
        for row in table.rows:
            assert abs(row.deviation) < 4.0 * row.error / row.scale + 0.02


def test_solutions_that_begin_elsewhere_are_not_compared():
    network = STATED
    measured = validation.simulate(network, 100, n_realizations=2, duration=1.0, burn_in=0, measure="transient", seed=2)
    few = dmft.UnitPaths(paths=128, runs=2)
    for init in ((2.0, 1.0), (0.0, 1.3)):
        elsewhere = dmft.solve_nonstationary(network, 1.0, init=init, method=few, rtol=1.0)
        with pytest.raises(ValueError, match=r"give init=\(0, 1\)"):
            validation.compare(elsewhere, measured)
    several = dmft.Network(
        dmft.Population(dynamics=dmft.Dynamics({"x": "-x - w + h", "w": "(-w + 4*x)/2"})), dmft.Random(1.0)
    )
    measured = validation.simulate(several, 100, n_realizations=2, duration=1.0, burn_in=0, measure="transient", seed=2)
    with pytest.raises(ValueError, match="several variables begin at another state"):
        validation.compare(dmft.solve_nonstationary(several, 1.0, method=few, rtol=1.0), measured)
