"""Relations that hold in every state: frequency and lag, symmetries, decay, and identities of random matrices."""

import numpy as np
import pytest

import dmft

STATES = {
    "chaos": dmft.RandomNetwork(g=2.5),
    "white": dmft.RandomNetwork(g=1.5, drive=dmft.WhiteNoise(0.7)),
    "coloured": dmft.RandomNetwork(g=2.0, drive=dmft.OrnsteinUhlenbeck(1.0, 0.6)),
}


@pytest.fixture(scope="module", params=STATES, ids=str)
def two_site(request):
    return dmft.solve_two_site(dmft.solve_stationary(STATES[request.param]))


@pytest.mark.parametrize("of", ["phi", "x", "x-phi"])
def test_lags_are_the_transform_of_frequencies(two_site, of):
    """psi(t1, t2) by a plain double sum of psi(w1, w2): the poles against the formula they came from."""
    step, n = 0.02, 400
    omega = step * (np.arange(-n, n) + 0.5)
    values = two_site.psi_spectrum(omega[:, None], omega, of=of)
    t1, t2 = np.array([0.0, 1.0, -2.5]), np.array([0.0, 2.0, -3.0])
    wave1, wave2 = np.exp(1j * np.outer(t1, omega)), np.exp(1j * np.outer(t2, omega))
    total = wave1 @ values @ wave2.T * (step / (2.0 * np.pi)) ** 2
    scale = abs(total[0, 0])
    assert np.max(np.abs(total.imag)) < 1e-12 * scale
    # cut at |w| = 8: what is missing is below 1e-4 with white noise, whose psi falls slowest
    np.testing.assert_allclose(two_site.psi(t1, t2, of=of), total.real, atol=3e-4 * scale)


@pytest.mark.parametrize("of", ["phi", "x"])
def test_symmetries(two_site, of):
    lags = np.array([-4.0, -1.0, 0.0, 1.0, 4.0])
    values = two_site.psi(lags, lags, of=of)
    np.testing.assert_allclose(values, values.T, rtol=1e-9)
    np.testing.assert_allclose(values, values[::-1, ::-1], rtol=1e-9)
    single = two_site.kernel.single(lags, of)
    np.testing.assert_allclose(np.diagonal(values) + single**2, two_site.psi_at(lags, of=of), rtol=1e-9)


def test_mixed_covariance_has_a_direction(two_site):
    forward, backward = two_site.psi_at([2.0, -2.0], of="x-phi")
    assert abs(forward / backward - 1.0) > 0.01


def test_slow_decay(two_site):
    """Cross-covariances outlive the autocovariance: their squares decay with twice the population rate 1 - g <phi'>."""
    timescale = two_site.population_timescale
    late = np.array([12.0, 13.0]) * timescale
    a, b = two_site.psi_at(late)
    rate = -np.log(b / a) / timescale
    # I_0-like modes near the edge of the disc: exp(-2 t/T) times a power t^-1/2 or t^-3/2
    powers = -np.log(13.0 / 12.0) * np.array([0.4, 2.1])
    assert 2.0 - powers[0] < rate * timescale < 2.0 - powers[1]


def test_residual_sees_a_short_window(two_site, monkeypatch):
    import dmft.theories.two_site.pole as pole

    monkeypatch.setattr(pole, "_REACH", 12.0)
    with pytest.raises(dmft.NotConvergedError, match="window") as caught:
        dmft.solve_two_site(two_site.stationary)
    assert caught.value.solution.convergence.status is dmft.Status.GRID_TOO_SHORT


@pytest.mark.long
def test_identities_of_random_matrices():
    """(1/N) sum_ij C_ij(w1) C_ij(w2) of the linear equivalent of drawn J against the planar diagrams, to 1 %."""
    intensity = 3.0
    stationary = dmft.solve_stationary(dmft.RandomNetwork(g=1.5, drive=dmft.WhiteNoise(intensity)))
    two_site = dmft.solve_two_site(stationary)
    n, n_matrices, g, slope = 400, 12, stationary.network.g, stationary.mean_slope
    omega = (0.2, -0.7)
    rng = np.random.default_rng(5)
    ratios = []
    for _ in range(n_matrices):
        couplings = rng.standard_normal((n, n)) * (g / np.sqrt(n))
        spectra = {"phi": [], "x": [], "x-phi": []}
        for w in omega:
            response, leak = slope / (1.0 + 1j * w), 1.0 / (1.0 + 1j * w)
            c_phi = float(two_site.kernel.single_spectrum(w, "phi"))
            r = c_phi * (1.0 - abs(g * response) ** 2) - abs(response) ** 2 * intensity
            resolvent = np.linalg.inv(np.eye(n) - response * couplings)
            # phi = R (xi + S I), x = F (J phi + I), with xi and I independent between units; columns: xi, then I
            of_phi = np.hstack([resolvent * np.sqrt(r), resolvent * (response * np.sqrt(intensity))])
            of_x = leak * (couplings @ of_phi)
            of_x[:, n:] += leak * np.sqrt(intensity) * np.eye(n)
            spectra["phi"].append(of_phi @ of_phi.conj().T)
            spectra["x"].append(of_x @ of_x.conj().T)
            spectra["x-phi"].append(of_x @ of_phi.conj().T)
        ratios.append(
            [np.sum(a * b) / n / two_site.kernel.at_frequencies(*omega, of) for of, (a, b) in spectra.items()]
        )
    mean = np.mean(ratios, axis=0)
    error = np.std(ratios, axis=0, ddof=1) / np.sqrt(n_matrices)
    assert np.all(error < 0.01)
    assert np.all(np.abs(mean - 1.0) < 4.0 * error)
