"""Two-site theory against sums over frequencies (`make_two_site_reference.py`), no poles, no closed forms."""

import json
from pathlib import Path

import numpy as np
import pytest

import dmft

DATA = json.loads((Path(__file__).parent / "two_site_reference.json").read_text())
PHI = {"tanh": dmft.Tanh(), "erf": dmft.Erf()}


def solved(**settings):
    return dmft.solve_two_site(dmft.solve_stationary(dmft.RandomNetwork(**settings)))


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda c: f"{c['phi']}-{c['g']}")
def test_dimension_of_chaos(case):
    two_site = solved(g=case["g"], nonlinearity=PHI[case["phi"]])
    # half a unit of the last digit printed, and the 1e-6 asked for
    assert dmft.effective_dimension(two_site, "phi") == pytest.approx(case["phi_dimension"], abs=5.1e-9, rel=0)
    assert dmft.effective_dimension(two_site, "x") == pytest.approx(case["x_dimension"], abs=5.1e-9, rel=0)
    assert two_site.population_timescale == pytest.approx(case["timescale"], abs=5.1e-4)


@pytest.mark.parametrize("case", DATA["noise"], ids=lambda c: f"{c['g']}-{c['intensity']}")
def test_dimension_with_noise(case):
    two_site = solved(g=case["g"], drive=dmft.WhiteNoise(case["intensity"]))
    assert dmft.effective_dimension(two_site, "phi") == pytest.approx(case["phi_dimension"], abs=1e-5)
    assert dmft.effective_dimension(two_site, "x") == pytest.approx(case["x_dimension"], abs=1e-5)


def test_lagged_sum():
    data = DATA["lagged_phi_g3"]
    two_site = solved(g=3.0)
    zero = two_site.psi_at(0.0)
    assert zero == pytest.approx(data["at_zero"], abs=5e-3)
    np.testing.assert_allclose(two_site.psi_at(data["lags"]) / zero, data["relative"], atol=5.1e-5)


def double_sum(stationary, lags, step, half_width):
    """sum_ij C_ij(lag)^2/N by Fourier transforms on a uniform grid and a sum over all pairs of frequencies."""
    n = round(half_width / step)
    grid = step * np.arange(n)
    network = stationary.network
    reach = 30.0 / stationary.decay_rate
    near = grid <= reach

    def spectrum(values):
        half = np.zeros(n)
        half[near] = values[near]
        circular = np.concatenate([half, [0.0], half[:0:-1]])
        return step * np.fft.fft(circular).real

    omega = 2.0 * np.pi * np.fft.fftfreq(2 * n, step)
    c_phi = spectrum(stationary.corr_phi_at(np.minimum(grid, reach)))
    leak = 1.0 / (1.0 + omega**2)
    drive = network.drive
    if drive is None:
        c_i = np.zeros_like(omega)
    else:
        rate = 1.0 / drive.correlation_time
        c_i = drive.variance * 2.0 * rate / (rate**2 + omega**2)
    g2, slope = network.g**2, stationary.mean_slope
    response = slope / (1.0 + 1j * omega)
    p = g2 * np.abs(response) ** 2
    r = c_phi * (1.0 - p) - np.abs(response) ** 2 * c_i
    weight = 1.0 / (2 * n * step)
    keep = np.flatnonzero(np.abs(omega) < 25.0)  # spectra are below 1e-12 beyond
    total = np.zeros((2, len(lags)))
    for k in keep:
        q = g2 * response[k] * response[keep]
        ridge = 1.0 / np.abs(1.0 - q) ** 2
        of_phi = ridge * c_phi[k] * c_phi[keep]
        # tr Sigma^x(w1) Sigma^x(w2): the sum over planar diagrams as it stands, nothing simplified
        t = ridge / ((1.0 - p[k]) * (1.0 - p[keep]))
        inner = (
            g2**2 * (2.0 - p[k] * p[keep]) * r[k] * r[keep]
            + g2 * c_i[k] * r[keep] * (1.0 + p[k] * (1.0 - p[keep]))
            + g2 * r[k] * c_i[keep] * (1.0 + p[keep] * (1.0 - p[k]))
            + c_i[k] * c_i[keep]
        )
        of_x = leak[k] * leak[keep] * t * inner
        wave = np.exp(1j * np.outer(lags, omega[k] + omega[keep]))
        total += weight**2 * np.real(np.stack([of_phi, of_x]) @ wave.T)
    return total


@pytest.mark.long
@pytest.mark.parametrize(
    ("settings", "tolerance"),
    [
        ({"g": 3.0}, 1e-9),
        # the cusp of the input leaves spectra ~ w^-4 and the grid an error ~ step^4
        ({"g": 2.0, "drive": dmft.OrnsteinUhlenbeck(variance=2.0, correlation_time=0.8)}, 2e-5),
    ],
    ids=["chaos", "coloured noise"],
)
def test_double_sum(settings, tolerance):
    stationary = dmft.solve_stationary(dmft.RandomNetwork(**settings))
    two_site = dmft.solve_two_site(stationary)
    lags = np.array([0.0, 3.0, 17.0])
    timescale = two_site.population_timescale
    of_phi, of_x = double_sum(stationary, lags, step=0.1, half_width=11.0 * timescale)
    np.testing.assert_allclose(two_site.psi_at(lags), of_phi, rtol=tolerance)
    np.testing.assert_allclose(two_site.psi_at(lags, of="x"), of_x, rtol=tolerance)
