"""Fixed points x = F(x) by damped and by Anderson-accelerated iteration.

The residual is that of the *undamped* map, max|F(x) - x| relative to max|x|: a small step of a damped iteration says
nothing about the distance to a solution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import positive
from dmft.numerics.convergence import Convergence, Status

Map = Callable[[FloatArray], FloatArray]
Callback = Callable[[int, float], Any]


class FixedPointMethod(Protocol):
    """A way to iterate a map to its fixed point."""

    def solve(
        self, function: Map, start: FloatArray, *, rtol: float, max_steps: int, callback: Callback | None = None
    ) -> tuple[FloatArray, Convergence]:
        """Return the best iterate and how the iteration ended."""
        ...


@dataclass(frozen=True)
class Anderson:
    """Anderson acceleration [Walker & Ni, SIAM J. Numer. Anal. 49, 1715 (2011)].

    Parameters
    ----------
    depth : number of earlier iterates combined.
    damping : part of the combined residual that is added, in (0, 1].
    """

    depth: int = 5
    damping: float = 1.0

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise ValueError(f"depth must be at least 1, got {self.depth}")
        _check_damping(self.damping)

    def solve(
        self, function: Map, start: FloatArray, *, rtol: float, max_steps: int, callback: Callback | None = None
    ) -> tuple[FloatArray, Convergence]:
        """Return the best iterate and how the iteration ended."""
        step = Extrapolation(self.depth, damping=self.damping)
        return _iterate(function, start, step, rtol, max_steps, callback)


class Extrapolation:
    """The step of Anderson's acceleration: that of a quasi-Newton method in the directions of the last iterates."""

    def __init__(self, depth: int, *, damping: float = 1.0, rcond: float = 1e-12) -> None:
        self._depth, self._damping, self._rcond = depth, damping, rcond
        self._last: tuple[FloatArray, FloatArray] | None = None
        self._moves: list[tuple[FloatArray, FloatArray]] = []  # from each of the last iterates to the next

    def __call__(self, x: FloatArray, residual: FloatArray) -> FloatArray:
        """Return the step from an iterate of this residual, and remember both."""
        if self._last is not None:
            self._moves.append((x - self._last[0], residual - self._last[1]))
            del self._moves[: -self._depth]
        self._last = x, residual
        step = self._damping * residual
        if self._moves:
            dx, dr = (np.array(moves) for moves in zip(*self._moves, strict=True))
            weights = np.linalg.lstsq(dr.T, residual, rcond=self._rcond)[0]
            step -= (dx + self._damping * dr).T @ weights
        return step

    @property
    def knows(self) -> bool:
        """Whether it has met a direction."""
        return bool(self._moves)

    def elsewhere(self) -> None:
        """Go on with another map of nearly the same slopes: what was learned of them is kept, the last iterate not."""
        self._last = None


@dataclass(frozen=True)
class Damped:
    """Plain damped iteration, x <- x + damping (F(x) - x): slow and sturdy."""

    damping: float = 0.5

    def __post_init__(self) -> None:
        _check_damping(self.damping)

    def solve(
        self, function: Map, start: FloatArray, *, rtol: float, max_steps: int, callback: Callback | None = None
    ) -> tuple[FloatArray, Convergence]:
        """Return the best iterate and how the iteration ended."""
        return _iterate(function, start, lambda x, r: self.damping * r, rtol, max_steps, callback)


def _check_damping(damping: float) -> None:
    if positive("damping", damping) > 1:
        raise ValueError(f"damping must be in (0, 1], got {damping}")


def _iterate(
    function: Map,
    start: FloatArray,
    step: Callable[[FloatArray, FloatArray], FloatArray],
    rtol: float,
    max_steps: int,
    callback: Callback | None,
) -> tuple[FloatArray, Convergence]:
    x = np.array(start, dtype=float)
    best, best_norm = x, np.inf
    history: list[float] = []
    status = Status.MAX_STEPS
    for index in range(max_steps):
        residual = function(x) - x
        norm = float(np.max(np.abs(residual)) / max(np.max(np.abs(x)), np.finfo(float).tiny))
        if not np.isfinite(norm):
            status = Status.NON_FINITE
            break
        history.append(norm)
        if callback is not None:
            callback(index, norm)
        if norm < best_norm:
            best, best_norm = x, norm
        if norm <= rtol:
            status = Status.CONVERGED
            break
        x = x + step(x, residual)
    return best, Convergence(status, best_norm, len(history), tuple(history))
