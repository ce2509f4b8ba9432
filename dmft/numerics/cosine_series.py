"""Cosine series at many arguments: sum_k w_nk cos(k s) for several n at once."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray

_DIRECT = 96  # harmonics up to which the cosines are summed as they stand
_STENCIL = 20
_OVERSAMPLED = 6  # grid points per period of the highest harmonic
_BLOCK = 4_000_000  # numbers held at a time


def cosine_sums(coefficients: FloatArray, argument: FloatArray) -> FloatArray:
    """Return sum_k coefficients[n, k] cos(k argument[j]), shape (len(argument), n).

    Long series are summed on a fine grid by a fast Fourier transform, and read off it by polynomials of degree 19.

    Notes
    -----
    Accuracy: 1e-13 of the sum of |coefficients| (`tests/unit/test_phase_site.py`).
    """
    n_rows, n_harmonics = coefficients.shape
    if n_harmonics <= _DIRECT:
        # exp(i k s) as the product of two lower ones: a fifth of the time of the cosines, and as accurate.
        waves = np.ones((n_harmonics, len(argument)), dtype=complex)
        if n_harmonics > 1:
            waves[1] = np.exp(1j * argument)
        for k in range(2, n_harmonics):
            np.multiply(waves[k // 2], waves[k - k // 2], out=waves[k])
        return np.asarray(np.ascontiguousarray(waves.real).T @ coefficients.T)
    size = 2 ** math.ceil(math.log2(_OVERSAMPLED * n_harmonics))
    position = np.mod(argument, 2.0 * math.pi) * (size / (2.0 * math.pi))
    first = np.floor(position).astype(int) - _STENCIL // 2 + 1
    offset = (position - first)[:, None] - np.arange(_STENCIL)
    binomial = np.array([(-1.0) ** i * math.comb(_STENCIL - 1, i) for i in range(_STENCIL)])
    hit = np.abs(offset) < 1e-13
    weight = binomial / np.where(hit, 1.0, offset)
    weight = np.where(hit.any(axis=1)[:, None], hit, weight)
    weight /= weight.sum(axis=1)[:, None]
    index = (first[:, None] + np.arange(_STENCIL)) % size
    out = np.empty((len(argument), n_rows))
    rows = max(1, _BLOCK // max(size, index.size))
    for start in range(0, n_rows, rows):
        block = slice(start, start + rows)
        # irfft counts every harmonic but the first twice.
        spectrum = 0.5 * size * coefficients[block].astype(complex)
        spectrum[:, 0] *= 2.0
        grid = np.fft.irfft(spectrum, n=size, axis=1)
        out[:, block] = np.einsum("nji,ji->jn", grid[:, index], weight)
    return out
