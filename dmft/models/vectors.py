"""What is measured of the vectors of a low-rank term, and of a matrix that holds it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray

_SIGNIFICANT = 4.0  # standard errors of a mean beyond which it is taken for one
_LARGEST = 4000  # units of which all eigenvalues are computed where iteration does not end
_OUTSIDE = 1.03  # radii of the disc beyond which an eigenvalue is an outlier


def moments(m: ArrayLike, n: ArrayLike) -> dict[str, Any]:
    """Return the means and covariances of vectors, as `LowRank` takes them.

    Raises
    ------
    ValueError : for arrays that are not finite, or of different shapes.
    """
    left, right = columns("m", m), columns("n", n)
    if left.shape != right.shape:
        raise ValueError(f"m and n must be of one shape, (N,) or (N, rank), got {left.shape} and {right.shape}")
    size = len(left)
    both = np.hstack([left, right])
    mean, spread = both.mean(axis=0), both.std(axis=0)
    mean = np.where(np.abs(mean) > _SIGNIFICANT * spread / np.sqrt(size), mean, 0.0)
    about = both - mean
    covariance = about.T @ about / size
    rank = left.shape[1]
    return {
        "overlap": covariance[rank:, :rank],
        "left": covariance[:rank, :rank],
        "right": covariance[rank:, rank:],
        "mean_left": mean[:rank],
        "mean_right": mean[rank:],
    }


def columns(name: str, value: ArrayLike) -> FloatArray:
    """Return vectors as columns, shape (N, rank).

    Raises
    ------
    ValueError, TypeError : if they are not finite numbers, or fewer than two units.
    """
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be numbers of shape (N,) or (N, rank), got {type(value).__name__}") from None
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or len(array) < 2 or not 1 <= array.shape[1] < len(array):
        raise ValueError(f"{name} must be of shape (N,) or (N, rank), N above the rank, got {array.shape}")
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must be finite")
    return array


def measured_outlier(matrix: ArrayLike, m: ArrayLike, n: ArrayLike) -> float | complex:
    """Return the eigenvalue of largest real part of couplings that hold sum_r m_r n_r^T/N.

    Raises
    ------
    ValueError : if the matrix is of another size or not finite, or that eigenvalue is not outside the disc of what is
        left of it without the term.
    """
    from scipy.sparse.linalg import ArpackError, eigs

    left, right = columns("m", m), columns("n", n)
    size = len(left)
    try:
        couplings = np.asarray(matrix, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"matrix must be numbers of shape ({size}, {size}), got {type(matrix).__name__}") from None
    if couplings.shape != (size, size) or not np.all(np.isfinite(couplings)):
        raise ValueError(f"matrix must be finite, of shape ({size}, {size}), got {couplings.shape}")
    radius = float(np.sqrt(size) * np.std(couplings - left @ right.T / size))
    try:
        if size < 200:
            raise ArpackError(1)
        values = eigs(couplings, k=2, which="LR", v0=left.sum(axis=1) + 1e-3, return_eigenvectors=False, maxiter=2000)
    except ArpackError:
        if size > _LARGEST:
            raise ValueError(
                f"the outlier of {size} units was not found by iteration: it is close to the disc; state it by outlier="
            ) from None
        values = np.linalg.eigvals(couplings)
    largest = complex(values[np.argmax(values.real)])
    if abs(largest) < _OUTSIDE * radius:
        raise ValueError(
            f"the matrix has no outlier: its eigenvalue of largest real part, {largest:.4g}, is not outside the disc "
            f"of radius {radius:.4g}; leave matrix out"
        )
    return largest.real if abs(largest.imag) < 1e-9 * abs(largest) else complex(largest.real, abs(largest.imag))
