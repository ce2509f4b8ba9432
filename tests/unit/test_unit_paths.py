"""Paths of units in Gaussian fields: compiled and numpy marches agree, columns are white, the control takes no bias."""

import numba
import numpy as np
import pytest
from scipy.fft import rfft

import dmft
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.unit_paths import Columns, Fields, marcher
from dmft.numerics.unit_paths.controlled import Moments, estimated, fitted

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
    assert cross == pytest.approx(np.broadcast_to(np.eye(2), cross.shape), abs=1e-6)  # in single precision
    assert np.max(np.abs(columns.rows.mean(axis=1))) < 1e-6
    halved = Columns(PeriodicGrid(128, 0.1), 2, 50, np.random.default_rng(5))
    assert halved.rows[:, :, :33] == pytest.approx(columns.rows, abs=1e-6)


def test_fields_have_the_covariance_of_their_spectrum():
    grid = PeriodicGrid(256, 0.2)
    columns = Columns(grid, 1, 100, np.random.default_rng(5))
    wanted = 2.0 * np.exp(-((grid.lags / 2.0) ** 2))
    eta = columns.fields(columns.amplitude(grid.spectrum(wanted)[None]), slice(0, 100))[0]
    assert np.mean(eta * eta) == pytest.approx(2.0, rel=1e-6)
    assert np.mean(eta * np.roll(eta, 10, axis=0)) == pytest.approx(wanted[5], rel=1e-5)


def test_frozen_parts_are_strata_that_two_paths_share():
    columns = Columns(PeriodicGrid(64, 0.2), 2, 200, np.random.default_rng(5), frozen=True)
    assert np.array_equal(columns.frozen[:, 0::2], columns.frozen[:, 1::2])
    assert columns.frozen @ columns.frozen.T / 200 == pytest.approx(np.eye(2), abs=1e-12)
    assert columns.frozen.mean(axis=1) == pytest.approx(np.zeros(2), abs=1e-12)
    assert np.abs(columns.frozen[0] @ columns.rows[0, :, 0]) < 1e-4  # what fluctuates slowest knows nothing of them
    many = Columns(PeriodicGrid(16, 0.2), 1, 2000, np.random.default_rng(5), frozen=True).frozen[0]
    assert np.mean(np.exp(-(many**2))) == pytest.approx(3**-0.5, abs=2e-3)  # of free numbers the error is 0.009
    fields = Fields(columns, np.zeros((2, 33)), np.array([0.3, -0.2]), np.array([2.0, 0.0]))
    eta = fields.block(slice(0, 200))
    assert eta[0, 5] == pytest.approx(0.3 + 2.0 * columns.frozen[0], rel=1e-5, abs=1e-6)
    assert eta[1, 5] == pytest.approx(np.full(200, -0.2), rel=1e-5)


@pytest.mark.parametrize(("odd", "frozen"), [(True, 0.0), (False, 0.8)])
def test_the_control_takes_variance_and_no_bias(odd, frozen):
    """x' = -x + h, x of a known covariance and a frozen part: C and the mean of what it sends, tanh x or sech(x - 0.5),
    are Gaussian integrals."""
    exact = dmft.solve_stationary(dmft.RandomNetwork(2.0))
    grid, at, output = PeriodicGrid(512, 0.2), [0, 10, 20], np.tanh if odd else _bell
    march, plain, better, control = marcher(UNITS["tanh"].stated), [], [], None
    known = _known(output, exact.corr_x_at(grid.lags[at]), frozen)
    for seed in range(41):
        columns = Columns(grid, 1, 200, np.random.default_rng(seed), frozen=not odd)
        amplitude = columns.amplitude(4.0 * grid.spectrum(exact.corr_phi_at(grid.lags))[None])
        fields = Fields(columns, amplitude, np.zeros(1), np.array([np.sqrt(frozen)]))
        values = output(march(fields.block(slice(0, 200)), np.zeros((1, 200)), 0.2, 128)[0].T.copy())
        signal = rfft(values, axis=-1)
        if control is None:  # of paths of its own
            control = fitted(fields, values, signal, odd=odd)
            continue
        process, told, made = control.process(fields), Moments(grid.n_omega), Moments(grid.n_omega)
        told.add(signal, 512, 200)
        made.add(rfft(process.made(slice(0, 200)), axis=-1), 512, 200)
        with_it, without = (estimated(grid, told, *more, known[-1]) for more in ((made, process), (None, None)))
        for found, kept in ((with_it, better), (without, plain)):
            kept.append([*found.covariance[at], *([] if odd else [found.frozen, found.mean])])
    scatter = [np.std(part, axis=0, ddof=1) for part in (plain, better)]
    assert np.all(scatter[1] < 0.6 * scatter[0])
    assert np.all(np.abs(np.mean(better, axis=0) - known[: 3 if odd else 5]) < 4.0 * scatter[1] / np.sqrt(40))


def _bell(x):
    return 1.0 / np.cosh(x - 0.5)


def _known(output, covariance, frozen):
    """Return the covariances of o at these of what fluctuates, and where none is left of them, and <o>."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    size = np.sqrt(covariance[0] + frozen)
    here = output(size * nodes)
    known = []
    for r in (np.array([*covariance, 0.0]) + frozen) / size**2:
        there = output(size * (r * nodes[:, None] + np.sqrt(max(1.0 - r * r, 0.0)) * nodes)) @ weights
        known.append(weights @ (here * there))
    mean = weights @ here
    return np.array([*(np.array(known) - mean**2), mean])
