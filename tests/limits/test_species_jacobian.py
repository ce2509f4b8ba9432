"""Small changes about the fixed point of species, in limits and by other quadrature."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

import dmft
from dmft.theories.stationary.species.linear import Linearised

NETWORK = dmft.LotkaVolterraNetwork(mu=4.0, sigma=0.8)
WITH = NETWORK.replace(immigration=1e-2)


def _by_quad(process, sigma, z):
    def part(w):
        x = 0.5 * (w + math.sqrt(w * w + 4.0 * process.immigration))
        r = math.sqrt(w * w + 4.0 * process.immigration)
        density = math.exp(-0.5 * ((w - process.mean) / process.deviation) ** 2)
        return (x / abs(z + r)) ** 2 * density / (math.sqrt(2.0 * math.pi) * process.deviation)

    low = 0.0 if process.immigration == 0.0 else process.mean - 10.0 * process.deviation
    near = -z.real if process.immigration == 0.0 else math.sqrt(max(z.real**2 - 4.0 * process.immigration, 0.0))
    places = [w for w in (near, -near) if low < w < process.mean + 10 * process.deviation] or None
    high = process.mean + 10.0 * process.deviation
    return sigma**2 * quad(part, low, high, points=places, limit=400, epsabs=1e-12, epsrel=1e-10)[0]


@pytest.mark.parametrize("network", [NETWORK, WITH])
def test_the_growth_is_that_of_other_quadrature(network):
    solution = dmft.solve_stationary(network)
    spectrum = dmft.jacobian_spectrum(solution)
    points = np.array([0.1, 0.3 + 0.2j, -0.05 + 0.05j, -0.3 - 0.01j, -0.6 + 0.3j])
    expected = [_by_quad(solution.process, 0.8, z) for z in points]
    assert spectrum.reach(points) ** 2 == pytest.approx(expected, rel=1e-8)
    assert spectrum.reach(0.0) ** 2 == pytest.approx(solution.process.growth, rel=1e-10)
    assert spectrum.reach(-0.5) == math.inf
    assert not spectrum.contains(0.01 + 0.3j)


def test_shared_changes_grow_where_abundances_diverge():
    """At z = 0 the determinant is sigma^2 w_1(d) K/s, 0 at mu_div and positive above."""
    for mu in (4.0, 0.0, -0.8):
        process = dmft.solve_stationary(NETWORK.replace(mu=mu)).process
        d = process.mean / process.deviation
        first = math.exp(-0.5 * d * d) / math.sqrt(2.0 * math.pi) + d * 0.5 * math.erfc(-d / math.sqrt(2.0))
        linear = Linearised(process, mu, 0.8)
        assert linear.shared(1e-9 + 0j) == pytest.approx(0.64 * first / process.deviation, rel=1e-6)
        assert len(linear.outliers) == 0
        assert (mu > process.divergent_mu) == (first > 0.0)


def test_without_immigration_the_exponent_is_zero():
    for symmetry in (0.0, 0.5, -0.5):
        solution = dmft.solve_stationary(NETWORK.replace(symmetry=symmetry))
        assert dmft.lyapunov_exponent(solution) == 0.0
    spectrum = dmft.jacobian_spectrum(dmft.solve_stationary(NETWORK))
    assert spectrum.abscissa == 0.0
    assert spectrum.gap(1000) == pytest.approx(0.5 * spectrum.gap(500))
    with pytest.raises(ValueError, match="ends before 0"):
        dmft.jacobian_spectrum(dmft.solve_stationary(WITH)).gap(500)


def test_the_exponent_is_zero_where_stability_is_lost():
    """With immigration the bulk touches 0 where sigma^2 <(dx/dw)^2> = 1, and crosses it."""
    for sigma in (1.3, 1.6):
        solution = dmft.solve_stationary(WITH.replace(sigma=sigma), on_failure="ignore")
        exponent = dmft.lyapunov_exponent(solution)
        assert (exponent > 0.0) == (solution.process.growth > 1.0)
        assert abs(exponent) < 0.15
    exponents = [dmft.lyapunov_exponent(dmft.solve_stationary(WITH.replace(sigma=s))) for s in (0.4, 0.8, 1.2)]
    assert np.all(np.diff(exponents) > 0.0)
    assert -0.2 < exponents[0] < exponents[-1] < 0.0


def test_shared_changes_may_be_outside():
    """Next to the divergence of abundances, a complex pair of the determinant, off the end of the species' own rates."""
    solution = dmft.solve_stationary(dmft.LotkaVolterraNetwork(mu=-0.9, sigma=0.3, immigration=0.3))
    spectrum = dmft.jacobian_spectrum(solution)
    root, conjugate = spectrum.outliers
    assert conjugate == root.conjugate()
    assert abs(spectrum.linear.shared(root)) < 1e-9
    assert root.real > spectrum.abscissa
    assert dmft.lyapunov_exponent(solution) == root.real
    assert spectrum.to_xarray().sizes["outliers"] == 2


def test_symmetric_couplings_are_refused_by_name():
    solution = dmft.solve_stationary(WITH.replace(symmetry=0.5))
    for ask in (dmft.jacobian_spectrum, dmft.lyapunov_exponent):
        with pytest.raises(ValueError, match=r"symmetry=0; got 0\.5"):
            ask(solution)


def test_it_is_drawn():
    figure = dmft.jacobian_spectrum(dmft.solve_stationary(WITH)).plot()
    assert figure.axes[0].patches
