"""Jacobian of partially symmetric networks: the ellipse, the disc, sampled matrices, and running networks."""

import math

import numpy as np
import pytest

import dmft
import validation
from dmft.observables.elliptic_jacobian import EllipticSpectrum


@pytest.mark.parametrize("symmetry", [0.4, -0.7])
def test_constant_slopes_fill_an_ellipse(symmetry):
    # Sommers, Crisanti, Sompolinsky & Stein 1988: uniform within half axes g (1 + rho), g (1 - rho)
    g, ones = 1.3, np.ones(3)
    spectrum = EllipticSpectrum(g, ones, ones / 3, symmetry)
    assert spectrum.abscissa == pytest.approx(g * (1 + symmetry) - 1, rel=1e-10)
    assert spectrum.radius == pytest.approx(g * (1 + abs(symmetry)), rel=1e-10)
    assert spectrum.boundary(math.pi / 2) == pytest.approx(g * (1 - symmetry), rel=1e-10)
    narrow = g * (1 - abs(symmetry))
    r = narrow * np.array([0.3, 0.9])
    density = 1 / (math.pi * g**2 * (1 - symmetry**2))
    assert spectrum.cdf(r) == pytest.approx(math.pi * r**2 * density, rel=1e-9)
    assert spectrum.density(r[0]) == pytest.approx(density, rel=1e-6)
    # a circle that leaves the ellipse: area of their intersection
    wide, radius = g * (1 + abs(symmetry)), 0.5 * g * 2.0
    x = np.linspace(0.0, min(radius, wide), 200001)
    height = np.minimum(np.sqrt(np.maximum(radius**2 - x**2, 0)), narrow * np.sqrt(np.maximum(1 - (x / wide) ** 2, 0)))
    assert spectrum.cdf(radius) == pytest.approx(4 * np.trapezoid(height, x) * density, abs=2e-4)


@pytest.mark.parametrize("symmetry", [1.0, -1.0])
def test_full_symmetry_is_the_semicircle(symmetry):
    # Wigner: on the real (rho = 1) or imaginary axis, density sqrt(4 g^2 - r^2)/(2 pi g^2)
    g, ones = 1.3, np.ones(3)
    spectrum = EllipticSpectrum(g, ones, ones / 3, symmetry)
    x = np.array([0.1, 0.5, 0.9])
    exact = 2 / math.pi * (np.arcsin(x) + x * np.sqrt(1 - x**2))
    assert spectrum.cdf(2 * g * x) == pytest.approx(exact, abs=4e-3)
    assert spectrum.radius == pytest.approx(2 * g, rel=1e-3)


def test_a_network_at_rest():
    network = dmft.RandomNetwork(g=1.2, symmetry=-0.4)
    spectrum = dmft.jacobian_spectrum(dmft.solve_stationary(network))
    assert spectrum.abscissa == pytest.approx(1.2 * 0.6 - 1.0, rel=1e-10)
    assert spectrum.sample(400, 0).real.max() < -0.2


def test_without_symmetry_it_is_the_disc():
    disc = dmft.jacobian_spectrum(dmft.solve_stationary(dmft.RandomNetwork(g=3.0)))
    spectrum = EllipticSpectrum(disc.gain, disc.slopes, disc.weights, 0.0)
    r = np.array([0.05, 0.4, 0.8, 0.99]) * disc.radius
    assert spectrum.radius == pytest.approx(disc.radius, rel=1e-9)
    assert spectrum.cdf(r) == pytest.approx(disc.cdf(r), rel=1e-8)
    assert spectrum.density(r[:3]) == pytest.approx(disc.density(r[:3]), rel=1e-3)


PARAMS = [
    pytest.param((3.0, 0.3), id="symmetric"),
    pytest.param((4.0, -0.4), id="antisymmetric", marks=pytest.mark.long),
]


@pytest.fixture(scope="module", params=PARAMS)
def state(request):
    g, symmetry = request.param
    network = dmft.RandomNetwork(g=g, symmetry=symmetry)
    return network, dmft.jacobian_spectrum(dmft.solve_stationary(network, method=dmft.Sampled(256)))


@pytest.mark.long
def test_the_radial_law_has_no_jumps(state):
    """Its equations have other roots, which Newton's method must not fall into."""
    _, spectrum = state
    law = spectrum.cdf(spectrum.radius * np.linspace(0.2, 1.0, 20))
    steps = np.diff(law)
    assert np.all(steps > 0)
    assert np.all(np.abs(np.diff(steps)) < 0.02)
    assert law[-1] == 1.0


def test_against_sampled_matrices(state):
    """Three matrices of N = 500, as for the disc; the wrong sign of rho moves the edge by 40 % and more."""
    _, spectrum = state
    found = np.concatenate([spectrum.sample(500, seed) + 1 for seed in range(3)])
    radii = np.array([0.2, 0.4, 0.6, 0.8]) * spectrum.radius
    assert (np.abs(found)[:, None] < radii).mean(axis=0) == pytest.approx(spectrum.cdf(radii), abs=0.04)
    relative = np.abs(found) / spectrum.boundary(np.angle(found))
    assert 0.9 < np.quantile(relative, 0.99) < 1.02
    assert np.mean(relative > 1.1) < 0.002


@pytest.mark.long
def test_against_networks(state):
    """The state is correlated with the couplings; the spectrum does not see it."""
    network, spectrum = state
    simulation = validation.simulate(
        network, 400, n_realizations=4, duration=40.0, burn_in=40.0, measure=validation.Jacobian(snapshots=2), seed=4
    )
    found = simulation.values("jacobian_eigenvalues", 400).ravel() + 1.0
    radii = np.array([0.2, 0.4, 0.6, 0.8]) * spectrum.radius
    # the spread of snapshots is 0.03 at N = 400 (the activity fluctuates): eight of them
    assert (np.abs(found)[:, None] < radii).mean(axis=0) == pytest.approx(spectrum.cdf(radii), abs=0.05)
    relative = np.abs(found) / spectrum.boundary(np.angle(found))
    assert 0.9 < np.quantile(relative, 0.99) < 1.06
