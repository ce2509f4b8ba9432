"""Low-rank couplings in discrete time: states against the iterated map of two copies, and against networks.

Reference of a state: kappa' = <phi'> S kappa, c' = g^2 <phi^2> + kappa^2 + sigma^2 and, of two copies that hear other
noise, c12' = g^2 <phi phi>(c12) + kappa^2, iterated by trapezoids from x ~ N(0, 1).
"""

import numpy as np
import pytest

import dmft
import validation

_Z = np.linspace(-8.0, 8.0, 161)
_W = np.exp(-0.5 * _Z**2) / np.exp(-0.5 * _Z**2).sum()


def _net(g, overlap, noise=0.0, **more):
    drive = dmft.WhiteNoise(noise) if noise else None
    random = dmft.Random(g) if g else None
    population = dmft.Population(dynamics=dmft.Map(), drive=drive)
    return dmft.Network(population, dmft.Couplings(random, low_rank=dmft.LowRank(overlap, **more)))


def _iterated(g, overlap, noise, steps=800):
    kappa, c, c12 = 1.0, 1.0, 0.0
    for _ in range(steps):
        x = np.sqrt(c) * _Z
        shared = np.sqrt(max(c12, 0.0)) * _Z[:, None] + np.sqrt(max(c - c12, 0.0)) * _Z
        q = _W @ (np.tanh(shared) @ _W) ** 2
        # khat of a step is kappa of the one before: mean and variance of the next x follow from it
        kappa_now = (_W @ (1.0 - np.tanh(x) ** 2)) * overlap * kappa
        c, c12 = (g**2 * (_W @ np.tanh(x) ** 2) + kappa_now**2 + noise, g**2 * q + kappa_now**2)
        kappa = kappa_now
    return kappa, c, c12


@pytest.mark.parametrize(
    ("g", "overlap", "noise"), [(0.8, 2.0, 0.0), (2.0, 2.5, 0.0), (2.0, 1.5, 0.0), (1.2, 2.0, 0.3), (0.5, 1.2, 0.1)]
)
def test_the_state_is_where_the_map_of_two_copies_ends(g, overlap, noise):
    solution = dmft.solve_stationary(_net(g, overlap, noise))
    kappa, c, c12 = _iterated(g, overlap, noise)
    assert solution.stable
    assert solution.kappa == pytest.approx(abs(kappa), abs=1e-7)
    assert solution.variance == pytest.approx(c, rel=1e-8)
    assert solution.static_variance == pytest.approx(c12, rel=1e-7)
    assert solution.corr_x_at(5.0) == pytest.approx(c12, rel=1e-7)
    growth = g**2 * (_W @ (1.0 - np.tanh(np.sqrt(c) * _Z) ** 2) ** 2)
    assert dmft.lyapunov_exponent(solution) == pytest.approx(0.5 * np.log(growth), abs=1e-7)


def test_a_negative_outlier_turns_kappa_over_and_is_no_steady_state():
    """In continuous time the same kappa dies out: -2 <phi'> - 1 < 0."""
    found = dmft.branches(_net(0.8, -2.0))
    assert [branch.stable for branch in found] == [False]
    with pytest.raises(dmft.NotConvergedError, match="leaves every steady state"):
        dmft.solve_stationary(_net(0.8, -2.0))


def test_a_constant_vector_is_a_mean_of_the_couplings():
    """m = 1 and n = 1.6 for all units: the mean M = 1.6 of the couplings, solved by another method."""
    drive = dmft.WhiteNoise(0.2)
    random = dmft.Random(0.8)
    units = dmft.Population(dynamics=dmft.Map(), drive=drive)
    low = dmft.LowRank(0.0, left=0.0, mean_left=1.0, mean_right=1.6)
    one = dmft.solve_stationary(dmft.Network(units, dmft.Couplings(random, low_rank=low)))
    other = dmft.solve_stationary(dmft.Network({"a": units}, dmft.Couplings(random, dmft.Mean(1.6))))
    assert abs(one.mean_x) == pytest.approx(abs(other.mean_x[0]), rel=1e-9)
    assert one.variance == pytest.approx(other.variance[0], rel=1e-9)
    assert dmft.lyapunov_exponent(one) == pytest.approx(dmft.lyapunov_exponent(other), abs=1e-9)
    assert dmft.effective_dimension(one) == pytest.approx(dmft.effective_dimension(other), rel=1e-6)


def test_it_is_kept_and_comes_back(tmp_path):
    solution = dmft.solve_stationary(_net(1.2, 2.0, 0.3))
    dmft.save(solution, tmp_path / "state.nc")
    again = dmft.load(tmp_path / "state.nc")
    np.testing.assert_array_equal(again.corr_phi_at([0.0, 3.0]), solution.corr_phi_at([0.0, 3.0]))
    assert dmft.lyapunov_exponent(again) == dmft.lyapunov_exponent(solution)


@pytest.mark.parametrize("ask", [dmft.jacobian_spectrum, dmft.copy_overlap, dmft.energy])
def test_what_is_not_known_of_it_is_refused(ask):
    with pytest.raises((TypeError, ValueError)):
        ask(dmft.solve_stationary(_net(0.8, 2.0)))
    with pytest.raises((TypeError, ValueError)):
        dmft.susceptibility(dmft.solve_stationary(_net(0.8, 2.0)), [0.1])


@pytest.mark.long
def test_networks_are_in_the_state_of_their_own_outlier():
    """N = 1200, 6 networks. Scatter of single networks at their outlier: 2 % of the variance; power 99 % for 4 %."""
    for g, overlap in ((0.8, 2.0), (1.6, 2.6)):
        seen = validation.simulate(
            _net(g, overlap),
            sizes=[1200],
            n_realizations=6,
            duration=60.0,
            burn_in=60.0,
            measure=("kappa", "outlier", "correlation"),
            seed=4,
        )
        ratios = []
        for outlier, kappa, variance in zip(
            *(seen.values(name, 1200) for name in ("outlier", "kappa", "variance")), strict=True
        ):
            theory = dmft.solve_stationary(_net(g, float(outlier)))
            ratios.append([abs(kappa) / theory.kappa, variance / theory.variance])
        mean, error = np.mean(ratios, axis=0), np.std(ratios, axis=0, ddof=1) / np.sqrt(len(ratios))
        assert np.all(error < 0.02), error
        assert np.all(np.abs(mean - 1.0) < 4.0 * error + 0.01), (mean, error)


def test_transients_and_rotations_are_refused_by_name():
    with pytest.raises(ValueError, match="low-rank couplings are not solved in discrete time"):
        dmft.solve_nonstationary(_net(0.8, 2.0), 5.0)
    with pytest.raises(ValueError, match="rotations are not known in discrete time"):
        dmft.solve_stationary(_net(1.5, [[2.5, -1.5], [1.5, 2.5]]), method=dmft.LowRankStates("rotating"))
