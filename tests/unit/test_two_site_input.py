"""Refusals of the two-site theory, and its Fourier transforms."""

import numpy as np
import pytest

import dmft
from dmft.numerics.fourier import even_transform, exponential_averages, wave_weights
from dmft.numerics.spectral_elements import HalfLine, graded_edges

CHAOS = dmft.RandomNetwork(g=2.0)


@pytest.fixture(scope="module")
def two_site():
    return dmft.solve_two_site(dmft.solve_stationary(CHAOS))


def test_refuses_what_is_not_a_stationary_solution():
    with pytest.raises(TypeError, match="StationarySolution, got RandomNetwork"):
        dmft.solve_two_site(CHAOS)


def test_refuses_quiescence():
    with pytest.raises(ValueError, match=r"must fluctuate, got a quiescent state at g = 0\.8"):
        dmft.solve_two_site(dmft.solve_stationary(CHAOS.replace(g=0.8)))


def test_refuses_what_did_not_converge():
    noisy = dmft.RandomNetwork(g=2.0, drive=dmft.OrnsteinUhlenbeck(1.0, 0.5))
    rough = dmft.solve_stationary(noisy, max_steps=1, on_failure="ignore")
    assert not rough.convergence.converged
    with pytest.raises(ValueError, match="must have converged, got"):
        dmft.solve_two_site(rough)


def test_refuses_a_static_part():
    stationary = dmft.solve_stationary(dmft.RandomNetwork(g=1.2, nonlinearity=dmft.ReLU(), drive=dmft.WhiteNoise(1.0)))
    with pytest.raises(ValueError, match="odd nonlinearities"):
        dmft.solve_two_site(stationary)


def test_refuses_a_sinusoid():
    driven = dmft.RandomNetwork(g=1.5, drive=dmft.Sinusoid(amplitude=0.5, frequency=0.2, phases="random"))
    with pytest.raises(ValueError, match="sinusoid"):
        dmft.solve_two_site(dmft.solve_stationary(driven))


@pytest.mark.parametrize("of", ["y", "phi-x", None])
def test_refuses_unknown_kinds(two_site, of):
    for call in (
        lambda: dmft.effective_dimension(two_site, of),
        lambda: two_site.psi_at(0.0, of=of),
        lambda: two_site.psi(0.0, 1.0, of=of),
        lambda: two_site.psi_spectrum(0.0, 1.0, of=of),
    ):
        with pytest.raises(ValueError, match="of must be one of 'phi', 'x'"):
            call()


def test_refuses_other_solutions_and_frequencies(two_site):
    with pytest.raises(TypeError, match="a solution of solve_stationary or solve_two_site, got RandomNetwork"):
        dmft.effective_dimension(two_site.network)
    assert dmft.effective_dimension(two_site.stationary) == dmft.effective_dimension(two_site)
    with pytest.raises(ValueError, match="frequency must be finite"):
        dmft.effective_dimension(two_site, frequency=np.inf)
    with pytest.raises(ValueError, match="lag must be finite"):
        two_site.psi_at(np.nan)


def test_arrays_and_labels(two_site):
    np.testing.assert_allclose(two_site.psi_at(two_site.lags), two_site.psi_phi, rtol=1e-12)
    np.testing.assert_allclose(two_site.psi_at(two_site.lags, of="x"), two_site.psi_x, rtol=1e-12)
    assert isinstance(two_site.psi_at(1.0), float)
    assert two_site.psi([0.0, 1.0], [0.0, 1.0, 2.0]).shape == (2, 3)
    assert set(two_site.to_xarray().data_vars) == {"psi_phi", "psi_x", "population_timescale"}


def test_wave_weights_are_exact_for_polynomials_at_any_frequency():
    mesh = HalfLine(graded_edges(0.3, 2.0, 7.0))
    for t in (0.0, 0.5, -3.0, 200.0):
        # int_0^7 s exp(i s t) ds
        exact = 24.5 if t == 0 else (7.0 * np.exp(7j * t) / (1j * t) + (np.exp(7j * t) - 1.0) / t**2)
        assert wave_weights(mesh, t) @ mesh.nodes == pytest.approx(exact, rel=1e-11, abs=1e-13)


def test_even_transform_of_an_exponential():
    mesh = HalfLine(graded_edges(0.1, 4.0, 40.0))
    omega = np.array([0.0, 0.3, 5.0, 1e3])
    found = even_transform(mesh, [np.exp(-mesh.nodes), np.exp(-2.0 * mesh.nodes)], omega)
    exact = [2.0 / (1.0 + omega**2), 4.0 / (4.0 + omega**2)]
    np.testing.assert_allclose(found, exact, rtol=1e-9)


def test_exponential_averages_of_an_exponential():
    mesh = HalfLine(graded_edges(0.1, 4.0, 60.0))
    z = np.array([0.3j, -0.4 + 0.7j])
    past, future = exponential_averages(mesh, np.exp(-mesh.nodes)[None], z)
    t = mesh.edges[:, None]
    np.testing.assert_allclose(past[0], (np.exp(1j * z * t) - np.exp(-t)) / (1.0 + 1j * z), rtol=1e-9, atol=1e-14)
    # what the end of the mesh cuts off is exp(-60)
    np.testing.assert_allclose(future[0], np.exp(-t) / (1.0 + 1j * z.conj()), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("rate", [0.4, 1.25, 1.25 + 1e-9, 3.0])
def test_filtered_input_has_its_spectrum(rate):
    mesh = HalfLine(graded_edges(0.05, 4.0, 36.0 / min(rate, 1.0)))
    omega = np.array([0.0, 0.7, 4.0])
    for drive in (dmft.OrnsteinUhlenbeck(1.5, 0.8), dmft.WhiteNoise(2.0)):
        found = even_transform(mesh, drive.filtered(rate, mesh.nodes)[None], omega)[0]
        np.testing.assert_allclose(found, drive.spectrum(omega) / (rate**2 + omega**2), rtol=1e-8)


@pytest.mark.parametrize("g", [1.05, 1.3, 2.0, 5.0])
@pytest.mark.parametrize("part", [1e-4, -1e-4])
def test_the_error_of_the_dimension_bounds_what_wrong_correlations_make_of_it(g, part):
    """All of C^x off by a known part, the averages over phi with it: the dimension moves by less than its error."""
    import dataclasses

    from dmft.theories.stationary.single_site import gaussian_site

    right = dmft.solve_stationary(dmft.RandomNetwork(g))
    site = gaussian_site(right.network.nonlinearity, (1 + part) * right.variance)
    wrong = dataclasses.replace(
        right,
        correlation=lambda lags: (1 + part) * right.correlation(lags),
        single_site=site,
        variance=site.variance,
        mean_slope=site.mean_slope,
        mean_square_slope=site.mean_square_slope,
        convergence=dataclasses.replace(right.convergence, error=abs(part)),
    )
    for of in ("phi", "x"):
        exact = dmft.effective_dimension(right, of=of)
        # The residual of such a state is not small, and not what is tested here.
        two_site = dmft.solve_two_site(wrong, on_failure="ignore")
        two_site = dataclasses.replace(two_site, convergence=dataclasses.replace(two_site.convergence, residual=0.0))
        found = dmft.effective_dimension(two_site, of=of)
        assert abs(found - exact) <= found.error
        assert found.error < found
