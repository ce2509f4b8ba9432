"""Sinusoids of random phase about sampled units: rings of whole turns, and what turns with the drive and never decays.

The fields of the units are stationary whatever the phases are, and independent of them. On a ring of whole turns a
phase is a shift of time, so that all paths have the same one: an average over the ring is one over phases. Given its
phase and the waves that it hears from others, a unit sends a periodic mean, so that covariances decay to
    sum_h v_h cos(h w lag),
h = 0 (frozen), 1, 2, ... (h odd alone where units are symmetric about zero). These v_h, read off the lags beyond those
at which correlations are kept, are themselves kept beside what decays.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.unit_paths import Fields

ROUGHEST = 0.5  # step of units that are no faster than 1
STEPS, LEAST_TURNS = 16.0, 4  # in a turn, and on a ring, at least
_MORE = 9  # turns, of which one may hold whole steps
_OF_NYQUIST, _MOST = 0.95, 31


def harmonics(turn: float, centred: bool) -> tuple[int, ...]:
    """Return which harmonics of the drive are kept: those that the steps follow, up to the 31st."""
    if not turn:
        return ()
    highest = int(_OF_NYQUIST * 0.5 * max(turn / ROUGHEST, STEPS))
    return tuple(range(1, min(highest, _MOST) + 1, 2 if centred else 1))


def ring(window: float, step: float, turn: float) -> PeriodicGrid:
    """Return a ring of about this window and of whole turns.

    Steps are of this length, where some number of turns holds a whole number of them; else somewhat shorter.
    """
    from scipy.fft import next_fast_len

    if not turn:
        return PeriodicGrid(4 * next_fast_len(round(0.25 * window / step), real=True), step)
    least = max(round(window / turn), LEAST_TURNS)
    for turns in range(least, least + _MORE):
        quarter = 0.25 * turns * turn / step
        if abs(quarter - round(quarter)) < 1e-9 and next_fast_len(round(quarter), real=True) == round(quarter):
            return PeriodicGrid(4 * round(quarter), turns * turn / (4 * round(quarter)))
    whole = least * turn
    n = 4 * next_fast_len(int(np.ceil(0.25 * whole / step)), real=True)
    return PeriodicGrid(n, whole / n)


def bins_of(grid: PeriodicGrid, turn: float, kept: tuple[int, ...]) -> tuple[int, ...]:
    """Return the frequencies of harmonics in turns of the ring."""
    return tuple(h * round(grid.window / turn) for h in kept)


@lru_cache(maxsize=8)
def late_waves(grid: PeriodicGrid, turn: float, kept: tuple[int, ...]) -> FloatArray:
    """Return the matrix that reads v_h off a covariance on the ring up to its half, shape (H, n/2 + 1): least squares
    with a constant, at the lags beyond those that are kept."""
    lags = grid.step * np.arange(grid.n_lags, grid.n_steps // 2 + 1, dtype=np.float64)
    waves = np.concatenate([turned(turn, kept, lags), np.ones((1, len(lags)))])
    found = np.zeros((len(kept), grid.n_steps // 2 + 1))
    found[:, grid.n_lags :] = np.linalg.pinv(waves.T)[:-1]
    found.flags.writeable = False
    return found


def turned(turn: float, kept: tuple[int, ...], lags: FloatArray) -> FloatArray:
    """Return cos(h w lag), shape (H, n_lags)."""
    if not kept:
        return np.zeros((0, *np.shape(lags)))
    return np.asarray(np.cos(2.0 * np.pi / turn * np.multiply.outer(np.array(kept), lags)))


def turning_fields(fields: Fields, spectra: FloatArray, waves: FloatArray, amplitude: float) -> Fields:
    """Return fields with what turns with a sinusoid, and with it in the first; where v < 0 by chance the power of v and
    of the spectrum together is kept.

    Parameters
    ----------
    fields, spectra : without it, the spectra of what fluctuates, shape (K, n_omega).
    waves : v_h of the fields, shape (K, H).
    amplitude : of the sinusoid.
    """
    grid, bins = fields.columns.grid, list(fields.columns.bins)
    n, half, turning = grid.n_steps, 0.5 * grid.window, np.zeros_like(waves)
    held, left = np.maximum(waves, 0.0), spectra.copy()
    left[:, bins] = np.maximum(spectra[:, bins] + half * (waves - held), 0.0)
    turning[0, 0] = 0.5 * n * amplitude
    moving = fields.columns.amplitude(left)
    return replace(fields, amplitude=moving, waves=n * np.sqrt(0.5 * held), turning=turning)
