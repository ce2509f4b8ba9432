"""The map whose fixed point is a state that repeats with the drive, on a torus of two times."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.fixed_point import Anderson
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs
from dmft.numerics.gaussian.pairs import ClosedPairs
from dmft.numerics.two_time.torus import Torus
from dmft.theories.blocks import Blocks
from dmft.theories.nonstationary.averages import Averages
from dmft.theories.nonstationary.input import balance, stage_times
from dmft.theories.nonstationary.orbit import Orbit

_SUBSTEPS = 4
_FLOOR = 1e-12  # variance, relative to the largest, below which a silent population's is held
_PASSES = 40  # periods that the mean is marched over before it must repeat
_ENOUGH, _ENOUGH_SLOPES = 1e-6, 1e-5  # what a row of averages may lose of its integral
_ROUNDS = 4  # iterations, after each of which a population's residual is judged by its own variance


@dataclass
class PeriodicMap:
    """The map c_a -> [(1 + tau_a d_t)(1 + tau_a d_s)]^-1 (sum_b K_ab <phi_b phi_b> + s_a), of arrays (P, n, n).

    Attributes
    ----------
    mean : the orbit of the means at the last iterate, shape (P, n).
    gap : by how much it does not repeat.
    left : factor by which a small shift of the means is left after a period, the variances held: beyond 1 they leave
        the orbit.
    """

    blocks: Blocks
    averages: Averages
    torus: Torus
    mean: FloatArray = field(default_factory=lambda: np.zeros((1, 0)))
    gap: float = 0.0
    left: float = 0.0

    def iterate(self, start: FloatArray, rtol: float, max_steps: int) -> tuple[FloatArray, Convergence]:
        """Return the fixed point, and how the iteration ended: each population is judged by its own variance."""
        n, size = self.torus.n, len(self.blocks)
        i, j = np.triu_indices(n)
        scale = np.ones((size, 1))

        def step(half: FloatArray) -> FloatArray:
            c = self._whole(half.reshape(size, -1) * scale, i, j)
            if not np.all(np.isfinite(c)):
                return np.full_like(half, np.nan)
            new, _ = self.apply(c)
            return np.asarray(new[:, i, j] / scale).ravel()

        half, steps = start[:, i, j], 0
        for _ in range(_ROUNDS):
            found, outcome = Anderson(depth=6).solve(step, (half / scale).ravel(), rtol=rtol, max_steps=max_steps)
            steps += outcome.steps
            half = found.reshape(size, -1) * scale
            if size == 1 or not outcome.converged:
                break
            sizes = np.max(np.abs(half), axis=1, keepdims=True)
            scale = np.where(sizes > 1e-12 * np.max(sizes), sizes, np.max(sizes))
            residual = float(np.max(np.abs(step((half / scale).ravel()) - (half / scale).ravel())))
            outcome = dataclasses.replace(outcome, residual=residual)
            if residual <= rtol:
                break
            outcome = dataclasses.replace(outcome, status=Status.MAX_STEPS)
        return self._whole(half, i, j), dataclasses.replace(outcome, steps=steps)

    def _whole(self, half: FloatArray, i: NDArray[Any], j: NDArray[Any]) -> FloatArray:
        return np.array([square(one, self.torus.n, i, j) for one in half])

    def apply(self, c: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the image of c and <phi' phi'>."""
        blocks = self.blocks
        variance = np.diagonal(c, axis1=1, axis2=2)
        variance = np.maximum(variance, np.maximum(_FLOOR * variance.max(axis=1, keepdims=True), 1e-300))
        self.orbit(variance)
        q, p, new = np.empty(c.shape), np.empty(c.shape), np.empty(c.shape)
        for a in range(len(blocks)):
            q[a], p[a] = self.pair(a, c[a], variance[a])
        source = (blocks.K @ q.reshape(len(blocks), -1)).reshape(c.shape)
        source += blocks.threshold_variance[:, None, None]
        for a, tau in enumerate(blocks.tau):
            new[a] = self.torus.relax(source[a], tau=tau)
        return new, p

    def pair(self, a: int, c: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return <phi phi> and <phi' phi'> of a population between all pairs of times."""
        n, m, averages = self.torus.n, self.mean[a], self.averages.pairs[a]
        spend(3e-7 * n * n)
        root = np.sqrt(variance)  # first, or the product of what is tiny would be 0
        limit = root[:, None] * root[None, :]
        c = np.clip(c, -limit, limit)
        if isinstance(averages, MehlerPairs):
            return self._series(averages, m, c / limit, variance)
        assert isinstance(averages, ClosedPairs)
        from dmft.numerics.gaussian.closed_pairs import RELU
        from dmft.numerics.gaussian.relu_row import relu_square

        if averages.kind == RELU:
            return relu_square(np.ascontiguousarray(m), np.ascontiguousarray(variance), np.ascontiguousarray(c))
        i, j = np.triu_indices(n)
        q, p = averages.pair(m[i], variance[i], m[j], variance[j], c[i, j])
        return square(q, n, i, j), square(p, n, i, j)

    def _series(
        self, averages: MehlerPairs, mean: FloatArray, r: FloatArray, variance: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the averages by series long enough for what a row loses not to matter."""
        from dmft.numerics.two_time.series import SeriesTable

        n, h = self.torus.n, self.torus.period / self.torus.n
        r = np.array(r)
        np.fill_diagonal(r, 1.0)
        while True:
            spend(2e-9 * averages.n_terms * n * n)
            table = SeriesTable.of(averages, mean, variance)
            q, p = np.zeros((n, n)), np.zeros((n, n))
            lost = np.array([table.add_circle(u, np.ascontiguousarray(r[u]), q[u], p[u]) for u in range(n)])
            error, slope_error = h * float(lost[:, 0].max()), float(lost[:, 1].max())
            if (error <= _ENOUGH and slope_error <= _ENOUGH_SLOPES) or not averages.lengthened():
                averages.note(error, slope_error)
                return q, p

    def orbit(self, variance: FloatArray) -> None:
        """Find the periodic means at periodic variances."""
        n, h, blocks = self.torus.n, self.torus.period / self.torus.n, self.blocks
        drive = blocks.common_input(stage_times(0.0, h, n, _SUBSTEPS))
        kind = self.averages.kind
        if kind is not None and blocks.A[0, 0] <= 0.0:
            from dmft.numerics.two_time.mean import mean_over_period

            m, tau = self.mean[0].copy(), float(blocks.tau[0])
            of_one = variance[0], np.roll(variance[0], -1), h / tau, balance(blocks), drive[0]
            self.mean, self.gap = m[None], _repeating(lambda x: mean_over_period(kind, x, m, *of_one), m)
            return
        found = Orbit(self.averages, blocks, self.mean, variance, h, drive)
        self.mean, self.gap = found.m, found.gap
        self.left = float(np.max(np.abs(np.linalg.eigvals(found.returned))))


def _repeating(over: Callable[[float], float], m: FloatArray) -> float:
    """Find the orbit that repeats, by the secant method for its start: `over` is smooth and contracts.

    Returned is by how much it does not repeat, relative to its size.
    """
    x, previous, gap = float(m[0]), (math.nan, math.nan), math.inf
    for _ in range(_PASSES):
        end = over(x)
        gap = abs(end - x) / (1.0 + float(np.max(np.abs(m))))
        if not math.isfinite(end) or gap <= 1e-12:
            break
        slope = (end - previous[1]) / (x - previous[0]) if x != previous[0] else math.nan
        previous = x, end
        x = x + (end - x) / (1.0 - slope) if -1.0 < slope < 1.0 - 1e-9 else end
    return gap


def square(half: FloatArray, n: int, i: NDArray[Any], j: NDArray[Any]) -> FloatArray:
    """Return the symmetric matrix with these entries on and above the diagonal."""
    full = np.empty((n, n))
    full[i, j] = half
    full[j, i] = half
    return full
