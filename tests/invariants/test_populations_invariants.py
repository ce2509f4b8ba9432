"""What changes nothing about several populations: splitting one, renaming, the unit of time."""

import numpy as np
import pytest

import dmft

CHAOTIC = ([0.5, 0.5], [[4.0, 2.0], [3.0, 3.0]], [1.0, 2.5], {})
DRIVEN = (
    [0.5, 0.5],
    [[1.0, 1.2], [1.4, 0.8]],
    [1.0, 2.0],
    {"mean": [[1.0, -2.0], [1.5, -1.0]], "bias": [0.3, 0.2], "noise": [0.5, 1.0], "spread": [0.4, 0.0]},
)


def network(fractions, g, tau, more, order=None, scale=1.0):
    """Return a network of tanh and erf populations."""
    indices = range(len(fractions)) if order is None else order
    zeros = [0.0] * len(fractions)
    phi = more.get("phi", [dmft.Tanh(), dmft.Erf()])
    populations = {
        "pqrs"[a]: dmft.Population(
            phi[a],
            dmft.Leaky(scale * tau[a]),
            fraction=fractions[a],
            bias=more.get("bias", zeros)[a],
            drive=dmft.WhiteNoise(scale * more.get("noise", zeros)[a]),
            threshold_variance=more.get("spread", zeros)[a],
        )
        for a in indices
    }
    pick = np.ix_(list(indices), list(indices))
    mean = dmft.Mean(np.array(more["mean"])[pick].tolist()) if "mean" in more else None
    return dmft.Network(populations, dmft.Couplings(dmft.Random(np.array(g)[pick].tolist()), mean))


@pytest.mark.parametrize("case", [CHAOTIC, DRIVEN])
def test_splitting_a_population_changes_nothing(case):
    _, g, tau, more = case
    split = {key: [values[0], *values] for key, values in more.items()}
    split["phi"] = [dmft.Tanh(), dmft.Tanh(), dmft.Erf()]
    doubled = [0, 0, 1]
    if "mean" in more:
        split["mean"] = np.array(more["mean"])[np.ix_(doubled, doubled)].tolist()
    one = dmft.solve_stationary(network(*case))
    two = dmft.solve_stationary(
        network([0.2, 0.3, 0.5], np.array(g)[np.ix_(doubled, doubled)].tolist(), [tau[0], *tau], split)
    )
    np.testing.assert_allclose(two.variance, one.variance[doubled], rtol=1e-10)
    np.testing.assert_allclose(two.mean_x, one.mean_x[doubled], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(two.corr_x_at(2.0), one.corr_x_at(2.0)[doubled], rtol=1e-8)


@pytest.mark.parametrize("case", [CHAOTIC, DRIVEN])
def test_the_order_of_populations_does_not_matter(case):
    one, two = dmft.solve_stationary(network(*case)), dmft.solve_stationary(network(*case, order=[1, 0]))
    np.testing.assert_allclose(two.variance[::-1], one.variance, rtol=1e-12)
    np.testing.assert_allclose(two.static_variance[::-1], one.static_variance, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", [CHAOTIC, DRIVEN])
def test_the_unit_of_time_does_not_matter(case):
    one, two = dmft.solve_stationary(network(*case)), dmft.solve_stationary(network(*case, scale=3.0))
    np.testing.assert_allclose(two.variance, one.variance, rtol=1e-10)
    np.testing.assert_allclose(two.corr_x_at(6.0), one.corr_x_at(2.0), rtol=1e-8)
    assert two.decay_rate == pytest.approx(one.decay_rate / 3.0, rel=1e-8)


def test_a_ring_that_passes_activity_around():
    ring = np.zeros((3, 3))
    ring[[0, 1, 2], [2, 0, 1]] = 1.5 * np.sqrt(3.0)
    populations = {name: dmft.Population(fraction=1 / 3) for name in "abc"}
    solution = dmft.solve_stationary(dmft.Network(populations, dmft.Random(ring.tolist())))
    alone = dmft.solve_stationary(dmft.RandomNetwork(1.5))
    np.testing.assert_allclose(solution.variance, alone.variance, rtol=1e-10)


@pytest.mark.parametrize("case", [CHAOTIC, DRIVEN])
def test_the_exponent_knows_neither_splitting_nor_the_unit_of_time(case):
    _, g, tau, more = case
    doubled = [0, 0, 1]
    split = {key: [values[0], *values] for key, values in more.items()}
    split["phi"] = [dmft.Tanh(), dmft.Tanh(), dmft.Erf()]
    if "mean" in more:
        split["mean"] = np.array(more["mean"])[np.ix_(doubled, doubled)].tolist()
    parts = network([0.2, 0.3, 0.5], np.array(g)[np.ix_(doubled, doubled)].tolist(), [tau[0], *tau], split)
    one, two, slow = (
        dmft.lyapunov_exponent(dmft.solve_stationary(n)) for n in (network(*case), parts, network(*case, scale=3.0))
    )
    assert two == pytest.approx(one, abs=1e-10)
    assert slow == pytest.approx(one / 3.0, abs=1e-10)
