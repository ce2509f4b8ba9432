"""Where the search for a state of filters begins: a neighbour's covariances, or a few turns of the fastest mode."""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.filtered_lags import LagGrid
from dmft.theories.stationary.populations.site import Sites
from dmft.theories.stationary.populations.static import Static
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.units.settle import Begin, Start
from dmft.theories.stationary.units.table import Tables
from dmft.theories.units import Units

_HUGE = (1e8, 1e12)  # variances, relative to 1, at which slopes say whether activity is bounded
_NEAR = 2.0  # growth at a fixed point, up to which what moves is a ripple upon it
_AMPLITUDES = (1.4, 2.2, 1.0, 4.0)  # of a ripple, relative to that at which it no longer grows
_LARGEST = 40.0  # logarithm of the range of amplitudes
_STEP = 1e-2  # of a frequency, relative to the width of the slowest pole, for the curvature of the growth


def unbounded(units: Units) -> bool:
    """Whether large activity grows without limit: by <phi'>^2 at huge variances, which of what saturates falls."""
    tables = Tables(units.blocks.nonlinearities)
    slopes = [tables.slope(np.full(len(units), variance)) for variance in _HUGE]
    far, farther = (units.fastest_growth(units.K * slope**2, 0.0)[0] for slope in slopes)
    return far >= 1.0 and farther > 0.5 * far


def heard_alone(units: Units) -> FloatArray:
    """Return the variances of units that hear only their own input, shape (P,)."""
    waves = 0.0 if units.wave is None else 0.5 * units.wave[0] ** 2
    return np.asarray(units.input_covariance(LagGrid(1.0, 1))[:, 0] + waves)


def like(question: Question) -> Start:
    """Return the covariances of the neighbour that a question names."""
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


def ripples(units: Units, still: Static, sites: Sites) -> tuple[list[Begin], float | None]:
    """Return what the fastest growing mode makes of a fixed point that it has just left, at some amplitudes, and the
    rate at which that decays; nothing far from the onset.

    x(t) cos(w t) with b x'' = excess x, b of 1/growth(w + v) = (1 + b v^2)/growth(w), as in `amplitude`.
    """
    gains = units.K * still.pair.p[0]
    growth, omega = units.fastest_growth(gains, 0.0)
    if not 1.0 < growth < _NEAR:
        return [], None
    step = _STEP * min(-t.abscissa for t in units.transfers)
    sides = units.growth(gains, 0.0, np.array([omega + step, abs(omega - step)]))
    curvature = 0.5 * float(np.sum(growth / sides) - 2.0) / step**2
    rate = float(np.sqrt((growth - 1.0) / max(curvature, 1e-12)))
    size = _saturating(units, still, sites)
    if size is None:
        return [], None

    def start(part: float) -> Start:
        def covariances(lags: FloatArray) -> FloatArray:
            wave = np.cos(omega * lags) / np.cosh(np.minimum(rate * lags, 300.0))
            return np.asarray(still.c0[:, None] + part * size[:, None] * wave)

        return covariances

    return [(start(part), still.m) for part in _AMPLITUDES], rate


def _saturating(units: Units, still: Static, sites: Sites) -> FloatArray | None:
    """Return the variances of a ripple, shape (P,), at which <phi' phi'> at far lags no longer lets it grow; None
    without any."""
    gain = units.size(1j * np.array([units.fastest_growth(units.K * still.pair.p[0], 0.0)[1]]))[:, 0]
    values, vectors = np.linalg.eig(gain[:, None] * units.K * still.pair.p[0])
    mode = np.abs(vectors[:, int(np.argmax(values.real))].real)
    low, high = -_LARGEST, 0.5 * _LARGEST
    felt = np.ones((1, len(units)))

    def grows(log_size: float) -> bool:
        c0 = still.c0 + np.exp(log_size) * mode
        p = sites.two_times(still.c0[None], still.m, c0, felt, derivatives=False).p[0]
        return units.fastest_growth(units.K * p, 0.0)[0] > 1.0

    if grows(high):
        return None
    while high - low > 0.1:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if grows(middle) else (low, middle)
    return np.asarray(np.exp(high) * mode)
