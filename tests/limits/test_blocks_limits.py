"""Pairs of several populations where the answer is known: one population, splitting, probes, circles, noise alone."""

import numpy as np
import pytest

import dmft


def named(network_kwargs, g):
    return dmft.Network({"a": dmft.Population(**network_kwargs)}, dmft.Random(g))


@pytest.mark.parametrize(
    ("g", "phi", "noise"),
    [
        (1.2, dmft.Tanh(), 0.0),
        (1.5, dmft.Tanh(), 0.0),
        (1.5, dmft.Erf(), 0.0),
        (3.0, dmft.Tanh(), 0.0),
        (6.0, dmft.Tanh(), 0.0),
        (2.0, dmft.Tanh(), 0.3),
        (0.9, dmft.Erf(), 3.0),
    ],
)
def test_one_population_is_the_old_theory(g, phi, noise):
    """The sums by two-dimensional quadrature against those with one of the integrals in closed form."""
    drive = dmft.WhiteNoise(noise) if noise else None
    old = dmft.solve_stationary(dmft.RandomNetwork(g, nonlinearity=phi, drive=drive))
    new = dmft.solve_stationary(named({"nonlinearity": phi, "drive": drive}, g))
    pair_old, pair_new = dmft.solve_two_site(old, lags=[0.0]), dmft.solve_two_site(new, lags=[0.0])
    lags = np.array([0.5, 2.0, 7.0, 20.0])
    for of in ("x", "phi"):
        expected, value = dmft.effective_dimension(pair_old, of), dmft.effective_dimension(pair_new, of)
        assert value == pytest.approx(expected, rel=1e-10)
        assert abs(value - expected) <= value.error + 1e-10 * expected
        scale = pair_old.psi_at(0.0, of)
        np.testing.assert_allclose(pair_new.psi_at(lags, of), pair_old.psi_at(lags, of), atol=2e-7 * scale)
        np.testing.assert_allclose(
            pair_new.psi_spectrum([0.1, 0.5], [0.2, -0.4], of),
            pair_old.psi_spectrum([0.1, 0.5], [0.2, -0.4], of),
            rtol=1e-6,
        )
        at = dmft.effective_dimension(pair_new, of, frequency=0.1)
        known = dmft.effective_dimension(pair_old, of, frequency=0.1)
        assert at == pytest.approx(known, rel=1e-6)
        assert abs(at - known) <= at.error + 1e-10 * known
    np.testing.assert_allclose(dmft.covariance_blocks(pair_new), dmft.covariance_blocks(pair_old), rtol=1e-7)


def two_populations(order=(0, 1), time=1.0):
    kinds = [
        ("E", dmft.Symbolic("(1 + tanh(2*x))/2"), 1.0, 0.6, 0.3, 0.2, 0.5),
        ("I", dmft.Tanh(), 1.7, 0.4, -0.2, 0.0, 1.0),
    ]
    g, m = np.array([[4.0, 2.5], [3.5, 1.5]]), np.array([[1.0, -2.0], [1.5, -1.0]])
    populations = {
        kinds[a][0]: dmft.Population(
            kinds[a][1],
            dmft.Leaky(time * kinds[a][2]),
            fraction=kinds[a][3],
            bias=kinds[a][4],
            threshold_variance=kinds[a][5],
            drive=dmft.WhiteNoise(time * kinds[a][6]),
        )
        for a in order
    }
    pick = np.ix_(order, order)
    return dmft.Network(populations, dmft.Couplings(dmft.Random(g[pick].tolist()), dmft.Mean(m[pick].tolist())))


def test_order_and_unit_of_time_change_nothing():
    here, there, slow = (
        dmft.solve_two_site(dmft.solve_stationary(network), lags=[0.0])
        for network in (two_populations(), two_populations((1, 0)), two_populations(time=3.0))
    )
    for of in ("x", "phi"):
        blocks = np.asarray(dmft.covariance_blocks(here, of))
        np.testing.assert_allclose(np.asarray(dmft.covariance_blocks(there, of))[::-1, ::-1], blocks, rtol=1e-9)
        np.testing.assert_allclose(dmft.covariance_blocks(slow, of), blocks, rtol=1e-8)
        assert slow.psi_at(6.0, of) == pytest.approx(here.psi_at(2.0, of), rel=1e-7)


def test_splitting_changes_nothing():
    def network(split):
        f, g, m = [0.6, 0.4], np.array([[4.0, 2.5], [3.5, 1.5]]), np.array([[1.0, -2.0], [1.5, -1.0]])
        of = [0, 1, 0] if split else [0, 1]
        f = [0.25, 0.4, 0.35] if split else f
        phi = [dmft.Symbolic("(1 + tanh(2*x))/2"), dmft.Tanh()]
        populations = {
            "abc"[i]: dmft.Population(
                phi[a],
                dmft.Leaky([1.0, 1.7][a]),
                fraction=f[i],
                bias=[0.3, -0.2][a],
                threshold_variance=[0.2, 0.0][a],
                drive=dmft.WhiteNoise([0.5, 1.0][a]),
            )
            for i, a in enumerate(of)
        }
        pick = np.ix_(of, of)
        return dmft.Network(populations, dmft.Couplings(dmft.Random(g[pick].tolist()), dmft.Mean(m[pick].tolist())))

    whole, parts = (dmft.solve_two_site(dmft.solve_stationary(network(s)), lags=[0.0]) for s in (False, True))
    joined = np.array([[1, 0], [0, 1], [1, 0]])
    for of in ("x", "phi"):
        assert dmft.effective_dimension(parts, of) == pytest.approx(dmft.effective_dimension(whole, of), rel=1e-9)
        merged = joined.T @ np.asarray(dmft.covariance_blocks(parts, of)) @ joined
        np.testing.assert_allclose(merged, dmft.covariance_blocks(whole, of), rtol=1e-9)


def test_a_probe_counts_for_nothing():
    alone = dmft.solve_stationary(named({}, 2.0))
    probed = dmft.solve_stationary(
        dmft.Network(
            {"body": dmft.Population(), "probe": dmft.Population(dmft.Erf(), dmft.Leaky(0.5), fraction=0.0)},
            dmft.Random([[2.0, 5.0], [1.5, 5.0]]),
        )
    )
    assert dmft.effective_dimension(probed) == pytest.approx(dmft.effective_dimension(alone), rel=1e-8)
    blocks = np.asarray(dmft.covariance_blocks(probed))
    assert blocks[0, 0] == pytest.approx(dmft.covariance_blocks(alone).matrix[0, 0], rel=1e-8)
    assert np.all(blocks[1] == 0.0)


def test_a_circle_of_three():
    """a drives b drives c drives a: all alike, so that the sums are those of one population, block by block."""
    g = 2.0 * np.sqrt(3.0) * np.roll(np.eye(3), 1, axis=0)
    circle = dmft.solve_stationary(
        dmft.Network(
            {name: dmft.Population(fraction=1 / 3 if name != "c" else None) for name in "abc"}, dmft.Random(g.tolist())
        )
    )
    one = dmft.solve_stationary(named({}, 2.0))
    np.testing.assert_allclose(circle.variance, one.variance[0], rtol=1e-9)
    assert dmft.effective_dimension(circle) == pytest.approx(dmft.effective_dimension(one), rel=1e-7)
    blocks = np.asarray(dmft.covariance_blocks(circle))
    np.testing.assert_allclose(blocks.sum(), dmft.covariance_blocks(one).matrix.sum(), rtol=1e-7)
    # Units of different places on the circle share no source that is equally many steps away.
    np.testing.assert_allclose(blocks, np.roll(np.roll(blocks, 1, 0), 1, 1), rtol=1e-9)


def test_weak_couplings_leave_the_noise():
    network = dmft.Network(
        {
            "a": dmft.Population(fraction=0.3, drive=dmft.WhiteNoise(1.0)),
            "b": dmft.Population(drive=dmft.WhiteNoise(0.2)),
        },
        dmft.Random(1e-3),
    )
    solution = dmft.solve_stationary(network)
    v = np.array([0.5, 0.1])
    expected = (0.3 * v[0] + 0.7 * v[1]) ** 2 / (0.3 * v[0] ** 2 + 0.7 * v[1] ** 2)
    assert dmft.effective_dimension(solution, "x") == pytest.approx(expected, rel=1e-5)


def test_frozen_fields_are_resolved():
    """The identity rho(K mean(d^2)) = rho(K q'(c_inf)), where 15 nodes of Gauss and Hermite are far off (sheet 4.2)."""
    network = dmft.Network(
        {"a": dmft.Population(dmft.Symbolic("(1 + tanh(2*x))/2"), bias=0.6)},
        dmft.Couplings(dmft.Random(7.0), dmft.Mean(-1.0)),
    )
    solution = dmft.solve_stationary(network, rtol=1e-8)
    assert solution.state == "chaotic"
    assert solution.static_variance[0] > 0.9 * solution.variance[0]
    kernel = dmft.solve_two_site(solution, lags=[0.0]).kernel
    assert kernel.identity < 1e-8
    z, w = np.polynomial.hermite_e.hermegauss(15)
    mu = solution.mean_x[0] + np.sqrt(solution.static_variance[0]) * z
    width = np.sqrt(solution.variance[0] - solution.static_variance[0])
    grid = np.linspace(-9, 9, 4001)
    density = np.exp(-0.5 * grid**2) / np.exp(-0.5 * grid**2).sum()
    slopes = np.cosh(2 * (mu[:, None] + width * grid)) ** -2.0 @ density
    rough = 49.0 * (w @ slopes**2) / w.sum()
    assert abs(rough / kernel.growth - 1) > 0.1


def test_what_is_refused():
    still = dmft.Network(
        {"a": dmft.Population(fraction=0.5, threshold_variance=1.0), "b": dmft.Population()}, dmft.Random(0.5)
    )
    for verb in (dmft.solve_two_site, dmft.effective_dimension, dmft.covariance_blocks):
        with pytest.raises(ValueError, match="must fluctuate, got a fixed point"):
            verb(dmft.solve_stationary(still))
    pairs = dmft.solve_two_site(dmft.solve_stationary(two_populations()), lags=[0.0])
    with pytest.raises(ValueError, match="between populations"):
        pairs.psi(1.0, 2.0)
    for ask in (lambda: pairs.psi_at(1.0, "x-phi"), lambda: pairs.psi_spectrum(1.0, 2.0, "x-phi")):
        with pytest.raises(ValueError, match="must be one of 'phi', 'x'"):
            ask()


@pytest.mark.long
def test_thresholds_are_a_continuum_of_populations():
    """A Gaussian spread of thresholds, and nine populations at Gauss and Hermite's nodes (sheet 4.4)."""
    spread = dmft.Network(
        {"a": dmft.Population(bias=0.3, threshold_variance=0.4, drive=dmft.WhiteNoise(0.5))}, dmft.Random(1.6)
    )
    z, w = np.polynomial.hermite_e.hermegauss(9)
    w = w / w.sum()
    nodes = dmft.Network(
        {
            f"n{i}": dmft.Population(bias=0.3 + np.sqrt(0.4) * z[i], fraction=w[i], drive=dmft.WhiteNoise(0.5))
            for i in range(9)
        },
        dmft.Random(1.6),
    )
    x, y = dmft.solve_stationary(spread), dmft.solve_stationary(nodes)
    for of in ("x", "phi"):
        assert dmft.effective_dimension(y, of) == pytest.approx(dmft.effective_dimension(x, of), rel=1e-4)
