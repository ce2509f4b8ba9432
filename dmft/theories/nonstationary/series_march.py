"""The row march of a smooth nonlinearity, stepped from outside: its Mehler coefficients need the values of phi."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import memory_limit
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs
from dmft.numerics.two_time.noise import NoiseSteps, add_noise, noise_of_step
from dmft.numerics.two_time.series import SeriesTable
from dmft.theories.reduction import Reduction

_ENOUGH = 1e-6  # what a row may lose of its integral over the lag, relative to <phi^2>
_ENOUGH_SLOPES = 1e-5  # of the integral of <phi' phi'>, if exponents are to follow
_FAR = 1e-4  # relative distance of the variance from its prediction, above which its coefficients are taken anew
_PART_OF_MEMORY = 0.2


def march_series(
    averages: MehlerPairs,
    network: Reduction,
    grid: Any,
    rows: tuple[int, int],
    noise: NoiseSteps,
    drive: FloatArray,
    stage_offsets: FloatArray,
    offsets: FloatArray,
    arrays: tuple[FloatArray, ...],
    table: SeriesTable | None,
) -> tuple[SeriesTable, str]:
    """March from row rows[0] to rows[1]; return the Hermite coefficients of all times so far, and what went wrong.

    Where the nonlinearity is not finite the march ends, and the variance is inf from there on.

    The coefficients of a time are computed when its row is, and used by all later rows. Where a row loses too much, the
    series is lengthened, for all times of the window.
    """
    from dmft.numerics.two_time.march import HUGE
    from dmft.numerics.two_time.row import correct, predict, slope_limit

    m, v, c, r, old, guess, q, p, band, slopes = arrays
    h = grid.dt
    start, stop = rows
    g2 = network.g**2
    limit = slope_limit(h)
    if table is None or table.n_terms != averages.n_terms:
        table = _tabulated(averages, m, v, offsets, max(0, start - grid.width), start, stop)
    else:
        table = table.extended(stop + 1)
    for n in range(start, stop):
        try:
            lo = max(0, n + 1 - grid.width)
            before = q[n]
            now = noise_of_step(n, noise)
            v[n + 1] = guess[n + 1] = predict(n, lo, h, now[0], c, r, old, guess)
            add_noise(n, lo, 1.0, noise, guess)
            m[n + 1] = advance_mean(
                averages, m[n], (v[n], v[n + 1]), h, network.inhibition, drive[n - start], stage_offsets[n - start]
            )
            table.write(n + 1, averages, m[n + 1] + offsets[n + 1], v[n + 1])
            while True:
                error, slope_error = table.fill_row(lo, n + 1, v, guess, q, p)
                error *= h
                enough = error <= _ENOUGH and (len(slopes) == 0 or slope_error <= _ENOUGH_SLOPES)
                if enough or _too_large(table) or not averages.lengthened():
                    break
                table = _tabulated(averages, m, v, offsets, lo, n + 1, stop)
            averages.note(error, slope_error)
            if len(slopes):
                slopes[(n + 1) % len(slopes), : n + 2 - lo] = p[lo : n + 2][::-1]
            q[lo : n + 2] *= g2
            p[lo : n + 2] = np.minimum(g2 * p[lo : n + 2], limit)
            add_noise(n, lo, -1.0, noise, guess)
            correct(n, lo, h, now, grid.period, c, r, old, guess, q, p, before)
            add_noise(n, lo, 1.0, noise, c)
            predicted, v[n + 1] = v[n + 1], c[n + 1]
            if not v[n + 1] < HUGE:
                v[n + 1 :] = np.inf
                break
            if abs(v[n + 1] - predicted) > _FAR * v[n + 1]:
                table.write(n + 1, averages, m[n + 1] + offsets[n + 1], v[n + 1])
        except FloatingPointError as failure:
            v[n + 1 :] = np.inf
            return table, str(failure)
        if len(band):
            band[n + 1, n + 1 - lo :: -1] = c[lo : n + 2]
    return table, ""


def _tabulated(
    averages: MehlerPairs, m: FloatArray, v: FloatArray, offsets: FloatArray, lo: int, n: int, stop: int
) -> SeriesTable:
    """Return the coefficients of the times lo..n in a table that has room for the times up to `stop`."""
    table = SeriesTable.empty(offsets.shape[1], averages.n_terms, stop + 1)
    for u in range(lo, n + 1):
        table.write(u, averages, m[u] + offsets[u], v[u])
    return table


def _too_large(table: SeriesTable) -> bool:
    """Whether a longer series would not fit into memory: then the error is carried."""
    return 4.0 * table.terms.nbytes > _PART_OF_MEMORY * memory_limit()


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
            rate, slope = (float(y.sum()) / len(phases) for y in averages.first(x + phases, variance))
            excess = x - known - weight * (-x + force - inhibition * rate)
            step = excess / (1.0 + weight * (1.0 + inhibition * slope))
            x -= step
            if abs(step) <= 1e-8 * (1.0 + abs(x)):  # what is left is its square
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
