"""Projection on a cone of points: non-negative weights of least |sum_i lambda_i x_i - b|.

Few points by the active-set method of Lawson & Hanson (scipy), many independent ones by block principal pivoting on
their Gram matrix [Kim & Park, SIAM J. Sci. Comput. 33, 3261 (2011)], a few Cholesky factorisations of the passive set.
No matrix is larger than the square of the number of points.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from dmft.arrays import FloatArray

_MANY = 400  # points from which on factorisations are faster than steps from point to point
_FULL_EXCHANGES = 3  # without progress, before pivots are exchanged one by one
_TOLERANCE = 1e-10
_SINGULAR = 1e-6  # smallest pivot over the largest, at which points count as independent
_LARGEST_STEPS = 50  # steps of the active-set method for each point
_PARTS = (1.0, 1e-4, 1e-8)  # weights of the row of margins: vectors up to 30 / part long are found
_LEFT = 1e-3  # residual of it below which the next one is tried


class Cone:
    """The cone of points, with what does not depend on the vector that is projected.

    Parameters
    ----------
    points : shape (n_points, d).
    """

    def __init__(self, points: FloatArray) -> None:
        self._points = points
        many, dimension = points.shape
        self._gram = points @ points.T if _MANY <= many <= dimension else None

    @cached_property
    def independent(self) -> bool:
        """Whether the points are linearly independent; then some vector has any products with them that one wants."""
        from scipy.linalg import LinAlgError, cholesky

        many, dimension = self._points.shape
        if many > dimension:
            return False
        gram = self._points @ self._points.T if self._gram is None else self._gram
        try:
            factor = np.diagonal(cholesky(gram, lower=True, check_finite=False))
        except LinAlgError:
            return False
        return bool(np.min(factor) > _SINGULAR * np.max(factor))

    def weights(self, b: FloatArray, signs: FloatArray | None = None) -> FloatArray:
        """Return lambda >= 0, shape (n_points,).

        Parameters
        ----------
        b : shape (d,).
        signs : the points are taken with these signs, +1 or -1, shape (n_points,); None: as they are.

        Raises
        ------
        ArithmeticError : if the iteration does not end (no case is known).

        Accuracy
        --------
        1e-9 of |b|^2 in the square of the projection: `tests/limits/test_cones.py`.
        """
        if self._gram is not None:
            found = pivoted(self._gram, self._points @ b, np.ones(len(self._points)) if signs is None else signs)
            if found is not None:
                return found
        return active_set(self._points if signs is None else signs[:, None] * self._points, b)


def active_set(points: FloatArray, b: FloatArray) -> FloatArray:
    """Return lambda >= 0 of least |points^T lambda - b|, of any points."""
    from scipy.optimize import nnls

    try:
        return np.asarray(nnls(points.T, b, maxiter=_LARGEST_STEPS * len(points))[0])
    except RuntimeError as error:
        raise ArithmeticError(f"the projection on a cone of {len(points)} points did not end: {error}") from error


def pivoted(gram: FloatArray, c: FloatArray, signs: FloatArray) -> FloatArray | None:
    """Return lambda >= 0 with y = G lambda - signs c >= 0 and lambda . y = 0; None where points are dependent.

    Parameters
    ----------
    gram : inner products of independent points, shape (n, n); G has those of the points with their signs.
    c : inner products of the points with b, shape (n,).
    signs : +1 or -1, shape (n,).
    """
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    n = len(c)
    scale = float(np.max(np.abs(c)))
    if scale == 0.0:
        return np.zeros(n)
    passive = signs * c > 0.0
    fewest, left = n + 1, _FULL_EXCHANGES
    for _ in range(10 * n):
        weights, short = np.zeros(n), -signs * c
        inside = np.flatnonzero(passive)
        if inside.size:
            try:
                factor = cho_factor(gram[np.ix_(inside, inside)], lower=True, overwrite_a=True, check_finite=False)
            except LinAlgError:
                return None
            own = cho_solve(factor, c[inside], check_finite=False)
            weights[inside] = signs[inside] * own
            short = signs * (gram[:, inside] @ own - c)
        wrong = np.where(passive, weights < -_TOLERANCE * np.max(np.abs(weights)), short < -_TOLERANCE * scale)
        count = int(wrong.sum())
        if count == 0:
            return np.maximum(weights, 0.0)
        if count < fewest:
            fewest, left = count, _FULL_EXCHANGES
        elif left > 0:
            left -= 1
        else:  # Murty's rule, which ends
            last = np.flatnonzero(wrong)[-1]
            wrong = np.zeros(n, dtype=bool)
            wrong[last] = True
        passive ^= wrong
    return None


def seconds(points: int, dimension: int) -> float:
    """Return about how long a projection takes, from below, in seconds of one core."""
    if _MANY <= points <= dimension:
        return 1e-11 * float(points) ** 3
    least = min(points, dimension)
    return 2e-5 + 4e-10 * points * least * least


def pointed(points: FloatArray) -> bool:
    """Whether some vector has positive products with all points: the origin is not in their convex hull.

    Told from none as long as the hull of the points, each at norm 1, is a hundred-millionth away from the origin.
    """
    size = np.linalg.norm(points, axis=1)
    if np.any(size == 0.0):
        return False
    return least_distance(points / size[:, None], np.ones(len(points))) is not None


def least_distance(points: FloatArray, short: FloatArray) -> FloatArray | None:
    """Return lambda >= 0 of the shortest u = sum_i lambda_i x_i with x_i . u >= short_i; None where there is no such u.

    Lawson & Hanson, Solving Least Squares Problems (1974), chapter 23: non-negative least squares of one row more,
    whose residual is 1/(1 + p^2 |u|^2) if that row is p short, and the target 1/p. It is zero where there is no u; a
    smaller p tells a long u from none. Units are those of the largest numbers given.

    Parameters
    ----------
    points, short : shapes (n_points, d) and (n_points,).
    """
    if not np.any(short > 0.0):
        return np.zeros(len(points))
    size, largest = float(np.max(np.linalg.norm(points, axis=1))), float(np.max(np.abs(short)))
    if size == 0.0:
        return None
    for part in _PARTS:
        rows = np.column_stack([points / size, short * (part / largest)])
        target = np.zeros(rows.shape[1])
        target[-1] = 1.0 / part
        weights = active_set(rows, target)
        left = 1.0 - part * float(rows[:, -1] @ weights)
        if left > _LEFT:
            return np.asarray(weights / left * (largest / size / size))
    return None
