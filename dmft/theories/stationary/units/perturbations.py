"""How fast perturbations of linear units grow: u_a = |H_a(rate + i w)|^2 sum_b K_ab <phi_b' phi_b'>(lag) u_b.

<dx(t) dx(t')> = exp(rate (t + t')) u(t - t'). The largest eigenvalue mu(rate) of the map on the right falls with the
rate; the exponent is where it is 1. For one population it is the symmetric |H| K <phi' phi'> |H|. Any H: delays are a
factor exp(-2 rate delay).
"""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.filtered_lags import LagGrid
from dmft.theories.units import Units

_SECONDS = 1e-7  # of a product, for each lag
_DENSE = 64  # unknowns up to which eigenvalues are those of a matrix


class Growth:
    """The map on a grid of lags.

    Parameters
    ----------
    units : the populations.
    grid : of lags.
    slopes : <phi' phi'> at them, shape (P, n + 1).
    """

    def __init__(self, units: Units, grid: LagGrid, slopes: FloatArray) -> None:
        self._units, self._grid, self._slopes = units, grid, slopes
        self._last: dict[bool, FloatArray] = {}

    def __call__(self, rate: float, odd: bool = False) -> float:
        """Return mu of the even functions of the lag, or of the odd ones."""
        from scipy.sparse.linalg import LinearOperator, eigs, eigsh

        grid, units = self._grid, self._units
        gain = units.size(rate + 1j * grid.omega)
        inner = slice(1, -1) if odd else slice(None)
        slopes, (P, n) = self._slopes[:, inner], self._slopes[:, inner].shape
        filtered = grid.filtered_odd if odd else grid.filtered
        # in the scalar product of the cosine series the two ends count for half
        half = np.ones(n)
        if not odd:
            half[[0, -1]] = np.sqrt(0.5)
        root = np.sqrt(gain)
        alone = P == 1

        def product(flat: FloatArray) -> FloatArray:
            spend(_SECONDS * flat.size)
            v = np.asarray(flat).reshape(P, n) / half
            if alone:
                v = filtered(units.K[0, 0] * slopes * filtered(v, root), root)
            else:
                v = filtered(units.K @ (slopes * v), gain)
            return np.asarray((v * half).ravel())

        size = P * n
        operator = LinearOperator((size, size), matvec=product, dtype=float)
        start = self._last.get(odd)
        if start is None:
            lags = grid.lags[inner]
            width = np.exp(-0.5 * (lags / (0.1 * grid.window)) ** 2)
            start = np.tile(width * (lags if odd else 1.0), P)
        settings = {"k": 1, "v0": start, "tol": 1e-11}
        if alone:
            values, vectors = eigsh(operator, which="LA", ncv=min(24, size - 1), **settings)
        else:
            values, vectors = eigs(operator, which="LR", ncv=min(40, size - 2), **settings)
        self._last[odd] = np.asarray(vectors[:, 0].real)
        return float(values[0].real)
