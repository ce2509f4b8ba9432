"""Averages of ramps, max(0, x - kappa), over two Gaussian variables whose means lie on a circle.

x = A cos(t - s/2) + x_G, y = A cos(t + s/2) + y_G, with x_G, y_G of variance c0 and correlation r, and t uniform: the
pair averages are closed forms of the bivariate normal law at given t, averaged over t by the trapezoidal rule. They
carry what is not smooth in the averages of a nonlinearity with kinks, where a Hermite series converges slowly.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from dmft.numerics.gaussian.bivariate_normal import normal_cdf, normal_density, phi2

FloatArray = NDArray[np.float64]


def ramp_coefficients(threshold: FloatArray, n_terms: int) -> FloatArray:
    """Return <max(0, z - threshold) He_n(z)/sqrt(n!)> for n < n_terms, shape (n_terms, *threshold.shape).

    For n >= 2 they are density(a) He_{n-2}(a)/sqrt(n!), a the threshold, by the normalised recurrence on functions
    times exp(-a^2/4), which stay of order one.
    """
    a = np.asarray(threshold, dtype=float)
    out = np.zeros((n_terms, *a.shape))
    half = np.exp(-0.25 * a * a)
    density = half * half / math.sqrt(2.0 * math.pi)
    from scipy.special import ndtr

    tail = ndtr(-a)
    out[0] = density - a * tail
    if n_terms > 1:
        out[1] = tail
    older, newer = np.zeros_like(a), half.copy()  # normalised He_{m-1}, He_m times exp(-a^2/4)
    for m in range(n_terms - 2):
        out[m + 2] = newer * half / math.sqrt(2.0 * math.pi * (m + 1.0) * (m + 2.0))
        older, newer = newer, (a * newer - math.sqrt(m) * older) / math.sqrt(m + 1.0)
    return out


@numba.njit(cache=True)
def _average(
    first: float, other: float, amplitude: float, r: FloatArray, shift: FloatArray, n_phases: int, out: FloatArray
) -> None:
    """Fill out[0], out[1], out[2] with <ramp ramp>, <step step>, <delta ramp>, all in units of sigma = 1."""
    for j in range(len(r)):
        one, rj = 1.0 - r[j], r[j]
        square = one * (1.0 + rj)
        q = math.sqrt(max(square, 0.0))
        ramps, steps, heat = 0.0, 0.0, 0.0
        for i in range(n_phases):
            t = 2.0 * math.pi * (i + 0.5) / n_phases
            a = first - amplitude * math.cos(t - 0.5 * shift[j])
            b = other - amplitude * math.cos(t + 0.5 * shift[j])
            both = phi2(-a, -b, rj, square)
            density_a, density_b = normal_density(a), normal_density(b)
            gap_a = (b - a) + one * a  # b - r a, without the cancellation near r = 1
            gap_b = (a - b) + one * b
            if q > 0.0:
                u, v = -gap_a / q, -gap_b / q
                tail_u, tail_v = normal_cdf(u), normal_cdf(v)
                ridge_u, ridge_v = q * normal_density(u), q * normal_density(v)
            else:
                tail_u = 1.0 if gap_a < 0.0 else (0.5 if gap_a == 0.0 else 0.0)
                tail_v = 1.0 if gap_b < 0.0 else (0.5 if gap_b == 0.0 else 0.0)
                ridge_u = ridge_v = 0.0
            steps += both
            ramps += (rj + a * b) * both - b * density_a * tail_u - a * density_b * tail_v
            # q^2 times the bivariate density is density(a) times q density(u).
            ramps += density_a * ridge_u
            heat += 0.5 * (density_a * (ridge_u - gap_a * tail_u) + density_b * (ridge_v - gap_b * tail_v))
        out[0, j], out[1, j], out[2, j] = ramps / n_phases, steps / n_phases, heat / n_phases


def ramp_averages(
    places: tuple[float, float],
    amplitude: float,
    variance: float,
    correlation: FloatArray,
    shift: FloatArray,
    n_phases: int,
) -> FloatArray:
    """Return averages of two ramps with their kinks at `places`, over the pair of variables and the phase.

    Parameters
    ----------
    places : kappa of the two ramps.
    amplitude : A of the means.
    variance : c0 of the Gaussian parts.
    correlation, shift : r and s, shape (n,).
    n_phases : points of the trapezoidal rule in t.

    Returns
    -------
    shape (3, n) : <ramp ramp>, its derivative by the covariance <step step>, its derivative by the variance at fixed
        covariance, symmetrised over the two places.

    Notes
    -----
    Accuracy: 1e-12 of the largest (`tests/unit/test_ramp_pairs.py`). Cost: .3 us a phase and point.
    """
    sigma = math.sqrt(variance)
    out = np.empty((3, len(correlation)))
    _average(
        places[0] / sigma,
        places[1] / sigma,
        amplitude / sigma,
        np.ascontiguousarray(correlation, dtype=float),
        np.ascontiguousarray(shift, dtype=float),
        n_phases,
        out,
    )
    out[0] *= variance
    return out
