"""C_a = C_I,a + |H_a|^2 sum_b K_ab <phi phi>_b on a grid of lags, and Newton's method for it.

With p = d<phi phi>/dc and d = d<phi phi>/dc0 the linear map of a step is v -> v - |H|^2 K (p v + d v(0)). Far lags have
p = <phi'>^2, with which it is a product in Fourier space: divided by that, what is left is local in the lag, and GMRES
takes some ten products however close the onset is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.filtered_lags import KinkedFilter, LagGrid, exponential_filtered
from dmft.theories.stationary.units.table import Table, Tables
from dmft.theories.units import Units

_STEP = 0.3  # largest relative change of a variance in one step of Newton's
_NEXT = 1e-8  # residual from which on each step must at least halve it
_SECONDS = 2e-7  # of a map, for each lag
_FAR = 1.0 - 1e-6  # largest growth at far lags that is divided by


@dataclass(frozen=True, eq=False)
class Point:
    """Covariances, and what the equations say of them.

    Attributes
    ----------
    c : shape (P, n + 1).
    table : averages at their variances.
    q, p, by_variance : at the lags, shape (P, n + 1).
    rest : c less its map, shape (P, n + 1).
    residual : the largest of that relative to the variance.
    """

    c: FloatArray
    table: Table
    q: FloatArray
    p: FloatArray
    by_variance: FloatArray
    rest: FloatArray
    residual: float


class Equations:
    """The equations on one grid."""

    def __init__(self, units: Units, tables: Tables, grid: LagGrid, points: int | None) -> None:
        self.units, self.tables, self.grid, self._points = units, tables, grid, points
        self.gain = units.size(1j * grid.omega)
        self.heard = units.input_covariance(grid)
        self._kinks = [self._kinked(a) for a in range(len(units))] if units.blocks.noisy else []
        plain: list[Callable[[FloatArray], FloatArray]] = [partial(grid.filtered, gain=gain) for gain in self.gain]
        kinked: list[Callable[[FloatArray], FloatArray]] = [*self._kinks]
        self._filters = kinked or plain

    def _kinked(self, a: int) -> KinkedFilter:
        transfer = self.units.transfers[a]
        realisation = transfer.realisation()
        rate = min(float(np.max(np.abs(transfer.poles))), 0.5 / self.grid.step)
        return KinkedFilter(self.grid, self.gain[a], lambda r: exponential_filtered(realisation, r, self.grid), rate)

    def filtered(self, sources: FloatArray) -> FloatArray:
        """Return |H_a|^2 of sources, shape (P, n + 1)."""
        return np.array([filtered(source) for filtered, source in zip(self._filters, sources, strict=True)])

    def spectrum(self, sources: FloatArray) -> FloatArray:
        """Return the transforms of functions of the lag at the frequencies of the grid, their kinks known exactly."""
        if not self._kinks:
            return self.grid.transform(sources)
        return np.array([kinked.spectrum(of) for kinked, of in zip(self._kinks, sources, strict=True)])

    def spectrum_at(self, sources: FloatArray, omega: FloatArray) -> FloatArray:
        """Return likewise at any frequencies, shape (P, n_omega)."""
        if not self._kinks:
            return self.grid.transform_at(sources, omega)
        return np.array([kinked.spectrum_at(of, omega) for kinked, of in zip(self._kinks, sources, strict=True)])

    def at(self, c: FloatArray) -> Point:
        """Return covariances with what the equations say of them."""
        spend(_SECONDS * c.size)
        c0 = np.maximum(c[:, 0], 0.0)
        table = self.tables.finest(c0) if self._points is None else self.tables.at(c0, self._points)
        q, p, by_variance = np.moveaxis(
            np.array([table(values, a, self.grid.lags) for a, values in enumerate(c)]), 1, 0
        )
        rest = c - self.heard - self.filtered(self.units.K @ q)
        size = max(float(np.max(c0)), 1e-300)
        residual = float(np.max(np.abs(rest))) / size
        return Point(c, table, q, p, by_variance, rest, residual if math.isfinite(residual) else math.inf)

    def swept(self, point: Point) -> FloatArray:
        """Return the map of covariances, of one plain sweep."""
        return point.c - point.rest

    def step(self, point: Point, rtol: float = 1e-6) -> FloatArray | None:
        """Return the change of Newton's method, not yet limited; None if the linear equations were not solved.

        `rtol` is the relative residual of these.
        """
        from scipy.sparse.linalg import LinearOperator, gmres

        shape, size, grid = point.c.shape, point.c.size, self.grid
        far = self._far(point)

        def moved(v: FloatArray) -> FloatArray:
            spend(2.0 * _SECONDS * size)
            return np.asarray(self.units.K @ (point.p * v + point.by_variance * v[:, :1]))

        def linear(flat: FloatArray) -> FloatArray:
            """Of a spectrum: two transforms in all."""
            v = flat.reshape(shape)
            return far(v - self.gain * grid.transform(moved(grid.back(v)))).ravel()

        def kinked(flat: FloatArray) -> FloatArray:
            v = grid.back(flat.reshape(shape))
            return far(grid.transform(v - self.filtered(moved(v)))).ravel()

        operator = LinearOperator((size, size), matvec=kinked if self._kinks else linear, dtype=float)
        given = far(grid.transform(-point.rest)).ravel()
        change, failed = gmres(operator, given, rtol=rtol, atol=0.0, restart=30, maxiter=3)
        if not np.all(np.isfinite(change)) or (failed and not np.linalg.norm(change) > 0.0):
            return None
        return grid.back(change.reshape(shape))

    def _far(self, point: Point) -> Callable[[FloatArray], FloatArray]:
        """Return the inverse of the linear map of far lags, of spectra; of a weaker one where that has none."""
        slopes = point.table.far
        one = np.eye(len(self.units))
        matrices = np.moveaxis(self.gain, 0, -1)[..., None] * (self.units.K * slopes)  # (n + 1, P, P)
        if len(self.units) == 1:
            growth = float(np.max(matrices))
            inverse = 1.0 / (1.0 - matrices[:, 0, 0] * min(1.0, _FAR / max(growth, 1e-300)))
            return lambda v: inverse * v
        growth = float(np.max(np.abs(np.linalg.eigvals(matrices))))
        inverses = np.linalg.inv(one - matrices * min(1.0, _FAR / max(growth, 1e-300)))
        return lambda v: np.einsum("nab,bn->an", inverses, v)

    @property
    def exact(self) -> bool:
        """Whether averages are by as many angles as they need."""
        return self._points is None

    def newton(self, point: Point, rtol: float, max_steps: int) -> tuple[Point, list[float]]:
        """Return the point that Newton's method comes to, and the residuals on the way."""
        history = [point.residual]
        for _ in range(max_steps):
            if point.residual <= rtol or not math.isfinite(point.residual):
                break
            change = self.step(point)
            if change is None:
                break
            relative = np.max(np.abs(change[:, 0]) / np.maximum(point.c[:, 0], 1e-300))
            new = self.at(point.c + change * min(1.0, _STEP / max(float(relative), 1e-300)))
            if point.residual < _NEXT and new.residual > 0.5 * point.residual:  # rounding is all that is left
                break
            point = new
            history.append(point.residual)
        return point, history
