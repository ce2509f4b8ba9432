"""Correlation of phi(x) over sample paths, with a Gaussian process of known correlation subtracted.

Let y = H eta be the Gaussian process nearest to x (H the regression of x on the noise). Its <phi phi> is known exactly,
F(C_y), and its sample error is nearly that of x, because both are made of the same noise. Hence
    C^phi = sample[phi(x)] - c (sample[phi(y)] - F(C_y)),
with c from the regression of the periodograms of phi(x) on those of phi(y). Without memory x = y, and what is left is
the exact Gaussian average.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.gaussian import averages_within
from dmft.numerics.sampling.elementwise import fast
from dmft.numerics.sampling.noise import PeriodicNoise
from dmft.numerics.sampling.periodic_grid import PeriodicGrid, power

CONTROL = 1e-8  # accuracy of the averages of the control: far below the sampling error
_FLOOR = 1e-7  # squared amplitude of the noise, relative to the largest, below which no response is estimated


def gaussian_response(
    noise: PeriodicNoise, amplitude: FloatArray, signal: ComplexArray, *, known: ComplexArray | float = 0.0
) -> ComplexArray:
    """Return the causal regression H(omega) of a signal on the noise, <signal eta*>/<eta eta*>, shape (n_omega,).

    Parameters
    ----------
    noise : the noise columns.
    amplitude : root-mean-square Fourier coefficient of eta, shape (n_omega,).
    signal : Fourier coefficients of the signal, shape (n_omega, n_paths).
    known : part of the response known beforehand; only the rest is estimated, smoothed and made causal.
    """
    rest = np.einsum("wi,wi->w", signal, noise.columns.conj()) / noise.n_paths - known * amplitude
    rest = rest * amplitude / (amplitude**2 + _FLOOR * np.max(amplitude) ** 2)
    return known + noise.grid.causal(rest)


def controlled_correlation(
    noise: PeriodicNoise,
    amplitude: FloatArray,
    phi: ComplexArray,
    *,
    response: ComplexArray,
    nonlinearity: Any,
    control: ComplexArray | None = None,
) -> FloatArray:
    """Return C^phi of sample paths at the kept lags, with the sampling error of a Gaussian process taken off.

    Parameters
    ----------
    noise, amplitude : the noise columns and their scale: eta = amplitude * columns.
    phi : Fourier coefficients of phi(x), shape (n_omega, n_paths).
    response : H of the Gaussian process y = H eta, see `gaussian_response`.
    nonlinearity : phi, odd.
    control : Fourier coefficients of phi(y), if they are known already.

    Notes
    -----
    Accuracy: `tests/unit/test_sampling.py`. Cost: two transforms of (n_steps, n_paths), none if `control` is given.
    """
    from scipy.fft import rfft

    grid: PeriodicGrid = noise.grid
    transfer = response * amplitude
    spectrum_y = power(transfer) * (grid.step / grid.n_steps)
    corr_y = grid.correlation(spectrum_y)
    if corr_y[0] <= 0:
        return np.zeros(grid.n_lags)
    if control is None:
        control = rfft(fast(nonlinearity)(noise.paths(transfer)), axis=0)
    target, known = power(phi), power(control)
    coefficient = regression(target, known, noise.power)
    scale = grid.step / grid.n_steps
    difference = grid.correlation((target.mean(axis=1) - coefficient * known.mean(axis=1)) * scale)
    exact = averages_within(nonlinearity, float(corr_y[0]), CONTROL).corr_phi(corr_y)
    return np.asarray(difference + coefficient * exact)


def regression(target: FloatArray, control: FloatArray, matched: FloatArray) -> float:
    """Return the coefficient of `control` in the regression of `target` on it and on the (matched) noise power.

    The noise power enters because its sample mean is exact: what it explains carries no sampling error any more.
    Deviations from the mean over paths, pooled over frequencies.
    """
    n = target.shape[1]
    t, c = target.mean(axis=1), control.mean(axis=1)

    def product(a: FloatArray, b: FloatArray) -> FloatArray:
        return np.asarray(np.einsum("wi,wi->w", a, b))

    tc = float(np.sum(product(target, control) - n * t * c))
    cc = float(np.sum(product(control, control) - n * c * c))
    # of the noise power in units of the target's mean
    te = float(t @ (product(target, matched) - n * t))
    ce = float(t @ (product(control, matched) - n * c))
    ee = float(t**2 @ (product(matched, matched) - n))
    determinant = cc * ee - ce * ce
    if determinant <= 1e-12 * cc * ee:
        return tc / cc if cc > 0 else 0.0
    return (tc * ee - te * ce) / determinant
