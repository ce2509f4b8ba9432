"""Thresholds and gains that differ between units, as the nodes of a quadrature."""

import numpy as np
import pytest
from scipy import stats

import dmft
from dmft.models.serialization import network_from_mapping, network_to_mapping

ONE = dmft.Network(dmft.Population(dmft.Erf(), bias=0.3), dmft.Random(1.8))


def test_nine_gaussian_nodes_are_a_variance_of_thresholds():
    """The mean of all units and their covariance, that of the nodes' means included."""
    exact = dmft.solve_stationary(ONE.replace(**{"populations.threshold_variance": 0.5}))
    parts = dmft.spread(ONE, threshold=stats.norm(0.0, np.sqrt(0.5)))
    solution = dmft.solve_stationary(parts)
    weights = np.array(parts.fractions)
    assert len(weights) == 9
    spread = weights @ solution.mean_x**2 - (weights @ solution.mean_x) ** 2
    assert weights @ solution.variance + spread == pytest.approx(exact.variance, rel=5e-7)
    assert weights @ solution.static_variance + spread == pytest.approx(exact.static_variance, rel=5e-7)
    assert dmft.lyapunov_exponent(solution) == pytest.approx(dmft.lyapunov_exponent(exact), abs=1e-6)


def test_a_rule_is_exact_for_moments():
    for distribution in (stats.norm(0.4, 0.7), stats.uniform(-1.0, 3.0), stats.beta(2.0, 5.0), stats.gamma(3.0)):
        parts = dmft.spread(dmft.Population(), "x", threshold=distribution, nodes=5)
        values, weights = (np.array([getattr(p, name) for p in parts.values()]) for name in ("bias", "fraction"))
        assert list(parts) == ["x0", "x1", "x2", "x3", "x4"]
        for power in range(10):
            assert weights @ values**power == pytest.approx(distribution.moment(power), rel=1e-8, abs=1e-10)


def test_a_heavy_tail_does_not_draw_the_nodes():
    """c0 of 3000 populations, one at each quantile, is 2.0668."""
    found = {}
    network = dmft.Network(dmft.Population(dmft.Tanh()), dmft.Couplings(dmft.Random(1.8), dmft.Mean(-1.0)))
    for nodes in (9, 17):
        parts = dmft.spread(network, threshold=stats.lognorm(1.0), nodes=nodes)
        weights, solution = np.array(parts.fractions), dmft.solve_stationary(parts)
        found[nodes] = float(weights @ solution.variance)
    assert found[9] == pytest.approx(2.0668, rel=2e-3)
    assert found[17] == pytest.approx(2.0668, rel=1e-4)


def test_means_of_bounded_functions():
    """Of densities with heavy tails, against quadrature in the probability on many panels."""
    u = (np.arange(200000) + 0.5) / 200000
    for distribution in (stats.lognorm(1.0), stats.laplace(), stats.lognorm(0.5), stats.norm(), stats.expon()):
        parts = dmft.spread(dmft.Population(), threshold=distribution)
        values, weights = (np.array([getattr(p, name) for p in parts.values()]) for name in ("bias", "fraction"))
        for at in (0.5, 1.0, 2.0):
            exact = np.mean(np.tanh(distribution.ppf(u) - at))
            assert weights @ np.tanh(values - at) == pytest.approx(exact, abs=6e-3)


def test_too_few_nodes_are_told():
    with pytest.warns(dmft.AccuracyWarning, match="take more nodes"):
        dmft.spread(dmft.Population(), threshold=stats.lognorm(1.0), nodes=3)


def test_two_gains_are_two_populations():
    halves = dmft.spread(ONE, gain=([1.0, 2.0], [0.3, 0.7]))
    populations = {
        "node0": dmft.Population(dmft.Erf(), fraction=0.3, bias=0.3),
        "node1": dmft.Population(dmft.Symbolic("erf(sqrt(pi)*x)"), fraction=0.7, bias=0.3),
    }
    stated = dmft.solve_stationary(dmft.Network(populations, dmft.Random(1.8)))
    np.testing.assert_allclose(dmft.solve_stationary(halves).variance, stated.variance, rtol=1e-10)
    assert network_from_mapping(network_to_mapping(halves)) == halves


def test_blocks_are_repeated():
    network = dmft.Network(
        {"E": dmft.Population(fraction=0.8), "I": dmft.Population(fraction=0.2, bias=-0.1)},
        dmft.Couplings(dmft.Random([[1.0, 2.0], [3.0, 4.0]]), dmft.Mean([[1.0, -2.0], [3.0, -4.0]])),
    )
    parts = dmft.spread(network, "I", threshold=([0.0, 1.0], [0.5, 0.5]), gain=([1.0, 2.0], [0.25, 0.75]))
    assert list(parts.named) == ["E", "I0", "I1", "I2", "I3"]
    assert parts.fractions == pytest.approx([0.8, 0.025, 0.075, 0.025, 0.075])
    assert parts.couplings.random.g[2] == (3.0, 4.0, 4.0, 4.0, 4.0)
    assert parts.couplings.mean.strength[0] == (1.0, -2.0, -2.0, -2.0, -2.0)
    assert parts.named["I3"].bias == 0.9


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: dmft.spread(ONE), ValueError, "needs a distribution"),
        (lambda: dmft.spread(3.0, threshold=stats.norm()), TypeError, "takes a dmft.Population or a dmft.Network"),
        (lambda: dmft.spread(ONE, threshold=3.0), TypeError, "must be a distribution with pdf and ppf"),
        (lambda: dmft.spread(ONE, threshold=([0.0], [0.5])), ValueError, "with the sum 1, got 0.5"),
        (lambda: dmft.spread(ONE, threshold=([0.0, 1.0], [1.0])), ValueError, "must be as many"),
        (lambda: dmft.spread(ONE, threshold=stats.cauchy()), ValueError, "give a pair"),
        (lambda: dmft.spread(ONE, threshold=stats.norm(), nodes=65), ValueError, "at most 64"),
        (lambda: dmft.spread(ONE, "E", threshold=stats.norm()), ValueError, "population must be one of"),
        (lambda: dmft.spread(ONE, gain=([0.0], [1.0])), ValueError, "gain must not be 0"),
    ],
)
def test_refuses(make, error, message):
    with pytest.raises(error, match=message):
        make()
