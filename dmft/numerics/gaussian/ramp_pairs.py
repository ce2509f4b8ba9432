"""Averages of ramps, max(0, x - kappa), over two Gaussian variables whose means lie on a circle.

x = A cos(t - s/2) + x_G, y = A cos(t + s/2) + y_G, with x_G, y_G of variance c0 and correlation r, and t uniform: the
pair averages are closed forms of the bivariate normal law at given t, averaged over t by the trapezoidal rule. They
carry what is not smooth in the averages of a nonlinearity with kinks, where a Hermite series converges slowly.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled
from dmft.numerics.gaussian.bivariate_normal import normal_cdf, normal_density, phi2
from dmft.numerics.gaussian.hermite import hermite_functions


def ramp_coefficients(threshold: FloatArray, n_terms: int, order: int = 1) -> FloatArray:
    """Return <max(0, z - threshold)^order/order! He_n(z)/sqrt(n!)>, n < n_terms, shape (n_terms, *threshold.shape).

    Of a ramp and n >= 2 they are density(a) He_{n-2}(a)/sqrt(n!), a the threshold; higher orders are integrals of that.
    """
    from scipy.special import ndtr

    a = np.asarray(threshold, dtype=float)
    out = np.zeros((n_terms, *a.shape))
    half, tail = np.exp(-0.25 * a * a), ndtr(-a)
    out[0], out[1] = half * half / math.sqrt(2.0 * math.pi) - a * tail, tail
    above = np.sqrt(np.arange(1.0, n_terms)).reshape(-1, *([1] * a.ndim))
    out[2:] = hermite_functions(a, n_terms - 2) * (half / math.sqrt(2.0 * math.pi)) / (above[:-1] * above[1:])
    lower = tail
    for p in range(2, order + 1):
        first = (lower - a * out[0]) / p
        lower = out[0].copy()
        out[1:] = out[:-1] / above
        out[0] = first
    return out


@compiled()
def _on_ridge(gap: float, q: float, moments: FloatArray) -> None:
    """Fill moments[j] = <max(0, y)^j> for y of mean -gap and standard deviation q, j < 4."""
    if q > 0.0:
        u = -gap / q
        moments[0] = normal_cdf(u)
        moments[1] = q * normal_density(u) - gap * moments[0]
    else:
        moments[0] = 1.0 if gap < 0.0 else (0.5 if gap == 0.0 else 0.0)
        moments[1] = max(-gap, 0.0)
    moments[2] = q * q * moments[0] - gap * moments[1]
    moments[3] = 2.0 * q * q * moments[1] - gap * moments[2]


@compiled()
def _average(
    first: float,
    other: float,
    p: int,
    p_other: int,
    amplitude: float,
    r: FloatArray,
    shift: FloatArray,
    n_phases: int,
    out: FloatArray,
) -> None:
    """Fill out[0], out[1], out[2] with <f f'>, its derivatives by the covariance and by the variance, at sigma = 1.

    Moments m[i, j] = <max(0, x - a)^i max(0, y - b)^j> follow from each other by partial integration.
    """
    m = np.zeros((4, 4))
    ridge_a, ridge_b = np.zeros(4), np.zeros(4)
    factorial = np.array([1.0, 1.0, 2.0, 6.0])
    for k in range(len(r)):
        one, rk = 1.0 - r[k], r[k]
        square = one * (1.0 + rk)
        q = math.sqrt(max(square, 0.0))
        value, slope, heat = 0.0, 0.0, 0.0
        for phase in range(n_phases):
            t = 2.0 * math.pi * (phase + 0.5) / n_phases
            a = first - amplitude * math.cos(t - 0.5 * shift[k])
            b = other - amplitude * math.cos(t + 0.5 * shift[k])
            density_a, density_b = normal_density(a), normal_density(b)
            _on_ridge((b - a) + one * a, q, ridge_a)  # y - b at x = a: b - r a without the cancellation near r = 1
            _on_ridge((a - b) + one * b, q, ridge_b)
            m[0, 0] = phi2(-a, -b, rk, square)
            for i in range(p + 1):
                for j in range(p_other + 1):
                    if i > 0:
                        total = rk * (j * m[i - 1, j - 1] if j > 0 else density_b * ridge_b[i - 1])
                        total += (i - 1) * m[i - 2, j] if i > 1 else density_a * ridge_a[j]
                        m[i, j] = total - a * m[i - 1, j]
                    elif j > 0:
                        total = (j - 1) * m[0, j - 2] if j > 1 else density_b * ridge_b[0]
                        m[0, j] = total + rk * density_a * ridge_a[j - 1] - b * m[0, j - 1]
            value += m[p, p_other] / (factorial[p] * factorial[p_other])
            slope += m[p - 1, p_other - 1] / (factorial[p - 1] * factorial[p_other - 1])
            curved = density_a * ridge_a[p_other] if p == 1 else m[p - 2, p_other] / factorial[p - 2]
            curved_other = density_b * ridge_b[p] if p_other == 1 else m[p, p_other - 2] / factorial[p_other - 2]
            heat += 0.5 * (curved / factorial[p_other] + curved_other / factorial[p])
        out[0, k], out[1, k], out[2, k] = value / n_phases, slope / n_phases, heat / n_phases


def ramp_averages(
    places: tuple[float, float],
    amplitude: float,
    variance: float,
    correlation: FloatArray,
    shift: FloatArray,
    n_phases: int,
    orders: tuple[int, int] = (1, 1),
) -> FloatArray:
    """Return averages of f = max(0, x - kappa)^p/p!, and the same of y, over the pair and the phase.

    Parameters
    ----------
    places : kappa of the two.
    amplitude : A of the means.
    variance : c0 of the Gaussian parts.
    correlation, shift : r and s, shape (n,).
    n_phases : points of the trapezoidal rule in t.
    orders : p of the two, 1, 2 or 3.

    Returns
    -------
    shape (3, n) : <f f>, its derivative by the covariance <f' f'>, its derivative by the variance at fixed covariance,
        <f f''>, symmetrised over the two.

    Notes
    -----
    Accuracy: 1e-12 of the largest (`tests/unit/test_phase_site.py`). Cost: .3 us a phase and point.
    """
    sigma = math.sqrt(variance)
    out = np.empty((3, len(correlation)))
    _average(
        places[0] / sigma,
        places[1] / sigma,
        *orders,
        amplitude / sigma,
        np.ascontiguousarray(correlation, dtype=float),
        np.ascontiguousarray(shift, dtype=float),
        n_phases,
        out,
    )
    power = 0.5 * sum(orders)
    out *= variance**power * np.array([1.0, 1.0 / variance, 1.0 / variance])[:, None]
    return out
