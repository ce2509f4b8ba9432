"""<phi phi> and <phi' phi'> of ReLU between one time and many, in loops that the compiler turns into vector code.

By Owen's function T(h, x) = (1/2 pi) int_0^x exp(-h^2 (1 + y^2)/2)/(1 + y^2) dy [Owen, Ann. Math. Statist. 27, 1075
(1956)]: with w = sqrt(1 - r^2), x_a = (b - r a)/(a w), x_b = (a - r b)/(b w),
    Phi2(a, b; r) = Phi(a)/2 + Phi(b)/2 - T(a, x_a) - T(b, x_b) - (1/2 if a and b have opposite signs).
Where |x| > 1, T(h, x) is taken from T(h x, 1/x); h x = (b - r a)/w enters <phi phi> as well. No branch depends on r, so
that all cells of a row take the same path; nothing is singular at r = 1.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_BLOCK = 128  # cells at a time: the work space stays in the first cache
WORK = (12, _BLOCK)
_LIMIT = 38.0  # standard deviations beyond which densities and tails underflow
_LOG2E, _LN2_HIGH, _LN2_LOW = 1.4426950408889634, 6.93147180369123816490e-01, 1.90821492927058770002e-10
_SHIFT = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to an integer, left in the low bits
_INVERSE_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)
_SQRT_HALF = math.sqrt(0.5)
_X, _W = np.polynomial.legendre.leggauss(8)
_NODES2 = (0.5 * (1.0 + _X)) ** 2
_WEIGHTS = 0.5 * _W / (2.0 * math.pi)


def _erfc_coefficients() -> FloatArray:
    """Chebyshev series in t = 2/(2 + z) of log(erfc(z) exp(z^2)/t), z >= 0."""
    from scipy.special import erfcx

    def logarithm(s: FloatArray) -> FloatArray:
        t = 0.5 * (np.asarray(s) + 1.0)
        return np.log(erfcx(2.0 / t - 2.0) / t)

    # The nodes of the fit stay away from t = 0, where the quotient tends to 1/(2 sqrt(pi)).
    return np.asarray(np.polynomial.chebyshev.Chebyshev.interpolate(logarithm, 22).coef, dtype=np.float64)


_ERFC = _erfc_coefficients()


@intrinsic
def _bits_of(context: Any, number: Any) -> Any:
    """Return the bits of a float64 as an int64."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), code


@intrinsic
def _float_of(context: Any, bits: Any) -> Any:
    """Return the float64 of which an int64 holds the bits."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), code


@numba.njit(cache=True)
def _exp(x: float) -> float:
    """Return exp(x) for x <= 0 to 3e-16, and at most 1e-304 below -700."""
    x = max(x, -700.0)
    shifted = x * _LOG2E + _SHIFT
    k = shifted - _SHIFT
    y = (x - k * _LN2_HIGH) - k * _LN2_LOW
    p = 1.0 / 479001600.0
    p = p * y + 1.0 / 39916800.0
    p = p * y + 1.0 / 3628800.0
    p = p * y + 1.0 / 362880.0
    p = p * y + 1.0 / 40320.0
    p = p * y + 1.0 / 5040.0
    p = p * y + 1.0 / 720.0
    p = p * y + 1.0 / 120.0
    p = p * y + 1.0 / 24.0
    p = p * y + 1.0 / 6.0
    p = p * y + 0.5
    p = p * y + 1.0
    p = p * y + 1.0
    return p * _float_of((_bits_of(shifted) << 52) + (1023 << 52))  # type: ignore[call-arg]


_VECTOR: dict[str, Any] = {"cache": True, "fastmath": {"contract"}, "error_model": "numpy"}


@numba.njit(**_VECTOR)
def _clenshaw_step(s: FloatArray, d: FloatArray, dd: FloatArray, coefficient: float, n: int) -> None:
    for i in range(n):
        new = s[i] * d[i] - dd[i] + coefficient
        dd[i] = d[i]
        d[i] = new


@numba.njit(**_VECTOR)
def _cdf(x: FloatArray, out: FloatArray, work: FloatArray, n: int) -> None:
    """Write the normal distribution function of x[:n] to out[:n]; `work` has shape (3, >= n)."""
    s, d, dd = work[0], work[1], work[2]
    for i in range(n):
        s[i] = 8.0 / (2.0 + abs(x[i]) * _SQRT_HALF) - 2.0
        d[i] = 0.0
        dd[i] = 0.0
    for j in range(_ERFC.size - 1, 0, -1):
        _clenshaw_step(s, d, dd, _ERFC[j], n)
    for i in range(n):
        tail = 0.125 * (s[i] + 2.0) * _exp(-0.5 * x[i] * x[i] + (0.5 * s[i] * d[i] - dd[i] + _ERFC[0]))
        out[i] = 1.0 - tail if x[i] > 0.0 else tail


@numba.njit(**_VECTOR)
def _term(h2: float, x2: float, k: int) -> float:
    t = 1.0 + x2 * _NODES2[k]
    return _WEIGHTS[k] * _exp(h2 * t) / t


@numba.njit(**_VECTOR)
def _owen(h2: FloatArray, x2: FloatArray, out: FloatArray, n: int) -> None:
    """Write T(h, x)/x to out[:n], from -h^2/2 and x^2 <= 1, to 3e-12; nodes are spelled out for the compiler."""
    for i in range(n):
        h, x = h2[i], x2[i]
        first = (_term(h, x, 0) + _term(h, x, 1)) + (_term(h, x, 2) + _term(h, x, 3))
        out[i] = first + ((_term(h, x, 4) + _term(h, x, 5)) + (_term(h, x, 6) + _term(h, x, 7)))


@numba.njit(**_VECTOR)
def _arguments(
    r: FloatArray, a: FloatArray, b: float, swap: bool, ratio: FloatArray, h2: FloatArray, x: FloatArray, n: int
) -> None:
    """Write (b - r a)/w, and -h^2/2 and |x| <= 1 of the Owen function of a; of b and (a - r b)/w if `swap`."""
    for i in range(n):
        first = b if swap else a[i]
        other = a[i] if swap else b
        one = 1.0 - r[i]
        w = math.sqrt(max(one * (1.0 + r[i]), 1e-300))
        d = (other - first) + one * first  # other - r first, without the cancellation near r = 1
        g = min(max(d / w, -_LIMIT), _LIMIT)
        up, down = abs(d), abs(first) * w
        near = up <= down
        h = first if near else g
        ratio[i] = g
        h2[i] = -0.5 * h * h
        # inside out beyond 1: `near` is found again from the sign
        x[i] = up / down if near else -down / up


@numba.njit(**_VECTOR)
def _square(x: FloatArray, out: FloatArray, n: int) -> None:
    for i in range(n):
        out[i] = x[i] * x[i]


@numba.njit(**_VECTOR)
def _add_owen(
    a: FloatArray, b: float, cdf_a: FloatArray, cdf_b: float, swap: bool, ratio: FloatArray, cdf_ratio: FloatArray,
    x: FloatArray, t: FloatArray, total: FloatArray, n: int,
) -> None:  # fmt: skip
    """Subtract T(a, x_a) from the total (T(b, x_b) if `swap`)."""
    for i in range(n):
        first = b if swap else a[i]
        cdf = cdf_b if swap else cdf_a[i]
        negative = (ratio[i] < 0.0) != (first < 0.0)
        size = abs(x[i]) * t[i]
        signed = -size if negative else size
        beyond = 0.5 * cdf + 0.5 * cdf_ratio[i] - cdf * cdf_ratio[i] - signed - (0.5 if negative else 0.0)
        total[i] -= signed if x[i] >= 0.0 else beyond


@numba.njit(**_VECTOR)
def relu_row(
    lo: int,
    n: int,
    sd: FloatArray,
    a: FloatArray,
    cdf: FloatArray,
    density: FloatArray,
    c: FloatArray,
    q: FloatArray,
    p: FloatArray,
    weight: float,
    work: FloatArray,
) -> None:
    """Add `weight` times <phi(u) phi(n)> to q[u] and <phi'(u) phi'(n)> to p[u], u = lo..n.

    sd, a, cdf, density : of h at each time: standard deviation, mean over it, and the normal distribution function and
    density there, from `tabulate`. c : covariances with h(n). work : shape `WORK`.
    """
    b, cdf_b, density_b, sd_b = a[n], cdf[n], density[n], sd[n]
    r, g1, g2, f1, f2, h2, x, x2, t = work[3], work[4], work[5], work[6], work[7], work[8], work[9], work[10], work[11]
    total = np.empty(_BLOCK)
    for start in range(lo, n + 1, _BLOCK):
        m = min(_BLOCK, n + 1 - start)
        here = a[start : start + m]
        cdf_a, density_a, sd_a = cdf[start : start + m], density[start : start + m], sd[start : start + m]
        row, sums, slopes = c[start : start + m], q[start : start + m], p[start : start + m]
        for i in range(m):
            r[i] = min(max(row[i] / (sd_a[i] * sd_b), -1.0), 1.0)
            total[i] = 0.5 * (cdf_a[i] + cdf_b) - (0.5 if (here[i] < 0.0) != (b < 0.0) else 0.0)
        _arguments(r, here, b, False, g2, h2, x, m)
        _square(x, x2, m)
        _owen(h2, x2, t, m)
        _cdf(g2, f2, work, m)
        _add_owen(here, b, cdf_a, cdf_b, False, g2, f2, x, t, total, m)
        _arguments(r, here, b, True, g1, h2, x, m)
        _square(x, x2, m)
        _owen(h2, x2, t, m)
        _cdf(g1, f1, work, m)
        _add_owen(here, b, cdf_a, cdf_b, True, g1, f1, x, t, total, m)
        for i in range(m):
            w = math.sqrt(max((1.0 - r[i]) * (1.0 + r[i]), 0.0))
            edge = here[i] * density_b * f1[i] + b * density_a[i] * f2[i]
            edge += w * _INVERSE_SQRT_2PI * density_b * _exp(-0.5 * g1[i] * g1[i])
            sums[i] += weight * sd_a[i] * sd_b * ((here[i] * b + r[i]) * total[i] + edge)
            slopes[i] += weight * total[i]


@numba.njit(cache=True)
def tabulate(m: float, v: float, u: int, sd: FloatArray, a: FloatArray, cdf: FloatArray, density: FloatArray) -> None:
    """Write what `relu_row` needs of h ~ N(m, v) at time u."""
    s = max(math.sqrt(v), 1e-8 * abs(m), 1e-150)
    x = min(max(m / s, -_LIMIT), 1e8)
    if abs(x) < 1e-150:
        x = 1e-150  # a = 0 is its limit from above
    sd[u] = s
    a[u] = x
    cdf[u] = 0.5 * math.erfc(-_SQRT_HALF * x)
    density[u] = math.exp(-0.5 * x * x) * _INVERSE_SQRT_2PI if abs(x) < _LIMIT else 0.0


@numba.njit(cache=True)
def relu_square(m: FloatArray, v: FloatArray, c: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return <phi phi> and <phi' phi'> between all pairs of times, shape (n, n), from a symmetric covariance c."""
    n = len(m)
    sd, a, cdf, density = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    q, p = np.zeros((n, n)), np.zeros((n, n))
    work = np.zeros(WORK)
    for u in range(n):
        tabulate(m[u], v[u], u, sd, a, cdf, density)
        relu_row(0, u, sd, a, cdf, density, c[u], q[u], p[u], 1.0, work)
        for w in range(u):
            q[w, u] = q[u, w]
            p[w, u] = p[u, w]
    return q, p


@numba.njit(cache=True)
def relu_phases(now: FloatArray, later: FloatArray, v: float, c: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return <phi phi> and <phi' phi'> at covariances c, shape (n,), averaged over phases.

    now[phase] and later[phase, lag] are the means at the two times, v their common variance.
    """
    n_phase, n = later.shape
    sd, a, cdf, density, q, p = (
        np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1)
    )  # fmt: skip
    row = np.empty(n + 1)
    row[:n] = c
    row[n] = v
    work = np.zeros(WORK)
    for k in range(n_phase):
        for i in range(n):
            tabulate(later[k, i], v, i, sd, a, cdf, density)
        tabulate(now[k], v, n, sd, a, cdf, density)
        relu_row(0, n, sd, a, cdf, density, row, q, p, 1.0 / n_phase, work)
    return q[:n], p[:n]
