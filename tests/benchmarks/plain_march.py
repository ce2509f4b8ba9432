"""The plain way to march the two-time theory: forward Euler, and adaptive quadrature for the averages of every cell.

The scheme of the published solver of Engelken et al. (2022), in compiled code without allocation: a generous baseline.
c, r and k, l run over the earlier time and are overwritten as the later time advances; both vanish at the edge of the
band; <phi phi> and <phi' phi'> by a (7, 15)-point Gauss-Kronrod rule over one variable, the other in closed form,
halved until its own error estimate meets a tolerance of 1e-2.
"""

from __future__ import annotations

import math

import numba
import numpy as np

_NODES = np.array(
    [
        0.991455371120812639206854697526329,
        0.949107912342758524526189684047851,
        0.864864423359769072789712788640926,
        0.741531185599394439863864773280788,
        0.586087235467691130294144691693013,
        0.405845151377397166906606412076961,
        0.207784955007898467600689403773245,
        0.0,
    ]
)
_KRONROD = np.array(
    [
        0.022935322010529224963732008058970,
        0.063092092629978553290700663189204,
        0.104790010322250183839876322541518,
        0.140653259715525918745189590510238,
        0.169004726639267902826583426598550,
        0.190350578064785409913256402421014,
        0.204432940075298892414161999234649,
        0.209482141084727828012999174891714,
    ]
)
_GAUSS = np.array(
    [
        0.129484966168869693270611432679082,
        0.279705391489276667901467771423780,
        0.381830050505118944950369775488975,
        0.417959183673469387755102040816327,
    ]
)
_SQRT_2PI = math.sqrt(2 * math.pi)


@numba.njit
def _integrand(z: float, kind: int, m1: float, s1: float, m2: float, s2: float, r: float) -> float:
    x = m1 + s1 * z
    if x <= 0:
        return 0.0
    mean, sd = m2 + s2 * r * z, s2 * math.sqrt(max(1 - r * r, 1e-14))
    cdf = 0.5 * math.erfc(-mean / sd / math.sqrt(2.0))
    weight = math.exp(-0.5 * z * z) / _SQRT_2PI
    if kind == 1:
        return weight * cdf
    return weight * x * (mean * cdf + sd * math.exp(-0.5 * (mean / sd) ** 2) / _SQRT_2PI)


@numba.njit
def _rule(a: float, b: float, kind: int, m1: float, s1: float, m2: float, s2: float, r: float) -> tuple[float, float]:
    centre, half = 0.5 * (a + b), 0.5 * (b - a)
    middle = _integrand(centre, kind, m1, s1, m2, s2, r)
    kronrod, gauss = _KRONROD[7] * middle, _GAUSS[3] * middle
    for i in range(7):
        both = _integrand(centre - half * _NODES[i], kind, m1, s1, m2, s2, r) + _integrand(
            centre + half * _NODES[i], kind, m1, s1, m2, s2, r
        )
        kronrod += _KRONROD[i] * both
        if i % 2 == 1:
            gauss += _GAUSS[i // 2] * both
    return kronrod * half, abs(kronrod - gauss) * half


@numba.njit
def average(kind: int, m1: float, s1: float, m2: float, s2: float, r: float) -> float:
    """Return <phi phi> (kind 0) or <phi' phi'> (kind 1) of ReLU."""
    start = max(-m1 / s1, -8.0)
    if start >= 8.0:
        return 0.0
    total, error = _rule(start, 8.0, kind, m1, s1, m2, s2, r)
    parts = 1
    while error > 1e-2 * abs(total) + 1e-2 and parts < 64:
        parts *= 2
        total, error = 0.0, 0.0
        for i in range(parts):
            a = start + (8.0 - start) * i / parts
            value, e = _rule(a, a + (8.0 - start) / parts, kind, m1, s1, m2, s2, r)
            total += value
            error += e
    return total


@numba.njit
def march(
    g: float, size: float, amplitude: float, frequency: float, dt: float, n: int, width: int, m0: float, v0: float
):
    """March n steps from h(0) ~ N(m0, v0); return log k(t, t) (seeded at half time), one number a step."""
    root = math.sqrt(size)
    m, v = np.empty(n + 1), np.empty(n + 1)
    c, r, k, l = np.zeros(n + 2), np.zeros(n + 2), np.zeros(n + 2), np.zeros(n + 2)  # noqa: E741
    m[0], v[0], c[0] = m0, v0, v0
    logs, shift, seed = np.zeros(n + 1), 0.0, n // 2
    for t in range(n):
        lo = max(0, t - width)
        diagonal_c, diagonal_k = c[t], k[t]
        for u in range(lo, t + 1):
            c[u] += dt * (r[u] - c[u])
            k[u] += dt * (l[u] - k[u])
        v[t + 1] = max(diagonal_c + dt * 2.0 * (r[t] - diagonal_c), 1e-12)
        new_k = diagonal_k + dt * 2.0 * (l[t] - diagonal_k)
        # the mean, stiff: implicit Euler with the variance of the step
        x, s = m[t], math.sqrt(v[t])
        drive = root + amplitude * math.sin(2 * math.pi * frequency * (t + 1) * dt)
        for _ in range(50):
            cdf = 0.5 * math.erfc(-x / s / math.sqrt(2.0))
            rate = x * cdf + s * math.exp(-0.5 * (x / s) ** 2) / _SQRT_2PI
            change = (x - m[t] - dt * (-x + drive - root * rate)) / (1 + dt * (1 + root * cdf))
            x -= change
            if abs(change) < 1e-10 * (1 + abs(x)):
                break
        m[t + 1] = x
        c[t + 1], k[t + 1] = v[t + 1], new_k
        if t + 1 == seed:
            k[t + 1] = 1.0
        r[lo], l[lo] = 0.0, 0.0
        s = math.sqrt(v[t + 1])
        for u in range(lo, t + 1):
            su = math.sqrt(v[u])
            rho = min(max(c[u] / (su * s), -1.0), 1.0)
            r[u + 1] = r[u] + dt * (-r[u] + g * g * average(0, m[u], su, m[t + 1], s, rho))
            if t + 1 >= seed:
                l[u + 1] = l[u] + dt * (-l[u] + g * g * average(1, m[u], su, m[t + 1], s, rho) * k[u])
        if t + 1 >= seed:
            if k[t + 1] > 1e100:
                for u in range(t + 2):
                    k[u] *= 1e-100
                    l[u] *= 1e-100
                shift += 100 * math.log(10.0)
            logs[t + 1] = shift + math.log(k[t + 1])
    return logs


def exponent(
    g: float, size: float, amplitude: float, frequency: float, *, duration: float, window: float, dt: float
) -> float:
    """Return the exponent from the last quarter of the march, over whole periods."""
    n, period = round(duration / dt), round(1 / frequency / dt)
    logs = march(g, size, amplitude, frequency, dt, n, round(window / dt), -1.8, 20.0)
    periods = max(1, n // 4 // period)
    return (logs[n] - logs[n - periods * period]) / (2 * periods * period * dt)
