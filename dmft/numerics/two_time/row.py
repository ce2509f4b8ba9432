"""One step of the row march, in compiled code.

The covariance obeys (1 + d_t)(1 + d_u) c(u, t) = g^2 q(u, t) + K(u, t), q = <phi(u) phi(t)>. With
    (1 + d_t) c(u, t) = r(u, t),   (1 + d_u) r(u, t) = g^2 q(u, t) + K(u, t),   u <= t,
the state at time t is one row, c and r over u in [t - window, t], and r is a causal exponential filter of q along it.
The step is the exponential trapezoidal rule in both directions. It is implicit, but q is linear in c to the order of
the scheme, q(c) = q(c_pred) + q'(c_pred) (c - c_pred) with q' = <phi' phi'>, so that each cell is solved in turn, from
one evaluation of the averages.

Arrays run over absolute time u = 0, 1, ...; a row occupies lo..n.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@numba.njit(cache=True, error_model="numpy")
def weights(h: float, rate: float) -> tuple[float, float, float]:
    """Return e, w0, w1: y(h) = e y(0) + w0 f(0) + w1 f(h) for y' = rate (f - y) and f linear in time."""
    x = rate * h
    e = math.exp(-x)
    gain = -math.expm1(-x) / x
    return e, gain - e, 1.0 - gain


@numba.njit(cache=True, error_model="numpy")
def predict(
    n: int, lo: int, h: float, white: float, c: FloatArray, r: FloatArray, old: FloatArray, guess: FloatArray
) -> float:
    """Write the row at n + 1 into guess[lo..n], by extrapolation of r, and return the predicted variance.

    `old` is r one step before; `white` the intensity of private white noise, which enters the variance only.
    """
    e, w0, w1 = weights(h, 1.0)
    for u in range(lo, n):
        guess[u] = e * c[u] + w0 * r[u] + w1 * (2.0 * r[u] - old[u])
    rise = r[n - 1] - old[n - 1] if n > 0 else 0.0
    guess[n] = e * c[n] + w0 * r[n] + w1 * (r[n] + rise)
    ahead = 2.0 * r[n] - old[n - 1] if n > 0 else 2.0 * r[n] - old[0]
    e2, v0, v1 = weights(h, 2.0)
    return max(e2 * c[n] + v0 * r[n] + v1 * ahead + 0.5 * white * (1.0 - e2), 0.0)


@numba.njit(cache=True, error_model="numpy")
def _filter(
    start: float,
    lo: int,
    n: int,
    h: float,
    c: FloatArray,
    r: FloatArray,
    guess: FloatArray,
    s: FloatArray,
    p: FloatArray,
) -> float:
    """Return r at u = n, from r[lo] = start, without storing; `s`, `p` are the source and its slope in c."""
    e, w0, w1 = weights(h, 1.0)
    value = start
    source = s[lo] + p[lo] * (e * c[lo] + w0 * r[lo] + w1 * start - guess[lo])
    for u in range(lo + 1, n + 1):
        rest = s[u] + p[u] * (e * c[u] + w0 * r[u] - guess[u])
        value = (e * value + w0 * source + w1 * rest) / (1.0 - w1 * w1 * p[u])
        source = rest + p[u] * w1 * value
    return value


@numba.njit(cache=True, error_model="numpy")
def correct(
    n: int,
    lo: int,
    h: float,
    white: float,
    period: int,
    c: FloatArray,
    r: FloatArray,
    old: FloatArray,
    guess: FloatArray,
    s: FloatArray,
    p: FloatArray,
) -> None:
    """Advance the row c, r from n to n + 1.

    s[lo..n+1] is g^2 q + K at the predicted row and p[lo..n+1] is g^2 q'. At the edge lo > 0 of a window, r repeats
    after `period` cells (beyond the memory, a row is as periodic as the drive); at lo = 0 it starts from 0: the
    initial state is independent of the couplings.
    """
    e, w0, w1 = weights(h, 1.0)
    diagonal, variance = r[n], c[n]  # before the column update overwrites them
    start = 0.0
    if lo > 0:
        alpha = _filter(0.0, lo, lo + period, h, c, r, guess, s, p)
        beta = _filter(1.0, lo, lo + period, h, c, r, guess, s, p) - alpha
        start = alpha / (1.0 - beta)
    value = start
    before = e * c[lo] + w0 * r[lo]
    old[lo] = r[lo]
    r[lo] = value
    c[lo] = before + w1 * value
    source = s[lo] + p[lo] * (c[lo] - guess[lo])
    for u in range(lo + 1, n + 1):
        before = e * c[u] + w0 * r[u]
        rest = s[u] + p[u] * (before - guess[u])
        value = (e * value + w0 * source + w1 * rest) / (1.0 - w1 * w1 * p[u])
        old[u] = r[u]
        r[u] = value
        c[u] = before + w1 * value
        source = rest + p[u] * w1 * value
    e2, v0, v1 = weights(h, 2.0)
    value = e * value + w0 * source + w1 * s[n + 1]
    r[n + 1] = value
    c[n + 1] = e2 * variance + v0 * diagonal + v1 * value + 0.5 * white * (1.0 - e2)
