"""exp, and the normal distribution function, without branches: the compiler turns loops over them into vector code."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled

# "contract": products and sums may become one instruction; nothing else may be changed.
_VECTOR: dict[str, Any] = {"fastmath": {"contract"}, "error_model": "numpy"}
vector = compiled(**_VECTOR)
inlined = compiled(**_VECTOR, forceinline=True)  # a call would keep a loop from becoming vector code

INVERSE_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)
_LOG2E, _LN2_HIGH, _LN2_LOW = 1.4426950408889634, 6.93147180369123816490e-01, 1.90821492927058770002e-10
_SHIFT = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to an integer, left in the low bits

MILLS_POLE = 6.0
_MILLS_END = 7.6  # standard deviations at which the tail is below 1e-14, however the ratio is continued
_MILLS_SLOPE = 2.0 / (1.0 / MILLS_POLE - 1.0 / (_MILLS_END + MILLS_POLE))
_MILLS_SHIFT = -1.0 - _MILLS_SLOPE / (_MILLS_END + MILLS_POLE)


def _mills_coefficients() -> FloatArray:
    """Polynomial in 1/(s + pole), mapped to [-1, 1], of exp(s^2/2) Phi(-s), weighted with exp(-s^2/2)."""
    from scipy.special import erfcx

    y = np.cos(np.pi * (np.arange(400) + 0.5) / 400)
    s = _MILLS_SLOPE / (y - _MILLS_SHIFT) - MILLS_POLE
    weight = np.maximum(np.exp(-s * s / 2.0), 1e-3)
    series = np.polynomial.chebyshev.chebvander(y, 11) * weight[:, None]
    fit = np.linalg.lstsq(series, 0.5 * erfcx(math.sqrt(0.5) * s) * weight, rcond=None)[0]
    return np.asarray(np.polynomial.chebyshev.cheb2poly(fit), dtype=np.float64)


_M0, _M1, _M2, _M3, _M4, _M5, _M6, _M7, _M8, _M9, _M10, _M11 = (float(x) for x in _mills_coefficients())


@inlined
def exp(x: float) -> float:
    """Return exp(x) for x <= 0 to 3e-14 relative, and at most 1e-304 below -700."""
    x = max(x, -700.0)
    shifted = x * _LOG2E + _SHIFT
    k = shifted - _SHIFT
    y = (x - k * _LN2_HIGH) - k * _LN2_LOW
    p = ((1.0 / 39916800.0 * y + 1.0 / 3628800.0) * y + 1.0 / 362880.0) * y + 1.0 / 40320.0
    p = (((p * y + 1.0 / 5040.0) * y + 1.0 / 720.0) * y + 1.0 / 120.0) * y + 1.0 / 24.0
    p = (((p * y + 1.0 / 6.0) * y + 0.5) * y + 1.0) * y + 1.0
    exponent = (np.float64(shifted).view(np.int64) << 52) + (1023 << 52)
    return p * np.int64(exponent).view(np.float64)


@inlined
def mills(inverse: float) -> float:
    """Return exp(s^2/2) Phi(-s), s >= 0, from 1/(s + MILLS_POLE); times exp(-s^2/2) it is right to 5e-14."""
    y = _MILLS_SLOPE * inverse + _MILLS_SHIFT
    p = ((_M11 * y + _M10) * y + _M9) * y + _M8
    p = (((p * y + _M7) * y + _M6) * y + _M5) * y + _M4
    return (((p * y + _M3) * y + _M2) * y + _M1) * y + _M0
