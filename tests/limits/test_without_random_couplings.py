"""Networks in which nothing is random but thresholds and noise: means alone, and low-rank structure alone."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq, root

import dmft

Z = np.linspace(-12.0, 12.0, 8001)  # the trapezoidal rule, exact to all digits for what is smooth
W = np.exp(-(Z**2) / 2.0) * (Z[1] - Z[0]) / math.sqrt(2.0 * math.pi)


def two(means, random=None, **more):
    populations = {
        "E": dmft.Population(fraction=0.4, bias=0.2, **more),
        "I": dmft.Population(dmft.Erf(), dmft.Leaky(2.0), bias=0.1),
    }
    return dmft.Network(populations, dmft.Couplings(random, dmft.Mean(means)))


@pytest.mark.parametrize("named", [False, True])
def test_means_alone(named):
    """m = h + M tanh(m): three roots, of which a network keeps the outer two."""
    unit = dmft.Population(bias=0.2)
    network = dmft.Network({"a": unit} if named else unit, dmft.Couplings(None, dmft.Mean(1.5)))
    scan = np.linspace(-3.0, 3.0, 6001)
    left = scan - 0.2 - 1.5 * np.tanh(scan)
    at = np.flatnonzero(left[:-1] * left[1:] < 0.0)
    roots = [brentq(lambda m: m - 0.2 - 1.5 * math.tanh(m), scan[i], scan[i + 1], xtol=1e-15) for i in at]
    states = dmft.branches(network)
    assert states.complete
    found = sorted((float(np.ravel(b.solution.mean_x)[0]), b.stable) for b in states)
    np.testing.assert_allclose([m for m, _ in found], roots, rtol=1e-12)
    assert [stable for _, stable in found] == [True, False, True]
    solution = dmft.solve_stationary(network)
    assert np.ravel(solution.mean_x)[0] == pytest.approx(roots[-1], rel=1e-13)  # where m(t) goes from 0
    assert np.all(np.asarray(solution.variance) == 0.0)


def test_the_limit_of_weak_random_couplings():
    means = [[0.8, -1.0], [1.2, -0.5]]
    alone = dmft.solve_stationary(two(means))
    weak = dmft.solve_stationary(two(means, dmft.Random(1e-4)))
    np.testing.assert_allclose(weak.mean_x, alone.mean_x, atol=1e-8)
    direct = root(
        lambda m: (
            m - [0.2, 0.1] - np.array(means) * [0.4, 0.6] @ [np.tanh(m[0]), math.erf(m[1] * math.sqrt(math.pi) / 2)]
        ),
        [0, 0],
    )
    np.testing.assert_allclose(alone.mean_x, direct.x, rtol=1e-9)


def test_noise_and_thresholds_beside_means():
    """x_E is Gaussian of variance s + sigma^2/2 around m, which <tanh> feels."""
    means = [[0.8, -1.0], [1.2, -0.5]]
    solution = dmft.solve_stationary(two(means, drive=dmft.WhiteNoise(0.3), threshold_variance=0.2))
    np.testing.assert_allclose(solution.variance, [0.35, 0.0], rtol=1e-9, atol=1e-15)
    m = solution.mean_x
    rates = [W @ np.tanh(m[0] + math.sqrt(0.35) * Z), solution.mean_phi[1]]
    np.testing.assert_allclose(solution.mean_phi, rates, rtol=1e-10)
    np.testing.assert_allclose(m, [0.2, 0.1] + np.array(means) * [0.4, 0.6] @ rates, rtol=1e-10)
    assert solution.stable
    assert float(dmft.lyapunov_exponent(solution)) == pytest.approx(-0.5)


def test_means_that_oscillate_are_no_stationary_state():
    network = two([[20.0, -25.0], [35.0, -4.0]])
    with pytest.raises(dmft.NotConvergedError, match="they oscillate"):
        dmft.solve_stationary(network)
    (left,) = dmft.branches(network)
    assert left.stable is False
    a, h, tau = np.array([[20.0, -25.0], [35.0, -4.0]]) * [0.4, 0.6], [0.2, 0.1], np.array([1.0, 2.0])

    def flow(_, m):
        phi = np.array([np.tanh(m[0]), math.erf(m[1] * math.sqrt(math.pi) / 2.0)])
        return (h - m + a @ phi) / tau

    path = solve_ivp(flow, (0.0, 60.0), left.solution.mean_x + 1e-3, t_eval=np.linspace(30.0, 60.0, 200), rtol=1e-8)
    assert np.ptp(path.y[0]) > 1.0


@pytest.mark.parametrize("outlier", [1.2, 1.5, 3.0])
def test_one_vector_alone(outlier):
    """1 = lambda <phi'(kappa z)>, and the time course from another kappa goes there."""
    network = dmft.Network(dmft.Population(), dmft.Couplings(None, low_rank=dmft.LowRank([[outlier]])))
    kappa = brentq(lambda k: outlier * (W @ np.cosh(k * Z) ** -2.0) - 1.0, 1e-3, 8.0, xtol=1e-14)
    solution = dmft.solve_stationary(network)
    assert solution.variance == pytest.approx(kappa**2, rel=1e-10)
    assert solution.kappa == pytest.approx(math.sqrt(solution.variance), rel=1e-10)
    weak = dmft.solve_stationary(network.replace(**{"couplings.random": dmft.Random(1e-5)}))
    assert solution.variance == pytest.approx(weak.variance, rel=1e-8)


def test_gains_of_zero_are_to_be_left_out():
    with pytest.raises(ValueError, match=r"leave them out: Couplings\(None"):
        dmft.Random(0.0)
