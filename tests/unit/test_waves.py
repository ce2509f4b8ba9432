"""Waves that do not decay: what fields hold of them, and functions of them whose averages are known."""

import numpy as np
import pytest

from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.unit_paths import Columns, Fields
from dmft.numerics.unit_paths.functions import Sines, Steps
from dmft.theories.stationary.stated_units.turns import (
    ROUGHEST,
    STEPS,
    bins_of,
    harmonics,
    late_waves,
    ring,
    turned,
    turning_fields,
)


@pytest.mark.parametrize("frozen", [False, True])
def test_fields_hold_their_spectra_their_waves_and_the_sinusoid(frozen):
    grid, spectra, waves = PeriodicGrid(64, 0.2), np.full((2, 33), 0.3), np.array([[0.5, 0.1], [0.2, 0.0]])
    columns = Columns(grid, 2, 100, np.random.default_rng(1), frozen=frozen, bins=(4, 12))
    at_once = columns.waves * np.conj(columns.phases[:, None] ** np.array([1, 3]))  # without phases
    assert np.allclose(at_once[:, 0::2], at_once[:, 1::2], atol=1e-5) == frozen
    plain = Fields(columns, columns.amplitude(spectra), np.zeros(2), np.zeros(2))
    fields = turning_fields(plain, spectra, waves, 0.8)
    found = np.fft.rfft(np.swapaxes(fields.block(slice(0, 100))[:, ::2], 1, 2), axis=-1)
    power = np.mean(np.abs(found) ** 2, axis=1)
    assert power[:, 5] == pytest.approx([0.3 * 320] * 2, rel=1e-5)  # S n/step
    held = 0.3 * 320 + 0.5 * 64**2 * waves
    held[0, 0] += 0.25 * 64**2 * 0.8**2
    assert power[:, [4, 12]] == pytest.approx(held, rel=1e-5)
    turning = np.mean(found[0, :, 4] * np.conj(columns.phases))
    assert np.abs(turning) == pytest.approx(0.5 * 64 * 0.8, rel=1e-5)


def test_waves_that_are_negative_by_chance_take_power_away():
    grid, spectra = PeriodicGrid(64, 0.2), np.full((1, 33), 0.3)
    columns = Columns(grid, 1, 64, np.random.default_rng(1), bins=(4,))
    plain = Fields(columns, columns.amplitude(spectra), np.zeros(1), np.zeros(1))
    fields = turning_fields(plain, spectra, np.array([[-0.01]]), 0.0)
    assert fields.amplitude[0, 4] ** 2 == pytest.approx(0.3 * 320 - 0.5 * 64**2 * 0.01)
    assert not np.any(fields.waves)


def test_rings_hold_whole_turns():
    for turn in (0.3, 7.7, 41.0, 106.0):
        grid = ring(320.0 / 3.0, min(ROUGHEST, turn / STEPS), turn)
        turns = grid.window / turn
        assert turns == pytest.approx(round(turns), abs=1e-9)
        assert round(turns) >= 4
        assert grid.step <= min(ROUGHEST, turn / STEPS) * (1.0 + 1e-9)
        kept = harmonics(turn, centred=False)
        assert kept[0] == 1
        assert bins_of(grid, turn, kept)[-1] < grid.n_steps // 2


def test_steps_are_kept_where_turns_hold_whole_ones():
    assert ring(320.0 / 3.0, 0.5, 10.0).step == 0.5
    assert ring(320.0 / 3.0, 0.25, 1.0 / 0.3).step == 0.25
    assert 0.45 < ring(320.0 / 3.0, 0.5, np.pi**2).step < 0.5


@pytest.mark.parametrize("centred", [False, True])
def test_waves_are_read_off_late_lags(centred):
    turn = 10.0
    grid, kept = ring(106.0, 0.3, turn), harmonics(turn, centred)
    lags = grid.step * np.arange(grid.n_steps // 2 + 1)
    sizes = 0.3 ** np.arange(len(kept))
    covariance = sizes @ turned(turn, kept, lags) + np.exp(-lags) + 0.2
    assert late_waves(grid, turn, kept) @ covariance == pytest.approx(sizes, abs=1e-10)


@pytest.mark.parametrize("odd", [False, True])
def test_functions_of_a_process_with_a_sinusoid_have_their_covariances(odd):
    """By quadrature over both Gaussian numbers and the phase."""
    swing = 1.1
    functions = Sines(odd, 1.0 - 0.5 * swing**2, swing)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    phases = 2.0 * np.pi * np.arange(48) / 48
    for r, turn in ((0.25, 0.7), (-0.3, 2.0), (functions.variance, 0.0)):
        scale = np.sqrt(functions.variance)
        rho = r / functions.variance
        one = scale * nodes[:, None] * np.ones(60)
        two = scale * (rho * nodes[:, None] + np.sqrt(1.0 - rho**2) * nodes)
        expected = np.zeros((functions.count, functions.count))
        for phase in phases:
            first = functions.values(one + swing * np.cos(phase))
            second = functions.values(two + swing * np.cos(phase + turn))
            expected += [[weights @ (f * g) @ weights for g in second] for f in first]
        found = functions.covariances(np.array([r]), np.array([turn]))[..., 0]
        assert found == pytest.approx(expected / len(phases), abs=1e-9)
        means = np.mean(
            [[weights @ f @ weights for f in functions.values(one + swing * np.cos(p))] for p in phases], axis=0
        )
        assert means == pytest.approx(0.0, abs=1e-12)  # they are taken to be zero


def test_without_a_sinusoid_sines_are_functions_of_a_gaussian_number():
    r = np.array([0.4])
    found = Sines(True, 1.0, 0.0).covariances(r, np.zeros(1))[1, 1, 0]
    assert found == pytest.approx(np.exp(-0.64) * np.sinh(0.64 * 0.4))
    assert Steps(True).count == len(Steps(True).values(np.zeros(1))) == 4
    assert Steps(False).count == len(Steps(False).values(np.zeros(1))) == 7
