"""The row march of a nonlinearity in closed form, compiled as a whole."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from dmft.numerics.gaussian.closed_pairs import RELU, pair
from dmft.numerics.gaussian.relu_row import WORK, relu_row, tabulate
from dmft.numerics.two_time.mean import advance_mean
from dmft.numerics.two_time.row import correct, predict

FloatArray = NDArray[np.float64]

HUGE = 1e100  # variance at which activity counts as diverged, well before anything overflows


@numba.njit(cache=True, error_model="numpy")
def _fill_row(
    kind: int,
    lo: int,
    n: int,
    m: FloatArray,
    v: FloatArray,
    guess: FloatArray,
    offsets: FloatArray,
    q: FloatArray,
    p: FloatArray,
) -> None:
    """Write <phi(u) phi(n)> and <phi'(u) phi'(n)> for u = lo..n, averaged over the phases of `offsets`[u, phase]."""
    n_phase = offsets.shape[1]
    for u in range(lo, n + 1):
        both, slopes = 0.0, 0.0
        for k in range(n_phase):
            f, d = pair(kind, m[u] + offsets[u, k], v[u], m[n] + offsets[n, k], v[n], guess[u])
            both += f
            slopes += d
        q[u] = both / n_phase
        p[u] = slopes / n_phase


@numba.njit(cache=True, error_model="numpy")
def _tabulate(u: int, m: FloatArray, v: FloatArray, offsets: FloatArray, sd: FloatArray, tables: FloatArray) -> None:
    for k in range(offsets.shape[1]):
        tabulate(m[u] + offsets[u, k], v[u], u, sd[k], tables[0, k], tables[1, k], tables[2, k])


@numba.njit(cache=True, error_model="numpy")
def march(
    kind: int,
    start: int,
    stop: int,
    h: float,
    width: int,
    period: int,
    g2: float,
    inhibition: float,
    white: float,
    private: FloatArray,
    drive: FloatArray,
    stage_offsets: FloatArray,
    offsets: FloatArray,
    m: FloatArray,
    v: FloatArray,
    c: FloatArray,
    r: FloatArray,
    old: FloatArray,
    guess: FloatArray,
    q: FloatArray,
    p: FloatArray,
    band: FloatArray,
    slopes: FloatArray,
    sd: FloatArray,
    tables: FloatArray,
) -> None:
    """March from row `start` to row `stop`.

    m, v, c, r, old run over absolute time and hold the state of row `start`; guess, q, p are work space. private[lag]
    is the covariance of a private input; drive[n - start] and stage_offsets[n - start] go to `advance_mean`. Row n of
    `band` receives c against the lag, and `slopes`, which keeps the last rows in a ring, <phi' phi'>; each if it has
    any rows.
    """
    n_phase = offsets.shape[1]
    work = np.zeros(WORK)
    if kind == RELU and start == 0:
        _tabulate(0, m, v, offsets, sd, tables)
    for n in range(start, stop):
        lo = max(0, n + 1 - width)
        v[n + 1] = predict(n, lo, h, white, c, r, old, guess)
        guess[n + 1] = v[n + 1]
        m[n + 1] = advance_mean(kind, m[n], v[n], v[n + 1], h, inhibition, drive[n - start], stage_offsets[n - start])
        for u in range(lo, n + 2):
            # h is smooth: near the diagonal 1 - rho is small beside the error of the prediction, which may cross rho =
            # 1
            guess[u] = min(guess[u], math.sqrt(v[u] * v[n + 1]))
        if kind == RELU:
            _tabulate(n + 1, m, v, offsets, sd, tables)
            q[lo : n + 2] = 0.0
            p[lo : n + 2] = 0.0
            for k in range(n_phase):
                a, cdf, density = tables[0, k], tables[1, k], tables[2, k]
                relu_row(lo, n + 1, sd[k], a, cdf, density, guess, q, p, 1.0 / n_phase, work)
        else:
            _fill_row(kind, lo, n + 1, m, v, guess, offsets, q, p)
        if slopes.shape[0] > 0:
            ring = (n + 1) % slopes.shape[0]
            for u in range(lo, n + 2):
                slopes[ring, n + 1 - u] = p[u]
        for u in range(lo, n + 2):
            q[u] = g2 * q[u] + private[n + 1 - u]
            p[u] *= g2
        correct(n, lo, h, white, period, c, r, old, guess, q, p)
        v[n + 1] = c[n + 1]
        if kind == RELU:
            _tabulate(n + 1, m, v, offsets, sd, tables)
        if not v[n + 1] < HUGE:
            v[n + 1 :] = np.inf
            return
        if band.shape[0] > 0:
            for u in range(lo, n + 2):
                band[n + 1, n + 1 - u] = c[u]
