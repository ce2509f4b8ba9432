"""C_a = C_I,a + |H_a|^2 (sum_b K_ab <phi phi>_b + s_a) on a grid of lags, m_a = H_a(0) (h_a + sum_b A_ab <phi_b>), and
Newton's method for both.

With p = d<phi phi>/dc, d = d<phi phi>/dc0 and l = d<phi phi>/dm the linear map of a step is v -> v - |H|^2 K (p v +
d v(0) + l u), u the change of the means, which follows from v(0). Far lags have p as at the end of the window (<phi'>^2
about means of 0), with which it is a product in Fourier space: divided by that, what is left is local in the lag, and
GMRES takes some ten products however close the onset is. What of C does not decay is a constant of the lag, and goes
through the filters at frequency 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
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
_TIGHT, _LOOSE = 1e-6, 1e-2  # relative residuals of the linear equations of a step
_FAR = 1.0 - 1e-6  # largest growth at far lags that is divided by


@dataclass(frozen=True, eq=False)
class Point:
    """Covariances, and what the equations say of them.

    Attributes
    ----------
    c, m : shapes (P, n + 1) and (P,).
    table : averages at their variances and means.
    q, p, by_variance, by_mean : at the lags, shape (P, n + 1).
    rest, balance : c and m less their map, shapes (P, n + 1) and (P,).
    residual : the largest of that relative to the variance, and of the means to the size of x.
    """

    c: FloatArray
    m: FloatArray
    table: Table
    q: FloatArray
    p: FloatArray
    by_variance: FloatArray
    by_mean: FloatArray
    rest: FloatArray
    balance: FloatArray
    residual: float

    @property
    def size(self) -> FloatArray:
        """sqrt(c0) + |m|, shape (P,)."""
        return np.asarray(np.sqrt(np.maximum(self.c[:, 0], 0.0)) + np.abs(self.m))


class Equations:
    """The equations on one grid."""

    def __init__(self, units: Units, tables: Tables, grid: LagGrid, points: int | None) -> None:
        self.units, self.tables, self.grid, self._points = units, tables, grid, points
        self.gain = units.size(1j * grid.omega)
        self.heard = units.input_covariance(grid) + (units.steady**2 * units.blocks.threshold_variance)[:, None]
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
        """Return likewise at any frequencies, shape (P, ..., n_omega), of sources of shape (P, ..., n + 1)."""
        if not self._kinks:
            return self.grid.transform_at(sources, omega)
        return np.array([kinked.spectrum_at(of, omega) for kinked, of in zip(self._kinks, sources, strict=True)])

    def at(self, c: FloatArray, m: FloatArray) -> Point:
        """Return covariances and means with what the equations say of them."""
        spend(_SECONDS * c.size)
        c0 = np.maximum(c[:, 0], 0.0)
        tables, centred = self.tables, self.tables.centred
        table = tables.finest(c0, m) if self._points is None else tables.at(c0, self._points, m)
        of = [table(v, a, self.grid.lags) if centred else table.leaning(v, a) for a, v in enumerate(c)]
        q, p, by_variance, *leant = np.moveaxis(np.array(of), 1, 0)
        by_mean = leant[0] if leant else np.broadcast_to(0.0, c.shape)
        rest = c - self.heard - self.filtered(self.units.K @ q)
        residual = float(np.max(np.abs(rest))) / max(float(np.max(c0)), 1e-300)
        balance = np.zeros(len(c0))
        if not centred:
            balance = m - self.units.steady * (self.units.blocks.bias + self.units.blocks.A @ table.phi)
            sizes = np.sqrt(c0) + np.abs(m)
            residual = max(residual, float(np.max(np.abs(balance) / np.maximum(sizes, 1e-300))))
        if not math.isfinite(residual):
            residual = math.inf
        return Point(c, m, table, q, p, by_variance, by_mean, rest, balance, residual)

    def swept(self, point: Point) -> tuple[FloatArray, FloatArray]:
        """Return the map of covariances, of one plain sweep, and means that balance at the variances as they are."""
        shift, _ = self._leaning(point)
        part = min(1.0, float(np.min(point.size / np.maximum(np.abs(shift), 1e-300))))
        return point.c - point.rest, point.m + part * shift

    def _leaning(self, point: Point) -> tuple[FloatArray, FloatArray]:
        """Return the change of the means that balances them, shape (P,), and by how much they follow the variances,
        shape (P, P)."""
        n = len(self.units)
        if self.tables.centred:
            return np.zeros(n), np.zeros((n, n))
        heard = self.units.steady[:, None] * self.units.blocks.A
        loop = np.eye(n) - heard * point.table.one[1]
        found = np.linalg.solve(loop, np.column_stack([-point.balance, heard * point.table.one[2]]))
        return found[:, 0], found[:, 1:]

    def step(self, point: Point, rtol: float = _TIGHT) -> tuple[FloatArray, FloatArray] | None:
        """Return the changes of covariances and means of Newton's method, not yet limited; None if the linear equations
        were not solved.

        `rtol` is the relative residual of these.
        """
        from scipy.sparse.linalg import LinearOperator, gmres

        shape, size, grid = point.c.shape, point.c.size, self.grid
        far = self._far(point)
        try:
            shift, follow = self._leaning(point)
        except np.linalg.LinAlgError:
            return None
        leans = bool(np.any(follow))

        def moved(v: FloatArray) -> FloatArray:
            spend(2.0 * _SECONDS * size)
            sources = point.p * v + point.by_variance * v[:, :1]
            if leans:
                sources += point.by_mean * (follow @ v[:, 0])[:, None]
            return np.asarray(self.units.K @ sources)

        def linear(flat: FloatArray) -> FloatArray:
            """Of a spectrum: two transforms in all."""
            v = flat.reshape(shape)
            return far(v - self.gain * grid.transform(moved(grid.back(v)))).ravel()

        def kinked(flat: FloatArray) -> FloatArray:
            v = grid.back(flat.reshape(shape))
            return far(grid.transform(v - self.filtered(moved(v)))).ravel()

        operator = LinearOperator((size, size), matvec=kinked if self._kinks else linear, dtype=float)
        right = -point.rest
        if np.any(shift):
            right = right + self.filtered(self.units.K @ (point.by_mean * shift[:, None]))
        given = far(grid.transform(right)).ravel()
        change, failed = gmres(operator, given, rtol=rtol, atol=0.0, restart=30, maxiter=3)
        if not np.all(np.isfinite(change)) or (failed and not np.linalg.norm(change) > 0.0):
            return None
        found = grid.back(change.reshape(shape))
        return found, shift + follow @ found[:, 0]

    def sensitivity(self, point: Point, rtol: float) -> float:
        """Return by how much relative errors of <phi phi> and <phi> move variances and means, relative to these."""
        of_pairs = replace(point, rest=-self.filtered(self.units.K @ point.q), balance=np.zeros(len(point.m)))
        worst = 0.0
        for at in [of_pairs] + ([] if self.tables.centred else [self._mean_off(point)]):
            around = self.step(at, rtol=rtol)
            worst += math.inf if around is None else (1.0 + 10.0 * rtol) * self.moved(point, *around)
        return worst

    def _mean_off(self, point: Point) -> Point:
        blocks = self.units.blocks
        balance = -np.abs(self.units.steady) * (np.abs(blocks.A) @ np.abs(point.table.phi))
        return replace(point, rest=np.zeros_like(point.c), balance=balance)

    def moved(self, point: Point, change: FloatArray, shift: FloatArray) -> float:
        """Return the size of a change, of covariances relative to the variance, of means to the size of x."""
        part = float(np.max(np.abs(change))) / max(float(np.max(point.c[:, 0])), 1e-300)
        return max(part, float(np.max(np.abs(shift) / np.maximum(point.size, 1e-300))))

    def _far(self, point: Point) -> Callable[[FloatArray], FloatArray]:
        """Return the inverse of the linear map of far lags, of spectra; of a weaker one where that has none."""
        slopes = self.far(point)
        one = np.eye(len(self.units))
        matrices = np.moveaxis(self.gain, 0, -1)[..., None] * (self.units.K * slopes)  # (n + 1, P, P)
        if len(self.units) == 1:
            growth = float(np.max(matrices))
            inverse = 1.0 / (1.0 - matrices[:, 0, 0] * min(1.0, _FAR / max(growth, 1e-300)))
            return lambda v: inverse * v
        growth = float(np.max(np.abs(np.linalg.eigvals(matrices))))
        inverses = np.linalg.inv(one - matrices * min(1.0, _FAR / max(growth, 1e-300)))
        return lambda v: np.einsum("nab,bn->an", inverses, v)

    def far(self, point: Point) -> FloatArray:
        """Return <phi' phi'> at far lags, shape (P,)."""
        return point.table.far if self.tables.centred else np.asarray(point.p[:, -1])

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
            found = self.step(point, _TIGHT if self.exact else _forcing(point.residual, rtol))
            if found is None:
                break
            change, shift = found
            moved = np.abs(change[:, 0]) if self.tables.centred else np.max(np.abs(change), axis=1)
            relative = float(np.max(moved / np.maximum(point.c[:, 0], 1e-300)))
            relative = max(relative, float(np.max(np.abs(shift) / np.maximum(point.size, 1e-300))))
            part = min(1.0, _STEP / max(relative, 1e-300))
            new = self.at(point.c + part * change, point.m + part * shift)
            if point.residual < _NEXT and new.residual > 0.5 * point.residual:  # rounding is all that is left
                break
            point = new
            history.append(point.residual)
        return point, history


def _forcing(residual: float, goal: float) -> float:
    """Return how well the linear equations of a step are solved: no better than Newton's method is itself from here,
    and no better than what is asked for needs [Eisenstat & Walker, SIAM J. Sci. Comput. 17, 16 (1996)]."""
    return min(_LOOSE, max(_TIGHT, 0.1 * residual, 0.05 * goal / residual))
