"""Waves of a few frequencies that never decay, of amplitudes of their own on every path.

A field that holds a wave of covariance v cos(w lag) holds (a exp(i w t) + c.c.) with Gaussian a, <|a|^2> = v/2, the
same for all times.
"""

from __future__ import annotations

import numpy as np

from dmft.arrays import ComplexArray


def drawn_waves(n_fields: int, n_waves: int, n_paths: int, shared: int, generator: np.random.Generator) -> ComplexArray:
    """Return complex normal numbers, shape (K, m, H), of mean 0 and covariance 1, the same on `shared` paths in a row.

    Sizes and phases are one of each of m/shared strata, in orders of their own. With enough paths no two fields or
    waves are correlated.
    """
    n, rows = n_paths // shared, n_fields * n_waves
    orders = generator.permuted(np.tile(np.arange(n), (2, rows, 1)), axis=-1)
    u, phase = (orders + generator.random((2, rows, n))) / n
    drawn = np.sqrt(-np.log1p(-u)) * np.exp(2j * np.pi * phase)
    drawn -= drawn.mean(axis=1, keepdims=True)
    if rows < n:
        drawn = np.linalg.solve(np.linalg.cholesky(drawn @ drawn.conj().T / n), drawn)
    return np.repeat(drawn.reshape(n_fields, n_waves, n).swapaxes(1, 2), shared, axis=1)
