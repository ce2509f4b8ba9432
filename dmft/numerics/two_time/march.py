"""The row march of a nonlinearity in closed form, compiled as a whole."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled
from dmft.numerics.gaussian.closed_pairs import RELU, pair
from dmft.numerics.gaussian.lanes import vector
from dmft.numerics.gaussian.relu_row import relu_row
from dmft.numerics.gaussian.relu_table import N_NODES, TERMS, tabulate
from dmft.numerics.two_time.mean import advance_mean
from dmft.numerics.two_time.noise import NoiseSteps, add_noise, noise_of_step
from dmft.numerics.two_time.row import correct, predict, slope_limit

HUGE = 1e100  # variance at which activity counts as diverged, well before anything overflows


@compiled(error_model="numpy")
def fill_row(
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


@compiled(error_model="numpy")
def _tabulate(u: int, m: FloatArray, v: FloatArray, offsets: FloatArray, tables: FloatArray, work: FloatArray) -> None:
    for k in range(offsets.shape[1]):
        tabulate(m[u] + offsets[u, k], v[u], u, tables[k], work)


@vector
def clip(limit: float, v: FloatArray, guess: FloatArray) -> None:
    """Hold a row of covariances to |correlation| <= 1: the prediction may cross it."""
    for u in range(v.size):
        size = math.sqrt(v[u] * limit)
        guess[u] = max(min(guess[u], size), -size)


@vector
def _scale(g2: float, limit: float, q: FloatArray, p: FloatArray) -> None:
    """Turn averages into sources: g^2 q, g^2 p, the last at most `limit`."""
    for u in range(q.size):
        q[u] *= g2
        p[u] = min(g2 * p[u], limit)


@vector
def _reversed(row: FloatArray, out: FloatArray) -> None:
    """Write a row over time against the lag."""
    last = row.size - 1
    for u in range(row.size):
        out[u] = row[last - u]


@compiled(error_model="numpy")
def march(
    kind: int,
    start: int,
    stop: int,
    h: float,
    width: int,
    period: int,
    g2: float,
    inhibition: float,
    noise: NoiseSteps,
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
    tables: FloatArray,
) -> None:
    """March from row `start` to row `stop`.

    m, v, c, r, old run over absolute time and hold the state of row `start`; guess, q, p are work space, but for
    q[start], the source on the diagonal of that row. drive[n - start] and stage_offsets[n - start] go to
    `advance_mean`. Row n of `band` receives c against the lag, and `slopes`, which keeps the last rows in a ring,
    <phi' phi'>; each if it has any rows. `tables` are those of `relu_table`, one for each phase.
    """
    n_phase = offsets.shape[1]
    limit = slope_limit(h)
    work = np.zeros(TERMS * N_NODES)
    if kind == RELU and start == 0:
        _tabulate(0, m, v, offsets, tables, work)
    for n in range(start, stop):
        lo = max(0, n + 1 - width)
        row = slice(lo, n + 2)
        before = q[n]
        now = noise_of_step(n, noise)
        v[n + 1] = predict(n, lo, h, now[0], c, r, old, guess)
        add_noise(n, lo, 1.0, noise, guess)
        guess[n + 1] = v[n + 1]
        m[n + 1] = advance_mean(kind, m[n], v[n], v[n + 1], h, inhibition, drive[n - start], stage_offsets[n - start])
        clip(v[n + 1], v[row], guess[row])
        if kind == RELU:
            _tabulate(n + 1, m, v, offsets, tables, work)
            q[row] = 0.0
            p[row] = 0.0
            for k in range(n_phase):
                relu_row(lo, n + 1, tables[k], guess, q, p, 1.0 / n_phase)
        else:
            fill_row(kind, lo, n + 1, m, v, guess, offsets, q, p)
        if slopes.shape[0] > 0:
            _reversed(p[row], slopes[(n + 1) % slopes.shape[0]])
        _scale(g2, limit, q[row], p[row])
        add_noise(n, lo, -1.0, noise, guess)
        correct(n, lo, h, now, period, c, r, old, guess, q, p, before)
        add_noise(n, lo, 1.0, noise, c)
        v[n + 1] = c[n + 1]
        if kind == RELU:
            _tabulate(n + 1, m, v, offsets, tables, work)
        if not v[n + 1] < HUGE:
            v[n + 1 :] = np.inf
            return
        if band.shape[0] > 0:
            _reversed(c[row], band[n + 1])
