"""<phi phi> and <phi' phi'> of ReLU between one time and many, in loops that the compiler turns into vector code.

By Owen's function T(h, x) = (1/2 pi) int_0^x exp(-h^2 (1 + y^2)/2)/(1 + y^2) dy [Owen, Ann. Math. Statist. 27, 1075
(1956)]: with w = sqrt(1 - r^2), x_a = (b - r a)/(a w), x_b = (a - r b)/(b w),
    Phi2(a, b; r) = Phi(a)/2 + Phi(b)/2 - T(a, x_a) - T(b, x_b) - (1/2 if a and b have opposite signs).
Where |x| > 1, T(h, x) is taken from T(h x, 1/x); h x = (b - r a)/w enters <phi phi> as well. T comes from the
polynomials of `relu_table`, which belong to a single time. No branch depends on r, so that all cells of a row take the
same path; nothing is singular at r = 1.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled
from dmft.numerics.gaussian.lanes import INVERSE_SQRT_2PI, MILLS_POLE, exp, inlined, mills, vector
from dmft.numerics.gaussian.relu_table import (
    ALPHA,
    BLOCK,
    CDF,
    DENSITY,
    FAR,
    GAMMA,
    INVERSE_SD,
    LIMIT,
    N_NODES,
    NEAR,
    NODES2,
    SD,
    SIZE,
    TERMS,
    WEIGHTS,
    place,
    standardised,
    tabulate,
)


@inlined
def _direction(
    first: float, other: float, one: float, w: float, inverse_w: float
) -> tuple[float, float, float, bool, float, float]:
    """Return of x = (other - r first)/(first w): g = first x, Phi(g), exp(-g^2/2), |x| <= 1, min(|x|, 1/|x|), y.

    one : 1 - r. y : the variable of the polynomials.
    """
    d = (other - first) + one * first  # other - r first, without the cancellation near r = 1
    g = min(max(d * inverse_w, -LIMIT), LIMIT)
    up, down = abs(d), abs(first) * w
    t = min(up, down) / max(up, down)
    z = t * t
    s, pole = abs(g) + MILLS_POLE, GAMMA * z + 1.0
    inverse = 1.0 / (s * pole)
    e = exp(-0.5 * g * g)
    tail = e * mills(inverse * pole)
    return g, (1.0 - tail if g > 0.0 else tail), e, up <= down, t, (ALPHA * z - 1.0) * (inverse * s)


@inlined
def _signed(size: float, first: float, cdf: float, g: float, cdf_g: float, near: bool) -> float:
    """Return T(first, x) from T of the arguments of which the second is at most 1 in size."""
    negative = (g < 0.0) != (first < 0.0)
    t = -size if negative else size
    beyond = 0.5 * cdf + 0.5 * cdf_g - cdf * cdf_g - t - (0.5 if negative else 0.0)
    return t if near else beyond


@inlined
def _terms(t: FloatArray, i: int) -> tuple[float, ...]:
    """Return the coefficients that begin at i; spelled out, for the compiler to keep them where it likes."""
    return (
        t[i], t[i + BLOCK], t[i + 2 * BLOCK], t[i + 3 * BLOCK], t[i + 4 * BLOCK], t[i + 5 * BLOCK], t[i + 6 * BLOCK],
        t[i + 7 * BLOCK], t[i + 8 * BLOCK], t[i + 9 * BLOCK],
    )  # fmt: skip


@inlined
def _polynomial(terms: tuple[float, ...], y: float) -> float:
    p = terms[9] * y + terms[8]
    p = p * y + terms[7]
    p = p * y + terms[6]
    p = p * y + terms[5]
    p = p * y + terms[4]
    p = p * y + terms[3]
    p = p * y + terms[2]
    p = p * y + terms[1]
    return p * y + terms[0]


@vector
def relu_row(lo: int, n: int, table: FloatArray, c: FloatArray, q: FloatArray, p: FloatArray, weight: float) -> None:
    """Add `weight` times <phi(u) phi(n)> to q[u] and <phi'(u) phi'(n)> to p[u], u = lo..n.

    table : of h at each time, from `tabulate`. c : covariances with h(n).
    """
    fixed = table[place(n) :]
    b, cdf_b, density_b, sd_b, inverse_b = fixed[0], fixed[CDF], fixed[DENSITY], fixed[SD], fixed[INVERSE_SD]
    near_b, far_b = _terms(fixed, NEAR), _terms(fixed, FAR)
    start = lo
    while start <= n:
        skip = start % BLOCK
        m = min(BLOCK - skip, n + 1 - start)
        t = table[place(start) : place(start) + SIZE - skip]
        row, sums, slopes = c[start : start + m], q[start : start + m], p[start : start + m]
        for i in range(m):
            a, cdf_a, density_a = t[i], t[CDF + i], t[DENSITY + i]
            r = min(max(row[i] * (t[INVERSE_SD + i] * inverse_b), -1.0), 1.0)
            one = 1.0 - r
            w = math.sqrt(max(one * (1.0 + r), 1e-300))
            inverse_w = 1.0 / w
            g, cdf_g, e, near, s, y = _direction(a, b, one, w, inverse_w)
            inside, outside = _polynomial(_terms(t, NEAR + i), y), _polynomial(_terms(t, FAR + i), y)
            owen = _signed(s * (inside if near else e * outside), a, cdf_a, g, cdf_g, near)
            k, cdf_k, e, near, s, y = _direction(b, a, one, w, inverse_w)
            inside, outside = _polynomial(near_b, y), _polynomial(far_b, y)
            owen += _signed(s * (inside if near else e * outside), b, cdf_b, k, cdf_k, near)
            both = 0.5 * (cdf_a + cdf_b) - owen - (0.5 if (a < 0.0) != (b < 0.0) else 0.0)
            edge = a * density_b * cdf_k + b * density_a * cdf_g + w * INVERSE_SQRT_2PI * density_b * e
            sums[i] += weight * t[SD + i] * sd_b * ((a * b + r) * both + edge)
            slopes[i] += weight * both
        start += m


@compiled()
def relu_square(m: FloatArray, v: FloatArray, c: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return <phi phi> and <phi' phi'> between all pairs of times, shape (n, n), from a symmetric covariance c."""
    n = len(m)
    q, p = np.zeros((n, n)), np.zeros((n, n))
    table, work = np.zeros(-(-n // BLOCK) * SIZE), np.zeros(TERMS * N_NODES)
    for u in range(n):
        tabulate(m[u], v[u], u, table, work)
        relu_row(0, u, table, c[u], q[u], p[u], 1.0)
        for w in range(u):
            q[w, u] = q[u, w]
            p[w, u] = p[u, w]
    return q, p


@inlined
def _term(h2: float, z: float, k: int) -> float:
    t = 1.0 + z * NODES2[k]
    return float(WEIGHTS[k] * exp(h2 * t) / t)


@inlined
def _owen(h2: float, z: float) -> float:
    """Return T(h, x)/x from -h^2/2 and z = x^2 <= 1, to 2e-13; the nodes are spelled out for the compiler."""
    first = (_term(h2, z, 0) + _term(h2, z, 1)) + (_term(h2, z, 2) + _term(h2, z, 3))
    return first + (((_term(h2, z, 4) + _term(h2, z, 5)) + (_term(h2, z, 6) + _term(h2, z, 7))) + _term(h2, z, 8))


@vector
def _phase(
    b: float, means: FloatArray, s: float, r: FloatArray, fixed: FloatArray, q: FloatArray, p: FloatArray, weight: float
) -> None:
    cdf_b, density_b = fixed[CDF], fixed[DENSITY]
    near_b, far_b = _terms(fixed, NEAR), _terms(fixed, FAR)
    for i in range(means.size):
        a = standardised(means[i], s)
        density_a = exp(-0.5 * a * a) * INVERSE_SQRT_2PI
        tail = density_a / INVERSE_SQRT_2PI * mills(1.0 / (abs(a) + MILLS_POLE))
        cdf_a = 1.0 - tail if a > 0.0 else tail
        one = 1.0 - r[i]
        w = math.sqrt(max(one * (1.0 + r[i]), 1e-300))
        inverse_w = 1.0 / w
        g, cdf_g, e, near, t, y = _direction(a, b, one, w, inverse_w)
        h = a if near else g
        owen = _signed(t * _owen(-0.5 * h * h, t * t), a, cdf_a, g, cdf_g, near)
        k, cdf_k, e, near, t, y = _direction(b, a, one, w, inverse_w)
        inside, outside = _polynomial(near_b, y), _polynomial(far_b, y)
        owen += _signed(t * (inside if near else e * outside), b, cdf_b, k, cdf_k, near)
        both = 0.5 * (cdf_a + cdf_b) - owen - (0.5 if (a < 0.0) != (b < 0.0) else 0.0)
        edge = a * density_b * cdf_k + b * density_a * cdf_g + w * INVERSE_SQRT_2PI * density_b * e
        q[i] += weight * ((a * b + r[i]) * both + edge)
        p[i] += weight * both


@compiled()
def relu_phases(now: FloatArray, later: FloatArray, v: float, c: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return <phi phi> and <phi' phi'> at covariances c, shape (n,), averaged over phases.

    now[phase] and later[phase, lag] are the means at the two times, v their common variance. Each mean at the later
    time enters one pair only, so that its Owen function is not worth a table.
    """
    n_phase, n = later.shape
    q, p, r = np.zeros(n), np.zeros(n), np.empty(n)
    fixed, work = np.zeros(SIZE), np.zeros(TERMS * N_NODES)
    for k in range(n_phase):
        tabulate(now[k], v, 0, fixed, work)
        s = fixed[SD]
        square = v if s * s < 2.0 * v else s * s  # so that c = v is r = 1, where <phi' phi'> is steep
        for i in range(n):
            r[i] = min(max(c[i] / square, -1.0), 1.0)
        _phase(fixed[0], later[k], s, r, fixed, q, p, s * s / n_phase)
    return q, p / (s * s)
