"""Transients of low-rank couplings: they end in the stationary states, and without random couplings obey a few ODEs."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import dmft


def network(g, overlap, *, population=None, **more):
    random = None if g is None else dmft.Random(g)
    return dmft.Network(population or dmft.Population(), dmft.Couplings(random, low_rank=dmft.LowRank(overlap, **more)))


@pytest.mark.long
@pytest.mark.parametrize(
    "statement",
    [
        network(0.8, 1.5),
        network(0.8, 1.5, population=dmft.Population(drive=dmft.WhiteNoise(0.3), threshold_variance=0.1)),
        network(0.8, 0.0, left=0.5, mean_left=1.0, mean_right=1.6),
    ],
    ids=["structured", "noise", "means"],
)
def test_it_ends_in_the_stationary_state(statement):
    state = dmft.solve_stationary(statement)
    march = dmft.solve_nonstationary(statement, 50.0, method=dmft.LowRankMarch(dt=0.1))
    assert march.variance[-1] == pytest.approx(state.variance, rel=2e-4)
    assert abs(march.overlaps[-1, 0]) == pytest.approx(state.kappa, rel=2e-4)
    assert abs(march.mean_x[-1]) == pytest.approx(abs(state.mean_x), abs=2e-4)
    assert march.band[-1, 200] == pytest.approx(state.cov_x_at(20.0), rel=1e-3)


def test_a_rotation_of_second_order_in_the_step():
    statement = network(1.5, [[2.5, -1.5], [1.5, 2.5]], population=dmft.Population(dmft.Erf()))
    state, off = dmft.solve_stationary(statement), []
    for dt in (0.2, 0.1):
        march = dmft.solve_nonstationary(statement, 40.0, method=dmft.LowRankMarch(dt=dt))
        off.append(march.variance[-1] / state.variance - 1.0)
        assert abs(off[-1]) < march.convergence.error
        angle = np.unwrap(np.arctan2(march.overlaps[:, 1], march.overlaps[:, 0]))
        turns = (angle[-1] - angle[-101]) / (2.0 * math.pi * 100 * dt)
        assert abs(turns) == pytest.approx(state.frequency, rel=1e-3)
    assert off[0] / off[1] == pytest.approx(4.0, rel=0.15)


def test_unlike_directions_without_random_couplings():
    """khat' = -khat + S khat <phi'>, the rest of x decays; erf: <phi'> = (1 + pi v/2)^(-1/2)."""
    overlap, v0 = np.array([[2.0, -1.5], [0.5, 2.0]]), 0.1

    def slope(t, khat):
        return -khat + overlap @ khat / math.sqrt(1.0 + 0.5 * math.pi * (khat @ khat + v0 * math.exp(-2.0 * t)))

    exact = solve_ivp(slope, (0.0, 20.0), [0.5, 0.0], rtol=1e-11, atol=1e-12, dense_output=True)
    statement = network(None, overlap, population=dmft.Population(dmft.Erf()))
    march = dmft.solve_nonstationary(statement, 20.0, method=dmft.LowRankMarch(dt=0.05))
    khat = exact.sol(march.times)
    variance = np.sum(khat**2, axis=0) + v0 * np.exp(-2.0 * march.times)
    kappa = (overlap @ khat / np.sqrt(1.0 + 0.5 * math.pi * variance)).T
    assert march.variance == pytest.approx(variance, rel=5e-3)
    assert np.max(np.abs(march.overlaps - kappa)) < march.convergence.error * np.max(np.abs(kappa))
    assert march.convergence.error < 0.02
    with pytest.raises(dmft.NotConvergedError, match="solve_nonstationary"):
        dmft.solve_stationary(statement)


@pytest.mark.long
def test_what_it_refuses():
    with pytest.raises(ValueError, match="each of the 1 vectors"):
        dmft.solve_nonstationary(network(0.8, 1.5), 5.0, method=dmft.LowRankMarch(khat=[1.0, 2.0]))
    with pytest.raises(ValueError, match="knows no low-rank couplings"):
        dmft.solve_nonstationary(network(0.8, 1.5), 5.0, method=dmft.TwoTimeMarch())
    with pytest.raises(ValueError, match="stationary states only"):
        dmft.solve_nonstationary(
            network(1.0, 0.8, population=dmft.Population(threshold_variance=0.9), input_overlap=0.8), 5.0
        )
    with pytest.raises(dmft.TooCostlyError):
        dmft.solve_nonstationary(network(0.8, 1.5), 1e6)
    with pytest.raises(ValueError, match="dt must be finite and positive"):
        dmft.LowRankMarch(dt=0.0)
    with pytest.raises(dmft.NotConvergedError, match="without bound"):
        dmft.solve_nonstationary(network(0.8, 2.5, population=dmft.Population(dmft.ReLU())), 60.0)
