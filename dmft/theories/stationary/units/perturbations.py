"""How fast perturbations of linear units grow: u_a = |H_a(rate + i w)|^2 sum_b K_ab <phi_b' phi_b'>(lag) u_b.

<dx(t) dx(t')> = exp(rate (t + t')) u(t - t'). The largest eigenvalue mu(rate) of the map on the right falls with the
rate; the exponent is where it is 1. Any H: delays are a factor exp(-2 rate delay).

At far lags <phi' phi'> = p_inf, and eigenvalues crowd where |H|^2 K p_inf is largest, the more the closer an onset is.
    R (<phi' phi'> - p_inf) u = nu u,    R = (1 - |H|^2 K p_inf)^{-1} |H|^2 K,
has nu = 1 where mu = 1, and few eigenvalues that count, as its factor is local in the lag. Both maps take functions of
positive spectrum to such ones (<phi' phi'> is a series in the correlation without negative terms), so that their
largest eigenvalues belong to even functions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.filtered_lags import LagGrid
from dmft.theories.units import Units

_SECONDS = 1e-7  # of a product, for each lag
_CLOSEST = 1e-9  # distance to the slowest pole, relative to its rate, within which nothing is told apart
_STEP = 1e-3  # of rates and strengths, relative to where far lags alone let grow, for derivatives


@dataclass(frozen=True)
class Grown:
    """The largest eigenvalue nu, and the derivatives of its logarithm by the rate and by that of all K."""

    size: float
    by_rate: float = -math.inf
    by_coupling: float = math.inf


class Growth:
    """The map on a grid of lags.

    Parameters
    ----------
    units : the populations.
    grid : of lags.
    slopes : <phi' phi'> at them, shape (P, n + 1).
    far : p_inf = <phi'>^2, shape (P,).
    start : the map on another grid, whose eigenvector is the first guess.
    """

    def __init__(
        self, units: Units, grid: LagGrid, slopes: FloatArray, far: FloatArray, start: Growth | None = None
    ) -> None:
        self._units, self._grid = units, grid
        self.far = far
        self._near = slopes - self.far[:, None]
        self._mode: FloatArray = np.ones_like(slopes) if start is None else start._grid.on(grid, start._mode)
        self._half = np.ones(grid.n + 1)  # in the scalar product of the cosine series the two ends count for half
        self._half[[0, -1]] = np.sqrt(0.5)

    def at(self, rate: float) -> Grown:
        """Return nu with its derivatives; inf where far lags alone let grow."""
        if len(self._units) == 1:
            return self._alone(rate)
        found = self(rate)
        if not 0.0 < found < math.inf:
            return Grown(found)
        dr = _STEP * (rate - self.slowest)
        room = _STEP * (1.0 - self._units.fastest_growth(self._units.K * self.far, rate)[0])
        by_rate = math.log(self(rate + dr) / self(rate - dr)) / (2.0 * dr)
        by_coupling = math.log(self(rate, 1.0 + room) / self(rate, 1.0 - room)) / (2.0 * room)
        self(rate)
        return Grown(found, by_rate, by_coupling)

    def __call__(self, rate: float, coupling: float = 1.0) -> float:
        """Return nu alone, the variances of all couplings times so much."""
        if len(self._units) == 1 and coupling == 1.0:
            return self._alone(rate).size
        from scipy.sparse.linalg import LinearOperator, eigs

        grid, units, shape = self._grid, self._units, self._near.shape
        sizes = units.size(rate + 1j * grid.omega)
        gain = np.moveaxis(sizes, 0, -1)[..., None] * (coupling * units.K)  # (n + 1, P, P)
        if not np.max(np.abs(np.linalg.eigvals(gain * self.far))) < 1.0:
            return math.inf
        matrices: FloatArray = np.linalg.solve(np.eye(len(units)) - gain * self.far, gain).astype(float)

        def product(flat: FloatArray) -> FloatArray:
            spend(_SECONDS * flat.size)
            return self._mixed(matrices, np.asarray(flat).reshape(shape)).ravel()

        operator = LinearOperator((self._near.size,) * 2, matvec=product, dtype=float)
        start = product(self._mode)
        if not np.any(start):
            return 0.0
        values, vectors = eigs(operator, 1, which="LR", v0=start, ncv=min(16, start.size - 2), tol=1e-11)
        self._mode = np.asarray(vectors[:, 0].real).reshape(shape)
        return float(values[0].real)

    def _mixed(self, matrices: FloatArray, values: FloatArray) -> FloatArray:
        return self._grid.back(np.einsum("nab,bn->an", matrices, self._grid.transform(self._near * values)))

    def _alone(self, rate: float) -> Grown:
        """Return it of one population, of the symmetric root(R) (<phi' phi'> - p_inf) root(R) in Fourier space."""
        from scipy.sparse.linalg import LinearOperator, eigsh

        grid, half = self._grid, self._half
        s = rate + 1j * grid.omega
        gain = self._units.size(s)[0] * self._units.K[0, 0]
        rest = 1.0 - gain * self.far[0]
        if not np.min(rest) > 0.0:
            return Grown(math.inf)
        root = np.sqrt(gain / rest)

        def product(flat: FloatArray) -> FloatArray:
            spend(_SECONDS * flat.size)
            return np.asarray(half * root * grid.transform(self._near[0] * grid.back(root * np.ravel(flat) / half)))

        operator = LinearOperator((len(half),) * 2, matvec=product, dtype=float)
        start = half * root * grid.transform(self._near[0] * self._mode[0])
        if not np.any(start):
            return Grown(0.0)
        # symmetric: the error of the eigenvalue is the square of that of the vector
        values, vectors = eigsh(operator, 1, which="LA", v0=start, ncv=min(8, len(half) - 1), tol=1e-7)
        self._mode = grid.back(root * vectors[:, 0] / half)[None]
        weight = vectors[:, 0] ** 2 / rest
        step = 1e-6 * (rate - self._units.abscissa)
        after = self._units.size(s + step)[0] * self._units.K[0, 0]
        faster = np.log(np.maximum(after, 1e-300) / np.maximum(gain, 1e-300)) / step  # H may have a zero there
        return Grown(float(values[0]), float(weight @ faster), float(np.sum(weight)))

    @property
    def size(self) -> int:
        """Number of lags."""
        return self._grid.n

    @property
    def reach(self) -> float:
        """What is left of the last eigenvector at the end of the window, relative to its largest value."""
        size = np.abs(self._mode)
        return float(np.max(size[:, -max(self.size // 16, 1) :]) / max(float(np.max(size)), 1e-300))

    @cached_property
    def slowest(self) -> float:
        """Return the rate down to which far lags alone let nothing grow."""
        return far_rate(self._units, self._units.K * self.far)


def far_rate(units: Units, gains: FloatArray) -> float:
    """Return the rate at which the largest growth over all frequencies is 1; that of the slowest pole without any."""
    from scipy.optimize import brentq

    def surplus(rate: float) -> float:
        return units.fastest_growth(gains, rate)[0] - 1.0

    pole, high = units.abscissa, 0.0
    while surplus(high) > 0.0:
        high = 2.0 * high - pole
    low = pole + 0.5 * (high - pole)
    while not surplus(low) > 0.0:
        high, low = low, pole + 0.3 * (low - pole)
        if low - pole < _CLOSEST * abs(pole):
            return pole
    return float(brentq(surplus, low, high, xtol=1e-14, rtol=1e-14))
