"""The row march of a smooth nonlinearity, stepped from outside: its Mehler coefficients need the values of phi."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.numerics.gaussian.pairs import MehlerPairs
from dmft.theories.nonstationary.forcing import Forcing

FloatArray = NDArray[np.float64]


def march_series(
    averages: MehlerPairs,
    force: Forcing,
    grid: Any,
    rows: tuple[int, int],
    private: FloatArray,
    drive: FloatArray,
    stage_offsets: FloatArray,
    offsets: FloatArray,
    arrays: tuple[FloatArray, ...],
    coefficients: tuple[FloatArray, FloatArray] | None,
) -> tuple[FloatArray, FloatArray]:
    """March from row rows[0] to rows[1], and return the Hermite coefficients of phi and phi' at all times so far.

    The coefficients of a time, shape (phase, term, time), are computed when its row is, and used by all later rows.
    """
    from dmft.numerics.two_time.march import HUGE
    from dmft.numerics.two_time.row import correct, predict
    from dmft.numerics.two_time.series import fill_row_series

    m, v, c, r, old, guess, q, p, band, slopes = arrays
    h, n_phase = grid.dt, offsets.shape[1]
    start, stop = rows
    if coefficients is None:
        first = averages.coefficients(m[0] + offsets[0], np.full(n_phase, v[0]))
        coefficients = first[0].T[:, :, None], first[1].T[:, :, None]
    phi, slope = (np.concatenate([x, np.zeros((*x.shape[:2], stop - start))], axis=2) for x in coefficients)
    for n in range(start, stop):
        lo = max(0, n + 1 - grid.width)
        v[n + 1] = guess[n + 1] = predict(n, lo, h, force.white, c, r, old, guess)
        m[n + 1] = advance_mean(
            averages, m[n], (v[n], v[n + 1]), h, force.inhibition, drive[n - start], stage_offsets[n - start]
        )
        a, b = averages.coefficients(m[n + 1] + offsets[n + 1], np.full(n_phase, v[n + 1]))
        phi[:, :, n + 1], slope[:, :, n + 1] = a.T, b.T
        fill_row_series(lo, n + 1, v, guess, phi, slope, q, p)
        lags = slice(n + 1 - lo, None, -1)
        if len(slopes):
            slopes[(n + 1) % len(slopes), : n + 2 - lo] = p[lo : n + 2][::-1]
        q[lo : n + 2] = force.g2 * q[lo : n + 2] + private[: n + 2 - lo][::-1]
        p[lo : n + 2] *= force.g2
        correct(n, lo, h, force.white, grid.period, c, r, old, guess, q, p)
        v[n + 1] = c[n + 1]
        if not v[n + 1] < HUGE:
            v[n + 1 :] = np.inf
            break
        if len(band):
            band[n + 1, lags] = c[lo : n + 2]
    return phi, slope


def advance_mean(
    averages: MehlerPairs,
    m: float,
    v: tuple[float, float],
    h: float,
    inhibition: float,
    drive: FloatArray,
    offsets: FloatArray,
) -> float:
    """SDIRK2 of `two_time.mean`, for a nonlinearity that is not compiled."""
    from dmft.numerics.two_time.mean import GAMMA

    def stage(known: float, weight: float, force: float, variance: float, phases: FloatArray, start: float) -> float:
        if inhibition == 0.0:
            return (known + weight * force) / (1.0 + weight)
        x = start
        for _ in range(60):
            rate, slope = (float(np.mean(y)) for y in averages.first(x + phases, variance))
            excess = x - known - weight * (-x + force - inhibition * rate)
            step = excess / (1.0 + weight * (1.0 + inhibition * slope))
            x -= step
            if abs(step) <= 1e-12 * (1.0 + abs(x)):
                break
        return x

    n_sub = len(drive)
    weight = GAMMA * h / n_sub
    for i in range(n_sub):
        middle, end = (v[0] + (v[1] - v[0]) * (i + s) / n_sub for s in (GAMMA, 1.0))
        m1 = stage(m, weight, drive[i, 0], middle, offsets[i, 0], m)
        known = m + (1.0 - GAMMA) / GAMMA * (m1 - m)
        m = stage(known, weight, drive[i, 1], end, offsets[i, 1], m1)
    return m
