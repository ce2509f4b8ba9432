"""Effective single-site processes: noise, memory, control variate."""

import numpy as np
import pytest

from dmft import Erf, Tanh
from dmft.numerics.gaussian import averages
from dmft.numerics.sampling import (
    CausalBasis,
    PeriodicGrid,
    PeriodicNoise,
    controlled_correlation,
    fast,
    mean_slope,
    memory_kernel,
    paths_with_memory,
)

GRID = PeriodicGrid(512, 0.2)


def _correlation(lags):
    return 0.7 * np.exp(-0.5 * (lags / 2.0) ** 2)


def test_grid_transforms_are_inverse_and_the_spectrum_is_in_the_stated_convention():
    corr = _correlation(GRID.lags)
    spectrum = GRID.spectrum(corr)
    exact = 0.7 * np.sqrt(2 * np.pi) * 2.0 * np.exp(-0.5 * (2.0 * GRID.omega) ** 2)
    np.testing.assert_allclose(spectrum, exact, atol=1e-12)
    np.testing.assert_allclose(GRID.correlation(spectrum), corr, atol=1e-12)


def test_grid_refuses_a_count_that_has_no_quarter():
    with pytest.raises(ValueError, match="multiple of 4"):
        PeriodicGrid(510, 0.2)


def test_sample_spectrum_of_the_noise_is_exact():
    noise = PeriodicNoise(GRID, 8, np.random.default_rng(0))
    spectrum = GRID.spectrum(_correlation(GRID.lags))
    paths = noise.paths(noise.amplitude(spectrum))
    assert paths.shape == (512, 8)
    sampled = GRID.sample_spectrum(np.fft.rfft(paths, axis=0))
    np.testing.assert_allclose(sampled, spectrum, rtol=1e-9, atol=1e-12)
    assert np.mean(paths**2) == pytest.approx(0.7, rel=1e-9)


def test_noise_is_gaussian_and_independent_between_paths():
    noise = PeriodicNoise(GRID, 2000, np.random.default_rng(1))
    paths = noise.paths(noise.amplitude(GRID.spectrum(_correlation(GRID.lags))))
    # about 2000 * 512/18 independent values: the fourth moment has standard error sqrt(96/5.7e4) = 0.04
    assert np.mean(paths**4) / np.mean(paths**2) ** 2 == pytest.approx(3.0, abs=0.15)
    assert abs(np.mean(paths[:, 0::2] * paths[:, 1::2])) < 5 * 0.7 / np.sqrt(1000 * 512 / 18)


def test_grid_of_one_length_share_their_low_frequencies():
    coarse = PeriodicNoise(GRID, 4, np.random.default_rng(5))
    fine = PeriodicNoise(PeriodicGrid(1024, 0.1), 4, np.random.default_rng(5))
    np.testing.assert_array_equal(coarse.columns[1:256], fine.columns[1:256])


def test_compiled_tanh():
    x = np.concatenate([np.linspace(-30, 30, 10001), [0.0, -1e-9, 1e-300]])
    np.testing.assert_allclose(fast(Tanh())(x), np.tanh(x), atol=3e-14, rtol=0)
    assert fast(Erf()) == Erf()


def test_memory_kernel_against_its_closed_form():
    # C = cos(a u): K = s r exp(-r u) cos(a u), G = s r Re[(exp(-u) - exp(-(r + i a) u)) / (r + i a - 1)]
    lags = GRID.lags
    a, r, s = 0.6, 0.4, 1.3
    kernel = memory_kernel(np.cos(a * lags), strength=s, rate=r, step=0.2)
    u = lags[: len(kernel)]
    pole = r + 1j * a
    exact = s * r * np.real((np.exp(-u) - np.exp(-pole * u)) / (pole - 1.0))
    np.testing.assert_allclose(kernel, exact, atol=2e-6)


@pytest.mark.parametrize("nonlinearity", [Tanh(), Erf()])
def test_paths_with_memory_solve_their_differential_equation_to_fourth_order(nonlinearity):
    from scipy.integrate import solve_ivp

    a, r, s = 0.6, 0.4, 1.3
    omega = 2 * np.pi / 25.6 * np.array([2, 5])

    def drive(t):
        return 1.1 * np.cos(omega[0] * t) + 0.8 * np.sin(omega[1] * t)

    def rhs(t, y):
        phi = nonlinearity(y[0])
        # z = int exp(-(r + i a) u) phi(t - u) du, in real parts
        return [
            -y[0] + drive(t) + s * r * y[1],
            -r * y[1] + a * y[2] + phi,
            -r * y[2] - a * y[1],
        ]

    start = -51.2
    times = np.arange(0, 25.6, 0.4)
    exact = solve_ivp(rhs, (start, 25.6), [0.0, 0.0, 0.0], t_eval=times, rtol=1e-10, atol=1e-11).y[0]
    errors = []
    for step in (0.4, 0.2, 0.1):
        t = step * np.arange(round(25.6 / step))
        coefficients = np.fft.rfft(drive(t)) / (1 + 1j * 2 * np.pi * np.fft.rfftfreq(len(t), step))
        linear = np.fft.irfft(coefficients, len(t))[:, None].repeat(3, axis=1)
        kernel = memory_kernel(np.cos(a * step * np.arange(round(40 / step))), strength=s, rate=r, step=step)
        x, phi = paths_with_memory(
            linear,
            kernel,
            start_of_memory=s * r,
            step=step,
            nonlinearity=nonlinearity,
            burn_in=round(51.2 / step),
        )
        np.testing.assert_allclose(phi, nonlinearity(x), atol=1e-13)
        np.testing.assert_array_equal(x[:, 0], x[:, 2])
        errors.append(np.max(np.abs(x[:: round(0.4 / step), 0] - exact)))
    assert errors[1] < 1e-4
    assert errors[0] / errors[1] > 10 or errors[0] < 1e-5
    assert errors[2] < 2e-5


def test_control_variate_of_a_gaussian_process_is_exact():
    noise = PeriodicNoise(GRID, 32, np.random.default_rng(2))
    amplitude = noise.amplitude(GRID.spectrum(_correlation(GRID.lags)))
    phi = np.fft.rfft(np.tanh(noise.paths(amplitude)), axis=0)
    plain = GRID.correlation(GRID.sample_spectrum(phi))
    result = controlled_correlation(noise, amplitude, phi, response=np.ones(257), nonlinearity=Tanh())
    exact = averages(Tanh(), 0.7).corr_phi(_correlation(GRID.lags))
    np.testing.assert_allclose(result, exact, atol=1e-9)
    assert np.max(np.abs(plain - exact)) > 1e-4  # without it the sampling error is seen


def test_control_variate_reduces_the_scatter_of_a_process_that_is_nearly_gaussian():
    plain, controlled = [], []
    for seed in range(12):
        noise = PeriodicNoise(GRID, 16, np.random.default_rng(seed))
        amplitude = noise.amplitude(GRID.spectrum(_correlation(GRID.lags)))
        y = noise.paths(amplitude)
        phi = np.fft.rfft(np.tanh(y + 0.1 * y**3), axis=0)
        plain.append(GRID.correlation(GRID.sample_spectrum(phi)))
        response = 1.2 * np.ones(257)
        controlled.append(controlled_correlation(noise, amplitude, phi, response=response, nonlinearity=Tanh()))
    assert np.std(controlled, axis=0)[:20].mean() < 0.3 * np.std(plain, axis=0)[:20].mean()
    difference = np.mean(controlled, axis=0) - np.mean(plain, axis=0)
    assert abs(difference[0]) < 5 * np.std(plain, axis=0)[0] / np.sqrt(12)


def test_causal_basis_begins_at_zero_and_fits_what_it_spans():
    grid = PeriodicGrid(4096, 0.05)
    basis = CausalBasis(grid, 1.5, 6)
    in_time = np.fft.irfft(basis.functions, grid.n_steps, axis=1) / grid.step
    np.testing.assert_allclose(in_time[0, :200], 1.5**2 * grid.lags[:200] * np.exp(-1.5 * grid.lags[:200]), atol=0.02)
    # what the highest frequency leaves before time 0 falls off like that frequency's inverse
    assert np.max(np.abs(in_time[:, -1000:-20])) < 2e-3
    coefficients = np.array([0.3, -1.0, 0.2, 0.0, 0.5, 0.1])
    target = coefficients @ basis.functions
    weight = np.exp(-grid.omega)
    np.testing.assert_allclose(basis.fit(target, weight), target, atol=1e-8)
    # frequencies of no weight are not looked at
    spoilt = np.where(grid.omega > 5.0, 7.0, target)
    np.testing.assert_allclose(basis.fit(spoilt, np.where(grid.omega > 5.0, 0.0, 1.0)), target, atol=1e-6)


@pytest.mark.parametrize("nonlinearity", [Tanh(), Erf()])
def test_mean_slope(nonlinearity):
    x = np.random.default_rng(0).standard_normal((50, 7))
    expected = np.mean(nonlinearity.derivative(x))
    assert mean_slope(nonlinearity, x, nonlinearity(x)) == pytest.approx(expected, rel=1e-12)
