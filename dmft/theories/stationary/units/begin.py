"""Where the search for a state of filters begins: a neighbour's covariances, or a few turns of the fastest mode."""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.filtered_lags import LagGrid
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.units.settle import Start
from dmft.theories.units import Units


def heard_alone(units: Units) -> FloatArray:
    """Return the variances of units that hear only their own input, shape (P,)."""
    waves = 0.0 if units.wave is None else 0.5 * units.wave[0] ** 2
    return np.asarray(units.input_covariance(LagGrid(1.0, 1))[:, 0] + waves)


def like(question: Question) -> Start:
    init = question.init
    assert init is not None

    def start(lags: FloatArray) -> FloatArray:
        return np.atleast_2d(np.asarray(init.cov_x_at(lags), dtype=float))

    return start


def bump(units: Units, omega: float) -> Start:
    """Return what high activity would be, a few turns of the fastest growing mode, from which sweeps come down."""
    gains = np.array([np.max(units.size(1j * np.array([0.0, omega]))[a]) for a in range(len(units))])
    strength = np.maximum(gains * (units.K.sum(axis=1) + units.blocks.white), 1e-3)
    width = 2.0 / max(omega, 1.0 / max(float(np.max(1.0 / np.abs(t.poles))) for t in units.transfers))

    def start(lags: FloatArray) -> FloatArray:
        return np.asarray(strength[:, None] * np.exp(-0.5 * (lags / (2.0 * width)) ** 2) * np.cos(omega * lags))

    return start
