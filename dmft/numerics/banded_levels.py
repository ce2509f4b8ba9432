"""The lowest eigenvalue of a symmetric banded matrix, and its vector."""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray

_LANCZOS_STEPS = 60  # restarts of Lanczos; a ground state that is hard to tell apart is found by bisection


def lowest_of_banded(banded: FloatArray, floor: float, start: FloatArray) -> tuple[float, FloatArray]:
    """Return the lowest eigenvalue, above `floor`, of a symmetric matrix in upper banded storage, and its vector.

    Lanczos on the inverse; if that does not settle, bisection by the signs of the factors (Sylvester), which always
    ends, and inverse iteration.
    """
    from scipy.linalg import cho_solve_banded, cholesky_banded
    from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

    shifted = banded.copy()
    shifted[-1] -= floor
    factor = cholesky_banded(shifted, check_finite=False)
    size = banded.shape[1]
    inverse = LinearOperator((size, size), matvec=lambda v: cho_solve_banded((factor, False), v, check_finite=False))
    try:
        values, vectors = eigsh(inverse, k=1, which="LM", v0=start, ncv=min(40, size - 1), maxiter=_LANCZOS_STEPS)
        return floor + 1.0 / float(values[0]), np.asarray(vectors[:, 0], dtype=float)
    except ArpackError:
        return _by_bisection(banded, floor, start)


def _by_bisection(banded: FloatArray, low: float, start: FloatArray) -> tuple[float, FloatArray]:
    from scipy.linalg import LinAlgError, cho_solve_banded, cholesky_banded

    def factor(level: float) -> FloatArray | None:
        """Return the factor if all eigenvalues lie above the level."""
        shifted = banded.copy()
        shifted[-1] -= level
        try:
            return np.asarray(cholesky_banded(shifted, check_finite=False), dtype=float)
        except LinAlgError:
            return None

    high = float(np.min(banded[-1]))  # the lowest eigenvalue is at most the least diagonal entry
    below = factor(low)
    for _ in range(120):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        found = factor(middle)
        if found is None:
            high = middle
        else:
            low, below = middle, found
    vector = start / np.linalg.norm(start)
    for _ in range(4):
        vector = cho_solve_banded((below, False), vector, check_finite=False)
        vector /= np.linalg.norm(vector)
    return 0.5 * (low + high), vector
