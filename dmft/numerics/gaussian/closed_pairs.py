"""<phi phi> and <phi' phi'> of ReLU and erf at two times of different mean and variance, in compiled code.

x ~ N(m1, v1), y ~ N(m2, v2), covariance c. Of ReLU, with a = m1/s1, b = m2/s2, r = c/(s1 s2), w = sqrt(1 - r^2), n the
density and Phi2 the bivariate distribution function,
    <phi' phi'> = Phi2(a, b; r),
    <phi phi>   = s1 s2 {(a b + r) Phi2 + a n(b) Phi((a - r b)/w) + b n(a) Phi((b - r a)/w)
                  + (w/2 pi) exp(-(a^2 - 2 r a b + b^2)/(2 w^2))}.
Of erf(x/sqrt 2) = 2 Phi(x) - 1, with a = m1/sqrt(1 + v1), b likewise, r = c/sqrt((1 + v1)(1 + v2)),
    <phi phi>   = 4 Phi2(a, b; r) - 2 Phi(a) - 2 Phi(b) + 1,
    <phi' phi'> = 4 times the bivariate normal density of covariance V + 1 at (m1, m2).
"""

from __future__ import annotations

import math

from dmft.arrays import FloatArray
from dmft.compiled import compiled
from dmft.numerics.gaussian.bivariate_normal import normal_cdf, normal_density, phi2

RELU, ERF = 0, 1
_DEEP = -37.0  # below this many standard deviations ReLU is silent to double precision
_SQRT_2PI = math.sqrt(2.0 * math.pi)
_SCALE = math.sqrt(0.5 * math.pi)  # erf(sqrt(pi) x/2) = 2 Phi(_SCALE x) - 1


@compiled()
def relu_first(m: float, v: float) -> tuple[float, float]:
    """Return <phi> and its derivative in m, <phi'>."""
    if v <= 0.0:
        return max(m, 0.0), 1.0 if m > 0 else 0.0
    s = math.sqrt(v)
    a = m / s
    if a < _DEEP:
        return 0.0, 0.0
    p = normal_cdf(a)
    return s * (a * p + normal_density(a)), p


@compiled()
def relu_pair(m1: float, v1: float, m2: float, v2: float, c: float) -> tuple[float, float]:
    """Return <phi phi> and <phi' phi'> of ReLU."""
    if v1 <= 0.0 or v2 <= 0.0:
        f1, p1 = relu_first(m1, v1)
        f2, p2 = relu_first(m2, v2)
        return f1 * f2, p1 * p2
    s1, s2 = math.sqrt(v1), math.sqrt(v2)
    a, b = m1 / s1, m2 / s2
    if a < _DEEP or b < _DEEP:
        return 0.0, 0.0
    both = math.sqrt(v1 * v2)  # exactly v if v1 = v2, where the correlation must come out as exactly 1
    r = min(1.0, max(-1.0, c / both))
    w2 = (1.0 - r) * (1.0 + r)
    p = phi2(a, b, r, w2)
    na, nb = normal_density(a), normal_density(b)
    if w2 > 0.0:
        w = math.sqrt(w2)
        d = (a - b) + (1.0 - r) * b  # a - r b, without the cancellation near r = 1
        edge = a * nb * normal_cdf(d / w) + b * na * normal_cdf(((b - a) + (1.0 - r) * a) / w)
        edge += w * math.exp(-0.5 * d * d / w2) * nb / _SQRT_2PI
    elif r > 0.0:
        t = min(a, b)
        edge = (a + b - t) * normal_density(t)
    else:
        # x/s1 - a = -(y/s2 - b): both positive on -a < z < b only.
        edge = a * nb + b * na if a + b > 0.0 else 0.0
    return both * ((a * b + r) * p + edge), p


@compiled()
def erf_first(m: float, v: float) -> tuple[float, float]:
    """Return <phi> and <phi'> of erf(sqrt(pi) x/2)."""
    width = math.sqrt(1.0 + _SCALE * _SCALE * v)
    a = _SCALE * m / width
    return 2.0 * normal_cdf(a) - 1.0, 2.0 * _SCALE * normal_density(a) / width


@compiled(error_model="numpy")
def erf_pair(m1: float, v1: float, m2: float, v2: float, c: float) -> tuple[float, float]:
    """Return <phi phi> and <phi' phi'> of erf(sqrt(pi) x/2)."""
    k2 = _SCALE * _SCALE
    u1, u2 = 1.0 + k2 * v1, 1.0 + k2 * v2
    cov = k2 * c
    s1, s2 = math.sqrt(u1), math.sqrt(u2)
    a, b = _SCALE * m1 / s1, _SCALE * m2 / s2
    r = min(1.0, max(-1.0, cov / (s1 * s2)))
    both = math.sqrt(v1 * v2)
    w2 = (1.0 + k2 * (v1 + v2) + k2 * k2 * (both - c) * (both + c)) / (u1 * u2)  # 1 - r^2, which would cancel
    q = 4.0 * phi2(a, b, r, w2) - 2.0 * normal_cdf(a) - 2.0 * normal_cdf(b) + 1.0
    # (a^2 - 2 r a b + b^2)/(2 w^2) as sums of terms of one sign: it would cancel near |r| = 1
    form = 0.5 * (a - b) ** 2 / w2 + a * b / (1.0 + r) if r > 0.0 else 0.5 * (a + b) ** 2 / w2 - a * b / (1.0 - r)
    density = math.exp(-form) / (2.0 * math.pi * s1 * s2 * math.sqrt(w2))
    return q, 4.0 * k2 * density


@compiled()
def first(kind: int, m: float, v: float) -> tuple[float, float]:
    """Return <phi> and <phi'> of the nonlinearity `kind`."""
    return relu_first(m, v) if kind == RELU else erf_first(m, v)


@compiled()
def pair(kind: int, m1: float, v1: float, m2: float, v2: float, c: float) -> tuple[float, float]:
    """Return <phi phi> and <phi' phi'> of the nonlinearity `kind`."""
    return relu_pair(m1, v1, m2, v2, c) if kind == RELU else erf_pair(m1, v1, m2, v2, c)


@compiled()
def fill(
    kind: int,
    m1: FloatArray,
    v1: FloatArray,
    m2: FloatArray,
    v2: FloatArray,
    c: FloatArray,
    q: FloatArray,
    p: FloatArray,
) -> None:
    """Write <phi phi> into q and <phi' phi'> into p."""
    for i in range(len(c)):
        q[i], p[i] = pair(kind, m1[i], v1[i], m2[i], v2[i], c[i])
