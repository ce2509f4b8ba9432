"""The map whose fixed point is a state that repeats with the drive, on a torus of two times."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.convergence import Convergence
from dmft.numerics.fixed_point import Anderson
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs
from dmft.numerics.gaussian.pairs import ClosedPairs, PairAverages
from dmft.numerics.two_time.torus import Torus
from dmft.theories.nonstationary.input import stage_times
from dmft.theories.reduction import Reduction

_SUBSTEPS = 4
_FLOOR = 1e-12  # variance, relative to the largest, below which a silent network's is held
_PASSES = 40  # periods that the mean is marched over before it must repeat
_ENOUGH, _ENOUGH_SLOPES = 1e-6, 1e-5  # what a row of averages may lose of its integral


@dataclass
class PeriodicMap:
    """The map c -> [(1 + d_t)(1 + d_s)]^-1 g^2 <phi phi>; `mean` holds the orbit of the last iterate."""

    network: Reduction
    averages: PairAverages
    torus: Torus
    mean: FloatArray = field(default_factory=lambda: np.zeros(0))

    def iterate(self, start: FloatArray, rtol: float, max_steps: int) -> tuple[FloatArray, Convergence]:
        """Return the fixed point, and how the iteration ended."""
        n = self.torus.n
        i, j = np.triu_indices(n)

        def step(half: FloatArray) -> FloatArray:
            c = square(half, n, i, j)
            if not np.all(np.isfinite(c)):
                return np.full_like(half, np.nan)
            new, _ = self.apply(c)
            return new[i, j]

        half, outcome = Anderson(depth=6).solve(step, start[i, j], rtol=rtol, max_steps=max_steps)
        return square(half, n, i, j), outcome

    def apply(self, c: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the image of c and <phi' phi'>."""
        variance = np.diag(c)
        variance = np.maximum(variance, max(_FLOOR * float(variance.max()), 1e-300))
        self.mean = self.orbit(variance)
        q, p = self.pair(c, variance)
        return self.torus.relax(self.network.g**2 * q), p

    def pair(self, c: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return <phi phi> and <phi' phi'> between all pairs of times."""
        n, m = self.torus.n, self.mean
        spend(3e-7 * n * n)
        root = np.sqrt(variance)  # first, or the product of what is tiny would be 0
        limit = root[:, None] * root[None, :]
        c = np.clip(c, -limit, limit)
        if isinstance(self.averages, MehlerPairs):
            return self._series(c / limit, variance)
        assert isinstance(self.averages, ClosedPairs)
        from dmft.numerics.gaussian.closed_pairs import RELU
        from dmft.numerics.gaussian.relu_row import relu_square

        if self.averages.kind == RELU:
            return relu_square(np.ascontiguousarray(m), np.ascontiguousarray(variance), np.ascontiguousarray(c))
        i, j = np.triu_indices(n)
        q, p = self.averages.pair(m[i], variance[i], m[j], variance[j], c[i, j])
        return square(q, n, i, j), square(p, n, i, j)

    def _series(self, r: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the averages by series long enough for what a row loses not to matter."""
        from dmft.numerics.two_time.series import SeriesTable

        n, h = self.torus.n, self.torus.period / self.torus.n
        averages: Any = self.averages
        r = np.array(r)
        np.fill_diagonal(r, 1.0)
        while True:
            spend(2e-9 * averages.n_terms * n * n)
            table = SeriesTable.of(averages, self.mean, variance)
            q, p = np.zeros((n, n)), np.zeros((n, n))
            lost = np.array([table.add_circle(u, np.ascontiguousarray(r[u]), q[u], p[u]) for u in range(n)])
            error, slope_error = h * float(lost[:, 0].max()), float(lost[:, 1].max())
            if (error <= _ENOUGH and slope_error <= _ENOUGH_SLOPES) or not averages.lengthened():
                averages.note(error, slope_error)
                return q, p

    def orbit(self, variance: FloatArray) -> FloatArray:
        """Return the periodic mean at a periodic variance, by marching over the period until it repeats."""
        n, h = self.torus.n, self.torus.period / self.torus.n
        drive = self.network.common_input(stage_times(0.0, h, n, _SUBSTEPS))
        after = np.roll(variance, -1)
        m = self.mean.copy()
        inhibition = self.network.inhibition
        if isinstance(self.averages, ClosedPairs):
            from dmft.numerics.two_time.mean import mean_over_period

            kind = self.averages.kind
            return _repeating(lambda x: mean_over_period(kind, x, m, variance, after, h, inhibition, drive), m)
        from dmft.theories.nonstationary.series_march import advance_mean

        averages: Any = self.averages
        none = np.zeros((_SUBSTEPS, 2, 1))

        def over(x: float) -> float:
            for t in range(n):
                m[t] = x
                x = advance_mean(averages, x, (variance[t], after[t]), h, inhibition, drive[t], none)
            return x

        return _repeating(over, m)


def _repeating(over: Callable[[float], float], m: FloatArray) -> FloatArray:
    """Return the orbit that repeats, by the secant method for its start: `over` is smooth and contracts."""
    x, previous = float(m[0]), (math.nan, math.nan)
    for _ in range(_PASSES):
        end = over(x)
        if not math.isfinite(end) or abs(end - x) <= 1e-12 * (1.0 + float(np.max(np.abs(m)))):
            break
        slope = (end - previous[1]) / (x - previous[0]) if x != previous[0] else math.nan
        previous = x, end
        x = x + (end - x) / (1.0 - slope) if -1.0 < slope < 1.0 - 1e-9 else end
    return m


def square(half: FloatArray, n: int, i: NDArray[Any], j: NDArray[Any]) -> FloatArray:
    """Return the symmetric matrix with these entries on and above the diagonal."""
    full = np.empty((n, n))
    full[i, j] = half
    full[j, i] = half
    return full
