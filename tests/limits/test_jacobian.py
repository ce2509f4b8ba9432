"""Jacobian spectrum: its radial law in solvable cases and against sampled matrices."""

import math

import numpy as np
import pytest

import dmft


def test_uniform_disc_for_constant_slopes():
    # phi' = 1 everywhere: Girko's circular law, cdf (r/g)^2, density 1/(pi g^2).
    sol = dmft.solve_stationary(dmft.RandomNetwork(0.8, dmft.Linear(), dmft.WhiteNoise(1.0)))
    spectrum = dmft.jacobian_spectrum(sol)
    r = np.array([0.1, 0.4, 0.75])
    assert spectrum.radius == pytest.approx(0.8, rel=1e-12)
    assert spectrum.cdf(r) == pytest.approx((r / 0.8) ** 2, rel=1e-9)
    assert spectrum.density(np.array([0.0, *r])) == pytest.approx(np.full(4, 1 / (math.pi * 0.64)), rel=1e-9)
    assert spectrum.cdf(0.9) == 1.0
    assert spectrum.density(0.9) == 0.0


def test_relu_leaves_half_of_the_eigenvalues_at_minus_one():
    # Half of the columns vanish; the others are a circular law of half the variance: cdf 1/2 + (r/g)^2.
    sol = dmft.solve_stationary(dmft.RandomNetwork(1.2, dmft.ReLU(), dmft.WhiteNoise(1.0)))
    spectrum = dmft.jacobian_spectrum(sol)
    assert spectrum.radius == pytest.approx(1.2 / math.sqrt(2), rel=1e-10)
    assert spectrum.cdf(np.array([0.0, 0.3])) == pytest.approx([0.5, 0.5 + (0.3 / 1.2) ** 2], rel=1e-9)
    assert spectrum.density(np.array([0.0, 0.3])) == pytest.approx(1 / (math.pi * 1.44), rel=1e-9)


@pytest.mark.parametrize("drive", [None, dmft.Sinusoid(3.0, 0.1, "random")], ids=["chaotic", "sine"])
def test_density_is_the_derivative_of_the_cdf(drive):
    spectrum = dmft.jacobian_spectrum(dmft.solve_stationary(dmft.RandomNetwork(2.0, drive=drive)))
    r = np.array([0.2, 0.5, 0.9]) * spectrum.radius
    h = 1e-5
    slope = (spectrum.cdf(r + h) - spectrum.cdf(r - h)) / (2 * h)
    assert 2 * math.pi * r * spectrum.density(r) == pytest.approx(slope, rel=1e-5)


def test_radius_is_that_of_the_solution():
    sol = dmft.solve_stationary(dmft.RandomNetwork(3.0, drive=dmft.Sinusoid(2.0, 0.2, "random")))
    expected = 3.0 * math.sqrt(sol.mean_square_slope)
    assert dmft.jacobian_spectrum(sol).radius == pytest.approx(expected, rel=1e-9)


def test_radial_law_against_sampled_matrices():
    # Three matrices of N = 500. The number of eigenvalues within a disc fluctuates far less than a binomial: the spread
    # between matrices (0.01 here) comes from the drawn slopes, binomial sd 0.022/sqrt(3) = 0.013. Power: a slope law
    # wrong by 10 % in g shifts the cdf at half the radius by 0.06, five standard deviations.
    spectrum = dmft.jacobian_spectrum(dmft.solve_stationary(dmft.RandomNetwork(3.0)))
    radii = np.array([0.25, 0.5, 0.75, 0.9]) * spectrum.radius
    distances = np.concatenate([np.abs(spectrum.sample(500, seed) + 1) for seed in range(3)])
    measured = (distances[:, None] < radii).mean(axis=0)
    assert measured == pytest.approx(spectrum.cdf(radii), abs=0.04)


def test_refusals():
    spectrum = dmft.jacobian_spectrum(dmft.solve_stationary(dmft.RandomNetwork(2.0)))
    with pytest.raises(ValueError, match="r must not be negative, got -1"):
        spectrum.cdf(-1.0)
    with pytest.raises(ValueError, match="n must be at least 2, got 1"):
        spectrum.sample(1, 0)
    with pytest.raises(TypeError, match="no Jacobian spectrum is known of a int"):
        dmft.jacobian_spectrum(3)
    failed = dmft.solve_stationary(dmft.RandomNetwork(2.0, dmft.Linear()), on_failure="ignore")
    with pytest.raises(ValueError, match="no state"):
        dmft.jacobian_spectrum(failed)
    with pytest.raises(ValueError, match="no state"):
        dmft.lyapunov_exponent(failed)


@pytest.mark.parametrize(
    ("network", "same"),
    [
        (dmft.RandomNetwork(1.5, dmft.Symbolic("tanh(20000*x)")), dmft.RandomNetwork(3e4)),
        (dmft.RandomNetwork(2.0, dmft.Symbolic("tanh(50*x)")), dmft.RandomNetwork(100.0)),
    ],
)
def test_steep_nonlinearities_in_other_units(network, same):
    """x in units 1/b: -1 + J diag(phi') is the same matrix, whatever b; radius and radial law."""
    found, known = (dmft.jacobian_spectrum(dmft.solve_stationary(net)) for net in (network, same))
    assert found.radius == pytest.approx(known.radius, rel=1e-8)
    # R^2 -> g <phi'^2> g with <phi'^2> = sqrt(2/pi) (2/3)/sqrt(C(0)), C(0) -> 2 (1 - 2/pi) g^2, at large gain
    variance = 2.0 * (1.0 - 2.0 / np.pi) * same.g**2
    assert found.radius**2 == pytest.approx(
        same.g**2 * (4.0 / 3.0) / np.sqrt(2.0 * np.pi * variance), rel=10.0 / same.g
    )
    for part in (0.1, 0.5, 0.9):
        assert found.cdf(part * found.radius) == pytest.approx(known.cdf(part * known.radius), abs=1e-9)


def test_a_flat_nonlinearity_at_rest():
    at_rest = dmft.solve_stationary(dmft.RandomNetwork(4.0, dmft.Symbolic("tanh(x)**3")))
    assert dmft.jacobian_spectrum(at_rest).abscissa == -1.0
