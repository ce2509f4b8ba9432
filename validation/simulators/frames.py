"""Frames of tangent vectors: orthonormal again, without the integrator noticing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import get_blas_funcs, qr


def orthonormalise(frames: NDArray[Any], history: NDArray[Any]) -> tuple[NDArray[np.float64], list[NDArray[Any]]]:
    """Replace each frame V by Q of V = Q R, and each earlier derivative H by H R^-1, in place.

    The recursion of a multistep method is linear in the tangent vectors: with its history in the new basis it goes on
    as if the vectors had been Q from the start. All in the precision of the frames (numpy's own QR would go to double).

    Parameters
    ----------
    frames : shape (n_frames, k, N), a vector in each row.
    history : shape (depth, n_frames, k, N).

    Returns
    -------
    log |R_ii|, shape (n_frames, k), and the matrices R.
    """
    logs = np.empty(frames.shape[:2])
    triangles: list[NDArray[Any]] = []
    if logs.size == 0:
        return logs, triangles
    (solve_from_the_right,) = get_blas_funcs(("trsm",), (frames,))
    for i, vectors in enumerate(frames):
        # The transpose of rows in C order is in Fortran order: LAPACK and BLAS work on it without a copy.
        q, r = qr(vectors.T, mode="economic", check_finite=False)
        vectors[...] = q.T
        logs[i] = np.log(np.abs(np.diagonal(r)))
        triangles.append(r)
        for earlier in history[:, i]:
            moved = solve_from_the_right(1.0, r, earlier.T, side=1, overwrite_b=1)
            if not np.shares_memory(moved, earlier):
                earlier[...] = moved.T
    return logs, triangles


def orthonormalise_blocks(blocks: list[Any], n_states: int, n_tangents: int) -> NDArray[np.float64]:
    """Make the tangent vectors of each state orthonormal where blocks of units hold their parts of them side by side.

    Parameters
    ----------
    blocks : with `vectors(rows)`, their parts of some rows, and `recombine(rows, mixing)`.
    n_states, n_tangents : rows are the states, then the tangent vectors of each.

    Returns
    -------
    Logs of their stretching, shape (n_states, n_tangents).
    """
    logs = np.empty((n_states, n_tangents))
    for state in range(n_states):
        first = n_states + state * n_tangents
        rows = slice(first, first + n_tangents)
        whole = np.concatenate([block.vectors(rows) for block in blocks], axis=1).astype(np.float64)
        triangle = np.linalg.qr(whole.T, mode="r")
        logs[state] = np.log(np.abs(np.diagonal(triangle)))
        mixing = np.linalg.inv(triangle).T
        for block in blocks:
            block.recombine(rows, mixing)
    return logs
