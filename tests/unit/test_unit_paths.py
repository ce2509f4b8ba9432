"""Paths of units in Gaussian fields: compiled and numpy marches agree, columns are white, the control takes no bias."""

import numba
import numpy as np
import pytest
from scipy.fft import rfft

import dmft
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.sampling.periodic_grid import power
from dmft.numerics.unit_paths import Columns, marcher
from dmft.numerics.unit_paths.controlled import controlled, fitted

UNITS = {
    "tanh": dmft.Dynamics("-x + h", "tanh(x)"),
    "bistable": dmft.Dynamics("-x + s*tanh(x) + h", "tanh(x)", s=1.2),
    "gate": dmft.Gated(2.0).dynamics(),
    "names": dmft.Dynamics(
        {"lambda1": "-lambda1 + i*erf(a) + abs(lambda1)*0", "a": "-a + max(lambda1, -1, a/3) + j**2/9"},
        {"i": "sinh(a/5)", "j": "lambda1**3/(1 + E*lambda1**2)"},
    ),
}


@pytest.mark.parametrize("name", UNITS)
def test_the_compiled_march_is_that_of_numpy(name, monkeypatch):
    march = marcher(UNITS[name].stated)
    rng = np.random.default_rng(1)
    eta = rng.standard_normal((len(march.fields), 128, 5))
    start = rng.standard_normal((len(march.states), 5))
    compiled = march(eta, start, 0.2, 16)
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    assert compiled == pytest.approx(march(eta, start, 0.2, 16), rel=1e-11, abs=1e-11)


def test_the_march_is_of_fourth_order_and_periodic():
    march = marcher(UNITS["bistable"].stated)

    def ended(n):
        times = np.arange(2 * n) * (20.0 / (2 * n))
        eta = (1.5 * np.sin(2 * np.pi * times / 20.0) + np.cos(6 * np.pi * times / 20.0))[None, :, None]
        return march(eta, np.ones((1, 1)), 20.0 / n, n)[0, :: n // 50, 0]

    exact = ended(1600)
    coarse, fine = (np.max(np.abs(ended(n) - exact)) for n in (50, 100))
    assert 12.0 < coarse / fine < 30.0


def test_columns_are_white_over_the_paths_and_shared_by_halved_steps():
    columns = Columns(PeriodicGrid(64, 0.2), 2, 50, np.random.default_rng(5))
    cross = np.einsum("kiw,liw->wkl", columns.rows, columns.rows.conj()) / 50
    assert cross == pytest.approx(np.broadcast_to(np.eye(2), cross.shape), abs=1e-12)
    assert np.max(np.abs(columns.rows.mean(axis=1))) < 1e-12
    halved = Columns(PeriodicGrid(128, 0.1), 2, 50, np.random.default_rng(5))
    assert halved.rows[:, :, :33] == pytest.approx(columns.rows, abs=1e-12)


def test_fields_have_the_covariance_of_their_spectrum():
    grid = PeriodicGrid(256, 0.2)
    columns = Columns(grid, 1, 100, np.random.default_rng(5))
    wanted = 2.0 * np.exp(-((grid.lags / 2.0) ** 2))
    eta = columns.fields(columns.amplitude(grid.spectrum(wanted)[None]), slice(0, 100))[0]
    assert np.mean(eta * eta) == pytest.approx(2.0, rel=1e-9)
    assert np.mean(eta * np.roll(eta, 10, axis=0)) == pytest.approx(wanted[5], rel=1e-9)


def test_the_control_takes_variance_and_no_bias():
    exact = dmft.solve_stationary(dmft.RandomNetwork(2.0))
    grid = PeriodicGrid(512, 0.2)
    known = exact.corr_phi_at(grid.lags)
    march, plain, better, control = marcher(UNITS["tanh"].stated), [], [], None
    for seed in range(41):
        columns = Columns(grid, 1, 200, np.random.default_rng(seed))
        amplitude = columns.amplitude(4.0 * grid.spectrum(known)[None])
        values = march(columns.fields(amplitude, slice(0, 200)), np.zeros((1, 200)), 0.2, 128)[1].T.copy()
        signal = rfft(values, axis=-1)
        if control is None:  # of paths of its own
            control = fitted(columns, amplitude, values, signal)
            continue
        better.append(controlled(columns, amplitude, signal, control)[[0, 10, 20]])
        plain.append(columns.grid.correlation(power(signal).mean(axis=0) * 0.2 / 512)[[0, 10, 20]])
    scatter = [np.std(part, axis=0, ddof=1) for part in (plain, better)]
    assert np.all(scatter[1] < 0.6 * scatter[0])
    assert np.all(np.abs(np.mean(better, axis=0) - known[[0, 10, 20]]) < 4.0 * scatter[1] / np.sqrt(40))
