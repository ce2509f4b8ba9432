"""Correlation of any signal over sample paths, with that of a function of a known Gaussian process taken off.

y, the causal linear regression of the signal on all its fields, is Gaussian of known covariance, and so f(y) =
sum_n b_n He_n(y) has the known covariance sum_n b_n^2 n! r^n, r the correlation of y. With b_n the Hermite coefficients
of the signal, f(y) is what the signal has of functions of y, made of the same random numbers:
    C = sample[signal] - c (sample[f] - known),
with c from the regression of the periodograms. Nothing is asked of the unit.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.sampling.control_variate import regression
from dmft.numerics.sampling.periodic_grid import power
from dmft.numerics.unit_paths.columns import Columns
from dmft.numerics.unit_paths.kernels import odd_moments, odd_sum

_ORDERS = (1, 3, 5, 7)  # of Hermite polynomials: outputs of mean zero are odd in what they hear
_FLOOR = 1e-7  # squared amplitude of a field, relative to the largest, below which no response is estimated


def responses(columns: Columns, amplitude: FloatArray, signal: ComplexArray) -> ComplexArray:
    """Return the causal regression of a signal on the fields, <signal eta_l*>/<eta_l eta_l*>, shape (K, n_omega).

    Parameters
    ----------
    amplitude : of the fields, shape (K, n_omega) or more.
    signal : Fourier coefficients of the signal, shape (m, n_omega).
    """
    n_omega = columns.grid.n_omega
    a = amplitude[:, :n_omega]
    raw = np.einsum("iw,kiw->kw", signal, columns.rows[:, :, :n_omega].conj()) / columns.n_paths
    raw = raw * a / (a**2 + _FLOOR * np.max(a, axis=1, keepdims=True) ** 2 + 1e-300)
    return np.array([columns.grid.causal(row) for row in raw])


def controlled(
    columns: Columns, amplitude: FloatArray, values: FloatArray, signal: ComplexArray, response: ComplexArray
) -> FloatArray:
    """Return the correlation function of a signal of mean zero at the kept lags, shape (n_lags,).

    Parameters
    ----------
    columns, amplitude : of the fields.
    values, signal : of the signal, shape (m, n), and its Fourier coefficients, shape (m, n_omega).
    response : as of `responses`.

    Notes
    -----
    Accuracy: `tests/unit/test_unit_paths.py`. Cost: two transforms of (m, n), and a polynomial.
    """
    from scipy.fft import irfft, rfft

    grid, n_omega = columns.grid, columns.grid.n_omega
    scale = grid.step / grid.n_steps
    transfer = response * amplitude[:, :n_omega]
    spectrum = power(transfer).sum(axis=0) * scale
    known = grid.correlation(spectrum)
    sampled = power(signal)
    variance = np.fft.irfft(spectrum, grid.n_steps)[0] / grid.step
    if not variance > 0.0:
        return grid.correlation(sampled.mean(axis=0) * scale)
    coefficients = np.einsum("kw,kiw->iw", transfer, columns.rows[:, :, :n_omega])
    y = irfft(coefficients, grid.n_steps, axis=-1) / math.sqrt(variance)
    made, exact = _hermite(y, values, known / variance)
    control = power(rfft(made, axis=-1))
    own = power(coefficients)
    matched = own / np.maximum(own.mean(axis=0), 1e-300)
    c = regression(sampled.T, control.T, matched.T)
    return np.asarray(grid.correlation((sampled.mean(axis=0) - c * control.mean(axis=0)) * scale) + c * exact)


def _hermite(y: FloatArray, values: FloatArray, r: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return sum_n b_n He_n(y), b_n = <values He_n(y)>/n!, in the place of y, and its covariance for correlations r."""
    moments = np.empty(len(_ORDERS))
    odd_moments(y.reshape(-1), values.reshape(-1), moments)
    b = moments / [math.factorial(n) for n in _ORDERS]
    odd_sum(y.reshape(-1), b)
    exact = sum(part * moment * r**n for n, part, moment in zip(_ORDERS, b, moments, strict=True))
    return y, np.asarray(exact)
