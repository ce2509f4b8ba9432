"""The equations of a static state of populations, and their derivatives, at many points at once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.nonlinearity import is_odd
from dmft.numerics.arclength import Family
from dmft.numerics.gaussian.moments import OTHER_WIDTH, Moments, OneTimeMoments
from dmft.numerics.many_roots import spread
from dmft.theories.blocks import Blocks

_FAR, _FARTHER, _POINTS = 1e4, 1e8, 4001
_DIRECTIONS, _REACH = 4, 6.0  # of changes of the mean inputs
_GROWS = 1e-3  # part of its size at |x| <= 1e4 that phi may add beyond it, and be bounded


class StaticEquations:
    """m_a = h_a + sum_b A_ab <phi_b>,  c_a = sum_b K_ab <phi_b^2> + s_a, over x_b ~ N(m_b, c_b).

    A point is (m, c), shape (2 P,).
    """

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks
        self.averages = OneTimeMoments(blocks.nonlinearities)

    def __len__(self) -> int:
        return len(self.blocks)

    def moments(self, points: FloatArray) -> Moments:
        """Return the averages at points, shape (n, P) each."""
        return self.averages.at(points[:, : len(self)], points[:, self.variances])

    @property
    def variances(self) -> slice:
        """Where in a point the variances stand."""
        return slice(len(self), 2 * len(self))

    def system(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what is left of the equations at points, shape (n, 2P), and the derivatives, shape (n, 2P, 2P).

        Not numbers where phi overflows, or the points are none.
        """
        given = np.all(np.isfinite(points), axis=1)
        if not np.all(given):
            left, derivative = np.full(points.shape, np.nan), np.full((*points.shape, points.shape[1]), np.nan)
            if np.any(given):
                left[given], derivative[given] = self.system(points[given])
            return left, derivative
        try:
            known = self.moments(points)
        except FloatingPointError:
            if len(points) <= 1:
                return np.full(points.shape, np.nan), np.full((*points.shape, points.shape[1]), np.nan)
            halves = [self.system(half) for half in np.array_split(points, 2)]
            return np.concatenate([left for left, _ in halves]), np.concatenate([of for _, of in halves])
        return self.assembled(points, known)

    def assembled(self, points: FloatArray, known: Moments) -> tuple[FloatArray, FloatArray]:
        """Return the same from the averages there."""
        b, p = self.blocks, len(self)
        m, c = points[:, :p], points[:, self.variances]
        left = np.concatenate(
            [m - b.bias - known.mean @ b.A.T, c - b.threshold_variance - known.square @ b.K.T], axis=1
        )
        derivative = np.zeros((len(points), 2 * p, 2 * p))
        derivative[:, :p, :p] = -b.A * known.slope[:, None]
        derivative[:, :p, p:] = -0.5 * b.A * known.bend[:, None]
        derivative[:, p:, :p] = -2.0 * b.K * known.lean[:, None]
        derivative[:, p:, p:] = -b.K * known.turn[:, None]
        derivative += np.eye(2 * p)
        return left, derivative

    def residual(self, point: FloatArray, *, width: float = OTHER_WIDTH) -> float:
        """Return what is left of the equations by other nodes than the solver's, relative to the size of x."""
        b = self.blocks
        m, c = point[: len(self)], point[self.variances]
        phi, square = self.averages.rates(m, c, width)
        scale = max(float(np.sqrt(np.max(c + m * m))), 1e-6)
        return float(
            max(
                np.max(np.abs(m - b.bias - b.A @ phi)) / scale,
                np.max(np.abs(c - b.threshold_variance - b.K @ square)) / scale**2,
            )
        )

    def growth(self, point: FloatArray) -> FloatArray:
        """Return K <phi'^2> at a point, shape (P, P): its largest eigenvalue is the square of the bulk's radius."""
        return np.asarray(self.blocks.K * self.moments(point[None]).square_slope[0])

    def coupling(self, point: FloatArray) -> FloatArray:
        """Return the matrix of (dm, v = cov(eta, d eta)) to the inputs that it makes, shape (2P, 2P): dc = 2 v.

        Where a unit has no variance there is no v: its row and column are left out (0).
        """
        b, p = self.blocks, len(self)
        known = self.moments(point[None])
        matrix = np.block(
            [[b.A * known.slope, b.A * known.bend], [b.K * known.lean, b.K * known.turn]],
        )
        still = np.concatenate([np.zeros(p, dtype=bool), point[p:] == 0])
        matrix[still], matrix[:, still] = 0.0, 0.0
        return np.asarray(matrix)

    @cached_property
    def range(self) -> FloatArray:
        """Least and largest phi_b met on |x| <= 1e4, shape (2, P); and whether they are bounds (`bounded`)."""
        x = np.sinh(np.linspace(-1.0, 1.0, _POINTS) * np.arcsinh(10.0 * _FAR)) / 10.0
        with np.errstate(all="ignore"):
            values = [np.asarray(phi(x), dtype=float) for phi in self.blocks.nonlinearities]
        return np.array([[np.min(v) for v in values], [np.max(v) for v in values]])

    @cached_property
    def odd(self) -> bool:
        """Whether -m is a state where m is."""
        return not np.any(self.blocks.bias) and all(is_odd(phi) for phi in self.blocks.nonlinearities)

    @property
    def mirrors(self) -> tuple[FloatArray, ...]:
        """Signs of the coordinates under what takes states to states."""
        return (np.repeat([-1.0, 1.0], len(self)),) if self.odd else ()

    @cached_property
    def inputs(self) -> FloatArray:
        """The point where units hear their inputs alone."""
        return np.concatenate([self.blocks.bias, self.blocks.threshold_variance])

    @cached_property
    def sizes(self) -> FloatArray:
        """Sizes that mean inputs may have, shape (P,)."""
        low, high = np.where(np.isfinite(self.range), self.range, 0.0)
        return np.asarray(np.abs(self.blocks.bias) + np.abs(self.blocks.A) @ np.maximum(-low, high) + 1.0)

    @cached_property
    def bounded(self) -> bool:
        """Whether no phi grows without bound."""
        x = np.geomspace(_FAR, _FARTHER, 401)
        low, high = self.range
        for phi, bottom, top in zip(self.blocks.nonlinearities, low, high, strict=True):
            with np.errstate(all="ignore"):
                far = np.asarray(phi(np.concatenate([x, -x])), dtype=float)
            margin = _GROWS * max(abs(bottom), abs(top))
            if not (np.all(np.isfinite(far)) and bottom - margin <= far.min() and far.max() <= top + margin):
                return False
        return True

    @cached_property
    def box(self) -> tuple[FloatArray, FloatArray]:
        """Lower and upper bounds of every solution, shape (2P,) each; infinite where phi is not bounded."""
        b, (low, high) = self.blocks, self.range
        if not self.bounded:
            infinite = np.full(len(self), np.inf)
            return np.concatenate([-infinite, b.threshold_variance]), np.concatenate([infinite, infinite])
        positive, negative = np.maximum(b.A, 0.0), np.minimum(b.A, 0.0)
        largest = np.maximum(low**2, high**2)
        return (
            np.concatenate([b.bias + positive @ low + negative @ high, b.threshold_variance]),
            np.concatenate([b.bias + positive @ high + negative @ low, b.threshold_variance + b.K @ largest]),
        )

    def allowed(self, points: FloatArray) -> FloatArray:
        """Return the nearest points inside of the box, a little widened but for c >= 0."""
        low, high = self.box
        with np.errstate(invalid="ignore"):
            margin = np.where(np.isfinite(high - low), 0.05 * (high - low), 0.0)
        least = low - margin
        least[self.variances] = low[self.variances]
        return np.asarray(np.clip(points, least, high + margin))

    def unbound(self, points: FloatArray) -> FloatArray:
        """Return the nearest points of variances that are not below those of the thresholds."""
        least = np.full(points.shape[1], -np.inf)
        least[self.variances] = self.blocks.threshold_variance
        return np.asarray(np.maximum(points, least))

    def scale(self, points: FloatArray, least: float = 1e-9) -> FloatArray:
        """Return the sizes that changes of points are measured in, of their shape."""
        m, c = points[:, : len(self)], points[:, self.variances]
        deviation = np.sqrt(c)
        largest = np.max(np.maximum(np.abs(m), deviation), axis=1, keepdims=True)
        size = deviation + 1e-3 * np.abs(m) + least * (1.0 + largest)
        return np.concatenate([size + np.abs(m), size**2], axis=1)

    def apart(self, points: FloatArray) -> FloatArray:
        """Return the sizes that differences between states are measured in."""
        return self.scale(points, 1e-6)

    def along(self, points: FloatArray) -> FloatArray:
        """Return the sizes that steps along a curve are measured in."""
        return self.scale(points, 0.05)

    def families(self) -> Iterator[tuple[Family, float]]:
        """Yield systems with a parameter t that are this one at t = 0, and how far t is of interest.

        The couplings all together, and the mean inputs: of each population, or of some together where they are many.
        """
        b, p = self.blocks, len(self)

        def coupled(points: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
            left, derivative = self.system(points)
            fed = points - left - self.inputs
            eye = np.eye(points.shape[1])
            return left - t[:, None] * fed, derivative + t[:, None, None] * (derivative - eye), -fed

        yield coupled, 1.0
        low, high = self.range if self.bounded else np.array([[-1.0] * p, [1.0] * p])
        unit = np.maximum(0.25 * np.abs(b.A) @ (high - low), 1.0)
        signs = np.eye(p) if p <= _DIRECTIONS else np.sign(spread(0, _DIRECTIONS, p) - 0.5)
        for sign in signs:
            yield self.pushed(np.concatenate([unit * sign, np.zeros(len(self.inputs) - p)])), _REACH

    def pushed(self, by: FloatArray) -> Family:
        """Return the system under t times this further input."""

        def moved(points: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
            left, derivative = self.system(points)
            return left - t[:, None] * by, derivative, np.broadcast_to(-by, left.shape)

        return moved
