"""Pairs of filters among populations: leaky ones by the other kernel, alike classes, linear networks exactly."""

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

import dmft


def populations(unit, drive=None, **split):
    phi = dmft.Erf()
    return {name: dmft.Population(phi, unit, fraction=part, drive=drive) for name, part in split.items()}


@pytest.mark.long
@pytest.mark.parametrize("of", ["phi", "x"])
def test_leaky_populations_by_two_kernels(of):
    def blocks(slow):
        units = {**populations(dmft.Leaky(1.0), a=0.4), **populations(slow, b=0.6)}
        return dmft.solve_stationary(dmft.Network(units, dmft.Random([[2.0, 1.4], [2.4, 1.0]])))

    leaky, filters = blocks(dmft.Leaky(4.0)), blocks(dmft.Filter("1/(1+tau*s)", tau=4))
    known, found = dmft.covariance_blocks(leaky, of), dmft.covariance_blocks(filters, of)
    size = known.matrix.sum()
    assert found.matrix == pytest.approx(known.matrix, abs=1e-8 * size)
    assert np.max(np.abs(found.matrix - known.matrix)) <= (known.error + found.error) * size
    assert found.error < 1e-5
    assert found.names == ("a", "b")
    assert found.variance == pytest.approx(known.variance, rel=1e-8)
    w = np.array([0.1, 0.3, -0.2])
    one, other = dmft.solve_two_site(leaky, lags=[0.0, 3.0]), dmft.solve_two_site(filters, lags=[0.0, 3.0])
    assert other.psi_phi == pytest.approx(one.psi_phi, rel=1e-7)
    pair = (solution.kernel.at_frequencies(w, w[::-1] + 0.05, of) for solution in (one, other))
    assert next(pair) == pytest.approx(next(pair), rel=1e-6)


@pytest.mark.long
def test_classes_that_are_alike_are_one():
    unit = dmft.Leaky(1.0) * dmft.Synapse(0.5) * dmft.Delay(0.5)
    one = dmft.Network(dmft.Population(dmft.Erf(), unit), dmft.Random(2.0))
    split = dmft.Network(populations(unit, a=0.3, b=0.7), dmft.Random(2.0))
    whole, parts = (dmft.solve_two_site(dmft.solve_stationary(n), lags=[0.0, 2.0]) for n in (one, split))
    for of in ("phi", "x"):
        assert dmft.effective_dimension(parts, of) == pytest.approx(
            float(dmft.effective_dimension(whole, of)), rel=1e-8
        )
    assert parts.psi_x == pytest.approx(whole.psi_x, rel=1e-8)
    lags = np.array([0.0, 0.7, 2.0])
    assert parts.psi(lags, lags[:2]) == pytest.approx(whole.psi(lags, lags[:2]), rel=1e-7, abs=1e-9)
    blocks = dmft.covariance_blocks(parts, "x").matrix
    between = blocks[0, 1] / (0.3 * 0.7)  # pairs alone: within a population each unit is its own neighbour too
    own = float(whole.kernel.single(0.0, "x")) ** 2
    assert blocks[0, 0] == pytest.approx(0.09 * between + 0.3 * own, rel=1e-8)


@pytest.mark.long
def test_linear_networks_of_two_kinds_of_units():
    """Covariances of whole networks by their Lyapunov equation: adapting units and resonators under white noise.

    Six matrices of 240; of each block the mean lies within four of its errors and 2 %, where a factor |H|^2 or a
    fraction too many is 20 % and more.
    """
    gains, n = np.array([[0.9, 0.3], [0.5, 0.2]]), 120
    units = {
        "adapting": dmft.Population(dmft.Linear(), dmft.Adaptation(1, 2), fraction=0.5, drive=dmft.WhiteNoise(1.0)),
        "resonant": dmft.Population(dmft.Linear(), dmft.Oscillator(1, 0.8), fraction=0.5, drive=dmft.WhiteNoise(0.5)),
    }
    solution = dmft.solve_stationary(dmft.Network(units, dmft.Random(gains)))
    known = dmft.covariance_blocks(solution, "x")
    rng, found = np.random.default_rng(5), []
    one, none = np.eye(n), np.zeros((n, n))
    for _ in range(6):
        j = [[rng.standard_normal((n, n)) * g / np.sqrt(2 * n) for g in row] for row in gains]
        flow = np.block(
            [  # x, w: x' = -x - w + h, 2 w' = -w + x; y, v: y' = v, v' = -y - 0.8 v + h
                [j[0][0] - one, -one, j[0][1], none],
                [0.5 * one, -0.5 * one, none, none],
                [none, none, none, one],
                [j[1][0], none, j[1][1] - one, -0.8 * one],
            ]
        )
        noise = np.diag(np.repeat([1.0, 0.0, 0.0, 0.5], n))
        whole = solve_continuous_lyapunov(flow, -noise)
        of_x = whole[np.ix_(*[np.r_[0:n, 2 * n : 3 * n]] * 2)] ** 2
        found.append([[of_x[a * n : a * n + n, b * n : b * n + n].sum() / (2 * n) for b in (0, 1)] for a in (0, 1)])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(6)
    assert np.all(error < 0.05 * mean)
    assert np.all(np.abs(mean - known.matrix) < 4.0 * error + 0.02 * known.matrix)
    assert known.matrix[0, 1] == pytest.approx(known.matrix[1, 0])
    assert known.matrix[0, 1] > 10.0 * known.error * known.matrix.sum()


def test_a_double_pole_is_no_obstacle_to_two_populations():
    """Pairs of a population split in two, of units whose poles coincide: those of the population."""
    unit, noise = dmft.Filter("(1 - 0.4*s)/(1+s)**2"), dmft.OrnsteinUhlenbeck(0.3, 1.0)
    whole = dmft.Network(dmft.Population(dmft.Tanh(), unit, drive=noise), dmft.Random(0.8))
    half = dmft.Population(dmft.Tanh(), unit, drive=noise, fraction=0.5)
    split = dmft.Network({"A": half, "B": half}, dmft.Random([[0.8, 0.8], [0.8, 0.8]]))
    one, two = (dmft.effective_dimension(dmft.solve_stationary(network)) for network in (whole, split))
    assert abs(one - two) <= one.numerical_error + two.numerical_error + 1e-7 * one
