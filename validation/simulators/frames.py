"""Frames of tangent vectors: orthonormal again, without the integrator noticing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular


def orthonormalise(frames: NDArray[Any], history: NDArray[Any]) -> NDArray[np.float64]:
    """Replace each frame V by Q of V = Q R, and each earlier derivative H by H R^-1, in place.

    The recursion of a multistep method is linear in the tangent vectors: with its history in the new basis it goes on
    as if the vectors had been Q from the start.

    Parameters
    ----------
    frames : shape (n_frames, k, N), a vector in each row.
    history : shape (depth, n_frames, k, N).

    Returns
    -------
    log |R_ii|, shape (n_frames, k).
    """
    logs = np.empty(frames.shape[:2])
    for i, vectors in enumerate(frames):
        q, r = np.linalg.qr(vectors.T)
        vectors[...] = q.T
        logs[i] = np.log(np.abs(np.diagonal(r)))
        for earlier in history[:, i]:
            # Rows are vectors: (H R^-1)^T = R^-T H^T.
            earlier[...] = solve_triangular(r, earlier, trans="T", check_finite=False)
    return logs
