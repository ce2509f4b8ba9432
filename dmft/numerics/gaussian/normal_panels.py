"""A nonlinearity resolved for averages over N(0, sigma^2): on panels whose errors count by their weight.

What is still not resolved when panels or digits run out is carried as an error, and a jump is refused with its place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.legendre import integrals, running_integral, under_normal
from dmft.numerics.gaussian.panels import (
    bisected,
    evaluated,
    narrowest,
    rough_edges,
    tails,
    with_breakpoints,
)

NODES = 16
OTHER_NODES = 23  # of the second rule, that the first is held against
_WIDEST = 0.75  # width of a panel in standard deviations: the density itself is then resolved
_REACHES = (8.75, 13.0, 19.0, 27.0, 37.0)  # standard deviations covered; farther out for a phi that grows
_BEYOND = 1e-17  # part of <phi^2> at the ends above which the reach is extended
_MOST = 600  # panels
_EPS = float(np.finfo(float).eps)
_JUMP = 1e-7  # part of the range of phi that its slope does not account for, above which it is said to jump


@dataclass(frozen=True, eq=False)
class Panels:
    """phi and phi' on panels of x, for averages over N(0, sigma^2).

    Attributes
    ----------
    nonlinearity, sigma : what is averaged, and the standard deviation of x.
    edges : increasing, symmetric about 0 if phi is odd or even, shape (n + 1,).
    kinks : edges at which phi is not smooth, increasing.
    x, density : nodes and weights times normal density, shape (n, n_nodes): sum(density * f(x)) = E f(x).
    values, slopes : phi and phi' at the nodes.
    unresolved : part of <phi^2> and of <phi'^2> that panels may have missed.
    """

    nonlinearity: Any
    sigma: float
    edges: FloatArray
    kinks: FloatArray
    x: FloatArray
    density: FloatArray
    values: FloatArray
    slopes: FloatArray
    unresolved: tuple[float, float]

    @property
    def nodes(self) -> int:
        """Number of nodes of a panel."""
        return int(self.x.shape[1])

    @cached_property
    def parity(self) -> int:
        """-1 if phi(-x) = -phi(x) at the nodes, to rounding; 1 if phi(-x) = phi(x); else 0."""
        mirrored = evaluated(self.nonlinearity, -self.x)
        allowed = 16.0 * _EPS * float(np.max(np.abs(self.values)))
        if np.max(np.abs(mirrored + self.values)) <= allowed:
            return -1
        return int(np.max(np.abs(mirrored - self.values)) <= allowed)

    def mean(self, function: FloatArray) -> float:
        """Return the average of what is given at the nodes."""
        return float(np.sum(self.density * function))

    @cached_property
    def antiderivative(self) -> FloatArray:
        """Return int phi from the first edge to each node, shape (n, n_nodes)."""
        return running_integral(self.edges, self.values)

    def scale_near(self, left: FloatArray, right: FloatArray) -> FloatArray:
        """Return on what scale phi changes in the intervals: the smallest panel, or the distance to the next kink."""
        kinks = np.concatenate([[-np.inf], self.kinks, [np.inf]])
        after = np.searchsorted(self.kinks, left)
        distance = np.minimum(left - kinks[after], kinks[after + 1] - right)
        return np.asarray(np.minimum(narrowest(self.edges, left, right), np.maximum(distance, 0.0)))


def resolve(nonlinearity: Any, sigma: float, nodes: int = NODES) -> Panels:
    """Return the panels on which a nonlinearity is resolved for averages over N(0, sigma^2).

    Parameters
    ----------
    nonlinearity, sigma : what is averaged, and the standard deviation of x.
    nodes : nodes of a panel.

    Raises
    ------
    FloatingPointError : if phi or phi' is not finite, grows so fast that the average does not exist, or jumps; the
        text names the place.
    """
    for reach in _REACHES:
        panels = _within(nonlinearity, sigma, reach, nodes)
        ends = [
            max(f[0, 0] ** 2 * panels.density[0, 0], f[-1, -1] ** 2 * panels.density[-1, -1])
            <= _BEYOND * max(panels.mean(f**2), 1e-300)
            for f in (panels.values, panels.slopes)
        ]
        if all(ends):
            _refuse_jump(panels)
            return panels
    raise FloatingPointError(
        f"the averages of {nonlinearity!r} at variance {sigma**2:.3g} do not exist: it grows faster than the normal "
        "density decays"
    )


class _ByWeight:
    """What panels may miss of <phi^2> and of <|phi|>, and of phi' likewise."""

    tolerance = 1e-14
    finite = True

    def __init__(self, sigma: float, nodes: int) -> None:
        self.sigma, self.nodes = sigma, nodes
        self._sums = np.full((2, 2), 1e-300)  # over all of the line, as far as they are known
        self._largest = 0.0

    def missed(self, left: FloatArray, right: FloatArray, f: FloatArray) -> FloatArray:
        """Return the larger of the two parts, by the last Legendre coefficients of a panel."""
        _, density = under_normal(left, right, self.nodes, self.sigma)
        sums = [np.sum(density * f**2, axis=(1, 2)), np.sum(density * np.abs(f), axis=(1, 2))]
        square, size = self._sums = np.maximum(self._sums, sums)
        top, tail = np.max(np.abs(f), axis=2), tails(f)
        tail[tail <= 4.0 * _EPS * top] = 0.0
        return np.asarray(tail * np.maximum(top / square[:, None], 1.0 / size[:, None]) * density.sum(axis=1))

    def size(self, left: FloatArray, right: FloatArray, ends: FloatArray) -> float:
        """Return the largest |phi| so far."""
        self._largest = max(self._largest, float(np.max(np.abs(ends))))
        return self._largest


def _within(nonlinearity: Any, sigma: float, reach: float, nodes: int) -> Panels:
    measure = _ByWeight(sigma, nodes)
    even = np.linspace(-reach * sigma, reach * sigma, 2 * math.ceil(reach / _WIDEST / 2.0) + 1)
    pieces = bisected(nonlinearity, with_breakpoints(nonlinearity, even), nodes, measure, _MOST)
    edges, (values, slopes), unresolved = pieces.edges, pieces.values, pieces.missed.sum(axis=1)
    x, density = under_normal(edges[:-1], edges[1:], nodes, sigma)
    return Panels(
        nonlinearity,
        sigma,
        edges,
        rough_edges(nonlinearity, edges, nodes, measure),
        x,
        density,
        values,
        slopes,
        (float(unresolved[0]), float(unresolved[1])),
    )


def _refuse_jump(panels: Panels) -> None:
    """Refuse phi if it rises where its slope does not."""
    phi = evaluated(panels.nonlinearity, panels.edges)
    rise = integrals(panels.edges[:-1], panels.edges[1:], panels.slopes)
    gap = np.abs(np.diff(phi) - rise)
    rounding = 64.0 * _EPS * float(np.max(np.abs(phi)))
    worst = int(np.argmax(gap))
    if gap[worst] > _JUMP * np.ptp(phi) + rounding and panels.density[worst].sum() > _EPS:
        raise FloatingPointError(
            f"{panels.nonlinearity!r} jumps near x = {panels.edges[worst]:.6g}, or its derivative is not its "
            f"derivative there: phi rises by {phi[worst + 1] - phi[worst]:.3g}, the integral of phi' by "
            f"{rise[worst]:.3g}; use a steep smooth function instead"
        )
