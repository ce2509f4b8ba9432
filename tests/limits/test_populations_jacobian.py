"""The Jacobian's spectrum of several populations where it is known: one population, blocks apart, probes, rest."""

import math

import numpy as np
import pytest

import dmft
from dmft.observables.populations_jacobian import PopulationsSpectrum


def network(gains, *, tau=(1.0, 1.0), fractions=(0.5, 0.5), means=None, bias=(0.0, 0.0), spread=(0.0, 0.0)):
    populations = {
        name: dmft.Population(
            dmft.Tanh(), dmft.Leaky(tau[a]), fraction=fractions[a], bias=bias[a], threshold_variance=spread[a]
        )
        for a, name in enumerate("ab")
    }
    return dmft.Network(populations, dmft.Couplings(dmft.Random(gains), None if means is None else dmft.Mean(means)))


def spectrum(gains, tau, fractions, laws):
    return PopulationsSpectrum(
        tuple("abc"[: len(tau)]), np.square(gains), np.array(fractions), np.array(tau), tuple(laws)
    )


def test_one_population_written_as_two():
    one = dmft.jacobian_spectrum(dmft.solve_stationary(dmft.RandomNetwork(1.8)))
    two = dmft.jacobian_spectrum(dmft.solve_stationary(network(1.8 * np.ones((2, 2)), fractions=(0.3, 0.7))))
    assert two.radius == pytest.approx(one.radius, rel=1e-8)
    assert two.abscissa == pytest.approx(one.abscissa, rel=1e-8)
    r = np.array([0.0, 0.2, 0.5, 0.9, 1.2, 2.0])
    np.testing.assert_allclose(two.cdf(r), one.cdf(r), atol=1e-8)
    np.testing.assert_allclose(two.density(-1.0 + r[1:] * np.exp(0.7j)), one.density(r[1:]), rtol=1e-7, atol=1e-12)
    assert two.fraction(-1.0, 0.5) == pytest.approx(one.cdf(0.5), abs=1e-8)
    assert len(two.outliers) == 0


def test_a_scale_of_time_scales_the_spectrum():
    laws = [(np.array([0.4, 1.0]), np.array([0.3, 0.7]))] * 2
    gains = np.array([[1.5, 0.7], [0.4, 1.1]])
    one, slow = (spectrum(gains, (k * 1.0, k * 3.0), (0.4, 0.6), laws) for k in (1.0, 5.0))
    assert 5.0 * slow.abscissa == pytest.approx(one.abscissa, rel=1e-12)
    assert slow.fraction(-0.1, 0.06) == pytest.approx(one.fraction(-0.5, 0.3), abs=1e-10)
    assert slow.density(-0.1 + 0.02j) == pytest.approx(25.0 * one.density(-0.5 + 0.1j), rel=1e-10)


def test_blocks_that_hear_one_way_keep_their_eigenvalues():
    law = (np.array([0.3, 1.0]), np.array([0.5, 0.5]))
    both = spectrum([[1.4, 0.0], [3.0, 1.1]], (1.0, 2.0), (0.4, 0.6), [law, law])
    alone = [spectrum([[g]], (tau,), (f,), [law]) for g, tau, f in ((1.4, 1.0, 0.4), (1.1, 2.0, 0.6))]
    z = np.array([-1.2 + 0.3j, -0.7, -0.4 + 0.1j, 0.5])
    np.testing.assert_allclose(both.density(z), sum(part.density(z) for part in alone), rtol=1e-10)
    assert both.abscissa == pytest.approx(max(part.abscissa for part in alone), rel=1e-12)
    assert both.fraction(-0.6, 3.0) == pytest.approx(1.0, abs=1e-10)


def test_a_population_that_nobody_hears_is_not_in_the_bulk():
    law = (np.array([1.0]), np.array([1.0]))
    alone = spectrum([[1.3]], (1.0,), (1.0,), [law])
    probe = spectrum([[1.3, 2.0], [4.0, 5.0]], (1.0, 2.0), (1.0, 0.0), [law, law])
    assert probe.radius == pytest.approx(alone.radius)
    assert probe.fraction(-0.5, 2.0) == pytest.approx(1.0, abs=1e-10)
    assert probe.density(-1.0 + 0.4j) == pytest.approx(alone.density(-1.0 + 0.4j))
    assert probe.density(-1.0 + 0.4j) == pytest.approx(1.0 / (math.pi * 1.3**2))  # Girko's disc


def test_the_density_integrates_to_the_fractions():
    rng = np.random.default_rng(3)
    laws = [(rng.uniform(0.2, 1.0, 5), np.full(5, 0.2)) for _ in range(3)]
    found = spectrum(rng.uniform(0.3, 2.0, (3, 3)), (1.0, 0.6, 2.5), (0.2, 0.3, 0.5), laws)
    r, w = np.polynomial.legendre.leggauss(40)
    r, w = 0.125 * (r + 1.0), 0.125 * w
    turn = np.exp(2j * np.pi * np.arange(64) / 64)
    inside = np.sum(w * r * (2 * np.pi) * found.density(-0.7 + r[:, None] * turn).mean(axis=1))
    assert inside == pytest.approx(found.fraction(-0.7, 0.25), abs=1e-11)
    assert found.fraction(-0.5, 30.0) == pytest.approx(1.0, abs=1e-10)
    assert found.fraction_error(-0.5, 30.0) < 1e-10


def test_the_contour_is_the_edge():
    laws = [(np.array([0.7]), np.array([1.0]))] * 2
    found = spectrum([[0.9, 0.2], [0.3, 0.6]], (1.0, 6.0), (0.5, 0.5), laws)
    curves = found.contour()
    assert len(curves) == 2  # one about each -1/tau, apart
    for curve in curves:
        inside = curve.mean()
        assert np.all(found.contains(inside + 0.999 * (curve - inside)))
        assert not np.any(found.contains(inside + 1.001 * (curve - inside)))
    assert max(curve.real.max() for curve in curves) == pytest.approx(found.abscissa, abs=1e-4)


def test_matrices_of_the_same_laws():
    laws = [(np.array([0.3, 1.0]), np.array([0.4, 0.6])), (np.array([0.8]), np.array([1.0]))]
    found = spectrum([[1.2, 0.5], [0.8, 0.9]], (1.0, 3.0), (0.5, 0.5), laws)
    eigenvalues = np.concatenate([found.sample(600, seed) for seed in range(4)])
    for centre, radius in ((-1.0, 0.3), (-1.0 / 3.0, 0.15), (-0.5, 0.3)):
        own = np.mean(np.abs(eigenvalues - centre) < radius)
        assert own == pytest.approx(found.fraction(centre, radius), abs=0.012)  # eigenvalues repel: 2400 make .005
    outside = np.mean(~found.contains(eigenvalues))
    assert outside < 0.02


def test_at_rest_the_outlier_is_that_of_the_means():
    # x = 0: the Jacobian is -1 + J, of which the mean alone makes an outlier; the sheet lists K phi'^2 - 1 = 8 too,
    # a mode of cov(eta, d eta), which is 0 where eta is.
    net = network(3.0 * np.ones((2, 2)), means=4.5 * np.ones((2, 2)))
    rest = next(b for b in dmft.branches(net) if b.solution.state == "quiescent")
    found = dmft.jacobian_spectrum(rest.solution)
    assert found.radius == pytest.approx(3.0)
    assert found.outliers == pytest.approx([3.5])
    rng = np.random.default_rng(5)
    eigenvalues = np.linalg.eigvals(rng.normal(4.5 / 400, 3.0 / 20.0, (400, 400)))
    assert np.max(np.abs(eigenvalues)) == pytest.approx(4.5, abs=0.5)  # nothing at 9


def test_what_is_not_known_of_a_moving_mean():
    noise = dmft.WhiteNoise(0.5)
    around = dmft.Network(
        {"a": dmft.Population(dmft.Tanh(), bias=0.3, drive=noise)}, dmft.Couplings(dmft.Random(1.0), dmft.Mean(0.5))
    )
    assert dmft.jacobian_spectrum(dmft.solve_stationary(around)).outliers is None
    centred = around.replace(**{"populations.a.bias": 0.0})
    assert dmft.jacobian_spectrum(dmft.solve_stationary(centred)).outliers is not None


def test_bad_input():
    found = dmft.jacobian_spectrum(dmft.solve_stationary(network([[1.5, 0.5], [0.5, 1.5]], tau=(1.0, 2.0))))
    with pytest.raises(ValueError, match="unequal time constants"):
        found.cdf(0.5)
    with pytest.raises(ValueError, match="radius must be finite and positive"):
        found.fraction(-1.0, 0.0)
    with pytest.raises(ValueError, match="centre"):
        found.fraction(math.nan, 1.0)
    with pytest.raises(ValueError, match="resolution must be at least 8"):
        found.contour(2)
    with pytest.raises(ValueError, match="n must be at least 2"):
        found.sample(1, 0)
    with pytest.raises(dmft.TooCostlyError):
        found.sample(10**7, 0)


@pytest.mark.parametrize("number", range(12))
def test_the_resolvent_solves_its_equations_in_extreme_networks(number):
    """Gains over decades, blocks left out, slopes down to 1e-16, tau apart; next to the edge and to -1/tau too."""
    rng = np.random.default_rng([20261130, number])
    p = int(rng.integers(2, 8))
    gains = rng.lognormal(0.0, 1.5, (p, p)) * (rng.random((p, p)) < 0.7)
    fractions = rng.dirichlet(0.7 * np.ones(p)) + 1e-6
    laws = []
    for _ in range(p):
        n = int(rng.integers(1, 200))
        laws.append((np.exp(-rng.exponential(rng.choice([0.3, 3.0, 12.0]), n)), rng.dirichlet(np.ones(n))))
    tau = rng.lognormal(0.0, 1.2, p)
    names = tuple("abcdefg"[:p])
    found = PopulationsSpectrum(names, gains, fractions / fractions.sum(), tau, tuple(laws))
    for group in found.bulk.groups:
        turns = np.exp(1j * rng.uniform(0.0, np.pi, (len(group.tau), 20)))
        z = (-1.0 + rng.lognormal(-1.0, 2.5, turns.shape) * turns) / group.tau[:, None]
        z = np.append(z.ravel(), group.edge - np.array([1e-3, 1e-6, 1e-9, 1e-12]) * (1.0 + abs(group.edge)))
        z = z[group.growth(z) > 1.0]
        y, _ = group.inner(z)
        mean = group.averages(group.distances(z), y)[0]
        for i in range(len(z)):
            forward = group.gains * group.fractions * mean[i]
            backward = group.gains.T * (group.fractions * mean[i])
            u, v = (largest(matrix) for matrix in (forward, backward))
            assert u[0] == pytest.approx(1.0, abs=1e-8)
            np.testing.assert_allclose(y[i] / y[i].sum(), u[1] * v[1] / np.sum(u[1] * v[1]), atol=1e-8)


def largest(matrix):
    values, vectors = np.linalg.eig(matrix)
    first = np.argmax(values.real)
    return values[first].real, np.abs(vectors[:, first])
