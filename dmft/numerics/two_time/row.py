"""One step of the row march, in compiled code.

The covariance obeys (1 + d_t)(1 + d_u) c(u, t) = g^2 q(u, t) + K(u, t), q = <phi(u) phi(t)>. The response to the
private input K is known, and c is that and what the network adds; only the latter is stepped, so that no step has to
resolve the input (`two_time.noise`). With
    (1 + d_t) c(u, t) = r(u, t),   (1 + d_u) r(u, t) = g^2 q(u, t),   u <= t,
for what the network adds, the state at time t is one row, c and r over u in [t - window, t], and r is a causal
exponential filter of q along it.
The step is the exponential trapezoidal rule in both directions. It is implicit, but q is linear in c to the order of
the scheme, q(c) = q(c_pred) + q'(c_pred) (c - c_pred) with q' = <phi' phi'>, so that each cell is solved in turn, from
one evaluation of the averages.

Arrays run over absolute time u = 0, 1, ...; a row occupies lo..n.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled
from dmft.numerics.gaussian.lanes import vector

_LEAST = 1e-2  # of the variance that is left of h by itself: where an extrapolation that fails is cut off


@compiled(error_model="numpy")
def weights(h: float, rate: float) -> tuple[float, float, float]:
    """Return e, w0, w1: y(h) = e y(0) + w0 f(0) + w1 f(h) for y' = rate (f - y) and f linear in time."""
    x = rate * h
    e = math.exp(-x)
    gain = -math.expm1(-x) / x
    return e, gain - e, 1.0 - gain


@vector
def _extrapolated(a: float, b: float, d: float, c: FloatArray, r: FloatArray, old: FloatArray, out: FloatArray) -> None:
    for u in range(out.size):
        out[u] = a * c[u] + b * r[u] + d * old[u]


@compiled(error_model="numpy")
def predict(
    n: int, lo: int, h: float, noise: float, c: FloatArray, r: FloatArray, old: FloatArray, guess: FloatArray
) -> float:
    """Write the row at n + 1 into guess[lo..n], by extrapolation of r, and return the predicted variance.

    `old` is r one step before; `noise` what private noise adds to the variance in the step. What it adds to the row is
    left out.
    """
    e, w0, w1 = weights(h, 1.0)
    _extrapolated(e, w0 + 2.0 * w1, -w1, c[lo:n], r[lo:n], old[lo:n], guess[lo:n])
    rise = r[n - 1] - old[n - 1] if n > 0 else 0.0
    guess[n] = e * c[n] + w0 * r[n] + w1 * (r[n] + rise)
    ahead = 2.0 * r[n] - old[n - 1] if n > 0 else 2.0 * r[n] - old[0]
    e2, v0, v1 = weights(h, 2.0)
    return float(max(e2 * c[n] + v0 * r[n] + v1 * ahead + noise, _LEAST * e2 * c[n] + max(noise, 0.0)))


@vector
def _coefficients(
    h: float, c: FloatArray, r: FloatArray, guess: FloatArray, s: FloatArray, p: FloatArray,
    factor: FloatArray, rest: FloatArray,
) -> None:  # fmt: skip
    """Write the filter of a row as r[u] = factor[u] r[u - 1] + rest[u]: of each cell only r[u - 1] must be waited for.

    With x = e c + w0 r before the step, r[u] = e r[u - 1] + w0 f[u - 1] + w1 f[u], f = s + p (x + w1 r - guess); s
    becomes f without its part in the new r.
    """
    e, w0, w1 = weights(h, 1.0)
    for u in range(c.size):
        s[u] += p[u] * (e * c[u] + w0 * r[u] - guess[u])
    for u in range(1, c.size):
        part = 1.0 / (1.0 - w1 * w1 * p[u])
        factor[u] = part * (e + w0 * w1 * p[u - 1])
        rest[u] = part * (w0 * s[u - 1] + w1 * s[u])


@compiled(error_model="numpy")
def slope_limit(h: float) -> float:
    """Return the largest g^2 q' with which a step may be implicit: its factor 1/(1 - w1^2 g^2 q') has a pole beyond.

    A steeper q is not linear over a step; the cell is then stepped with less of its slope, which leaves the order of
    the scheme: what the slope multiplies, c - c_pred, is of third order in h.
    """
    _, _, w1 = weights(h, 1.0)
    return 0.1 / (w1 * w1)


@compiled(error_model="numpy")
def least_variance(
    h: float, noise: tuple[float, float], variance: float, now: float, next: float, both: float
) -> float:
    """Return the least variance that h can have after a step, by the inequality of Schwarz.

    h(t + dt) = e h(t) + w0 x(t) + w1 x(t + dt) + noise with an input x of variances `now` and `next` and covariance
    `both`: the standard deviation falls at most to e sd(h) - sd(input). A covariance that a step does not resolve would
    fall below. `noise` is the variance of white noise, which is independent of h, and the standard deviation of what
    coloured noise adds.
    """
    e, w0, w1 = weights(h, 1.0)
    a, b = w0 * math.sqrt(max(now, 0.0)), w1 * math.sqrt(max(next, 0.0))
    together = min(max(2.0 * w0 * w1 * both, -2.0 * a * b), 2.0 * a * b)
    input_deviation = math.sqrt(max(a * a + b * b + together, 0.0))
    gap = max(abs(e * math.sqrt(max(variance, 0.0)) - input_deviation) - noise[1], 0.0)
    return gap * gap + noise[0]


@vector
def _periodic_start(period: int, factor: FloatArray, rest: FloatArray) -> float:
    """Return r[0] that comes back after a period."""
    value, gain = 0.0, 1.0
    for u in range(1, period + 1):
        value = factor[u] * value + rest[u]
        gain *= factor[u]
    return value / (1.0 - gain)


@vector
def _filtered(start: float, factor: FloatArray, rest: FloatArray) -> None:
    """Write r from r[0] = start over `rest`."""
    value = start
    rest[0] = start
    for u in range(1, rest.size):
        value = factor[u] * value + rest[u]
        rest[u] = value


@vector
def _stored(h: float, new: FloatArray, c: FloatArray, r: FloatArray, old: FloatArray) -> None:
    e, w0, w1 = weights(h, 1.0)
    for u in range(new.size):
        c[u] = e * c[u] + w0 * r[u] + w1 * new[u]
        old[u] = r[u]
        r[u] = new[u]


@compiled(error_model="numpy")
def correct(
    n: int,
    lo: int,
    h: float,
    noise: tuple[float, float, float],
    period: int,
    c: FloatArray,
    r: FloatArray,
    old: FloatArray,
    guess: FloatArray,
    s: FloatArray,
    p: FloatArray,
    before: float,
) -> None:
    """Advance the row c, r from n to n + 1.

    `noise` is what private noise adds to the variance, then as of `least_variance`; what it adds to the row is left
    out. `before` is g^2 q on the diagonal of row n; s[lo..n+1] is g^2 q at the predicted row, p[lo..n+1] is g^2 q'. At
    the edge lo > 0 of a window, r repeats after `period` cells (beyond the memory, a row is as periodic as
    the drive); at lo = 0 it starts from 0: the initial state is independent of the couplings.
    """
    e, w0, w1 = weights(h, 1.0)
    diagonal, variance = r[n], c[n]  # before the column update overwrites them
    factor, new = np.empty(n + 1 - lo), np.empty(n + 1 - lo)
    row = slice(lo, n + 1)
    _coefficients(h, c[row], r[row], guess[row], s[row], p[row], factor, new)
    _filtered(_periodic_start(period, factor, new) if lo > 0 else 0.0, factor, new)
    _stored(h, new, c[row], r[row], old[row])
    source = s[n] + p[n] * w1 * new[n - lo]
    e2, v0, v1 = weights(h, 2.0)
    value = e * new[n - lo] + w0 * source + w1 * s[n + 1]
    r[n + 1] = value
    least = least_variance(h, noise[1:], variance, before, s[n + 1], source)
    c[n + 1] = max(e2 * variance + v0 * diagonal + v1 * value + noise[0], least)
