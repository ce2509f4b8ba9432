"""A nonlinearity resolved on panels: split where it is kinked or steep, until two rules of different nodes agree.

Panels are bisected until the Legendre coefficients of phi and of phi' on each have died out, weighted with the normal
density. Bisection finds steep places and kinks by itself; those that are known are edges from the start. What is still
not resolved when panels or digits run out is carried as an error, and a jump is refused with its place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.breakpoints import Breakpoint, breakpoints

NODES = 16
OTHER_NODES = 23  # of the second rule, that the first is held against
_WIDEST = 0.75  # width of a panel in standard deviations: the density itself is then resolved
_REACHES = (8.75, 13.0, 19.0, 27.0, 37.0)  # standard deviations covered; farther out for a phi that grows
_BEYOND = 1e-17  # part of <phi^2> at the ends above which the reach is extended
_TOLERANCE = 1e-14  # part of <phi^2> that a panel may miss
_MOST = 600  # panels
_EPS = float(np.finfo(float).eps)
_FINEST = 8.0 * _EPS  # width of a panel relative to its place at which there is nothing left to bisect
_RISE = 1e-11  # part of the size of phi that its slope may not account for in a panel that is resolved
_JUMP = 1e-7  # part of the range of phi that its slope does not account for, above which it is said to jump


@cache
def legendre_rule(n: int) -> tuple[FloatArray, FloatArray]:
    """Return nodes on [-1, 1] and weights of Gauss and Legendre."""
    x, w = np.polynomial.legendre.leggauss(n)
    return np.asarray(x, dtype=float), np.asarray(w, dtype=float)


@cache
def to_legendre(n: int) -> FloatArray:
    """Return the matrix from values at the nodes to Legendre coefficients, shape (n, n)."""
    x, w = legendre_rule(n)
    vander = np.polynomial.legendre.legvander(x, n - 1)
    return np.asarray((vander * w[:, None]).T * (np.arange(n) + 0.5)[:, None], dtype=float)


@cache
def integration(n: int) -> FloatArray:
    """Return the matrix from values at the nodes to integrals from -1 to each node, shape (n, n)."""
    x, _ = legendre_rule(n)
    columns = np.eye(n)
    to_integral = np.array([np.polynomial.legendre.legint(column, lbnd=-1) for column in columns])
    vander = np.polynomial.legendre.legvander(x, n)
    return np.asarray(vander @ to_integral.T @ to_legendre(n), dtype=float)


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

    @property
    def is_odd(self) -> bool:
        """Whether phi(-x) = -phi(x) at the nodes, to rounding."""
        return self._parity == -1

    @property
    def has_parity(self) -> bool:
        """Whether phi is odd or even."""
        return self._parity != 0

    @cached_property
    def _parity(self) -> int:
        mirrored = _evaluated(self.nonlinearity, -self.x)
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
        half = 0.5 * np.diff(self.edges)[:, None]
        within = half * (self.values @ integration(self.nodes).T)
        _, w = legendre_rule(self.nodes)
        whole = np.cumsum(half[:, 0] * (self.values @ w))
        return within + np.concatenate([[0.0], whole[:-1]])[:, None]

    def scale_near(self, left: FloatArray, right: FloatArray) -> FloatArray:
        """Return on what scale phi changes in the intervals: the smallest panel, or the distance to the next kink."""
        sizes = np.diff(self.edges)
        first = np.clip(np.searchsorted(self.edges, left, side="right") - 1, 0, len(sizes) - 1)
        last = np.clip(np.searchsorted(self.edges, right, side="left") - 1, first, len(sizes) - 1)
        bounds = np.stack([first, last + 1], axis=1).ravel()
        padded = np.append(sizes, np.inf)
        scale = np.minimum.reduceat(padded, bounds)[::2]
        if len(self.kinks):
            after = np.searchsorted(self.kinks, left)
            ahead = np.where(
                after < len(self.kinks), self.kinks[np.minimum(after, len(self.kinks) - 1)] - right, np.inf
            )
            behind = np.where(after > 0, left - self.kinks[np.maximum(after - 1, 0)], np.inf)
            scale = np.minimum(scale, np.maximum(np.minimum(ahead, behind), 0.0))
        return scale


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
        panels = _bisected(nonlinearity, sigma, reach, nodes)
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


def _bisected(nonlinearity: Any, sigma: float, reach: float, nodes: int) -> Panels:
    end = reach * sigma
    edges = _first_edges(breakpoints(nonlinearity), end, 2 * math.ceil(reach / _WIDEST / 2.0))
    left, right = edges[:-1], edges[1:]
    done: list[tuple[FloatArray, ...]] = []
    count, lost = 0, np.zeros(2)
    total = np.zeros((2, 2))
    spread = 0.0
    while len(left):
        x, density = _nodes(left, right, sigma, nodes)
        values, slopes = _evaluated(nonlinearity, x), _evaluated(nonlinearity.derivative, x)
        missed = []
        for index, f in enumerate((values, slopes)):
            part, sums = _missed(f, density, total[index])
            missed.append(part)
            total[index] = np.maximum(total[index], sums)
        worst = np.maximum(*missed)
        # What changes between the outer nodes and the edges is seen by neither: the slope must account for the rise.
        ends = _evaluated(nonlinearity, np.stack([left, right], axis=1))
        gap = np.abs(ends[:, 1] - ends[:, 0] - 0.5 * (right - left) * (slopes @ legendre_rule(nodes)[1]))
        spread = max(spread, float(np.max(np.abs(ends))))
        worst = np.where(gap > _RISE * spread, np.inf, worst)
        count += len(left)
        narrow = right - left <= _FINEST * np.maximum(np.abs(left), np.abs(right))
        accepted = (worst <= _TOLERANCE) | narrow | (count > _MOST)
        lost += [float(np.sum(part[accepted & (part > _TOLERANCE)])) for part in missed]
        done.append(tuple(a[accepted] for a in (left, right, x, density, values, slopes)))
        left, right = left[~accepted], right[~accepted]
        middle = 0.5 * (left + right)
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
    left, right, x, density, values, slopes = (np.concatenate(parts) for parts in zip(*done, strict=True))
    order = np.argsort(left)
    edges = np.append(left[order], right[order][-1])
    return Panels(
        nonlinearity=nonlinearity,
        sigma=sigma,
        edges=edges,
        kinks=_kinks(nonlinearity, sigma, edges, total, nodes),
        x=x[order],
        density=density[order],
        values=values[order],
        slopes=slopes[order],
        unresolved=(float(lost[0]), float(lost[1])),
    )


def _kinks(nonlinearity: Any, sigma: float, edges: FloatArray, total: FloatArray, nodes: int) -> FloatArray:
    """Return the inner edges across which phi is not smooth: a panel about the edge does not resolve it."""
    inner = edges[1:-1]
    reach = 0.5 * np.minimum(np.diff(edges)[:-1], np.diff(edges)[1:])
    x, density = _nodes(inner - reach, inner + reach, sigma, nodes)
    rough = np.zeros(len(inner), dtype=bool)
    for index, function in enumerate((nonlinearity, nonlinearity.derivative)):
        missed, _ = _missed(_evaluated(function, x), density, total[index])
        rough |= missed > _TOLERANCE
    return np.asarray(inner[rough], dtype=float)


def _missed(f: FloatArray, density: FloatArray, total: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return which part of <f^2> and <|f|> each panel may miss by its last Legendre coefficients, and the two sums.

    `total` holds the sums over all of the line, as far as they are known.
    """
    sums = np.array([np.sum(density * f**2), np.sum(density * np.abs(f))])
    square, size = np.maximum(np.maximum(sums, total), 1e-300)
    top = np.max(np.abs(f), axis=1)
    tail = np.max(np.abs(f @ to_legendre(f.shape[1])[-3:].T), axis=1)
    tail = np.where(tail <= 4.0 * _EPS * top, 0.0, tail)
    return tail * np.maximum(top / square, 1.0 / size) * density.sum(axis=1), sums


def _first_edges(known: tuple[Breakpoint, ...], end: float, n: int) -> FloatArray:
    """Return n equal panels, and edges at kinks and about places steeper than a panel; no slivers between the two."""
    even = np.linspace(-end, end, n + 1)
    size = 2.0 * end / n
    placed = []
    for point in known:
        if point.width == 0.0:
            placed.append(np.array([point.x]))
        elif point.width < 0.25 * size:
            placed.append(point.x + point.width * np.array([-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0]))
    if not placed:
        return even
    special = np.unique(np.concatenate(placed))
    special = special[np.abs(special) < end * (1.0 - 1e-9)]
    special = special[np.diff(special, prepend=-math.inf) > _FINEST * np.abs(special)]
    after = np.searchsorted(special, even)
    padded = np.concatenate([[-math.inf], special, [math.inf]])
    free = np.minimum(even - padded[after], padded[after + 1] - even) > 0.25 * size
    free[[0, -1]] = True
    return np.sort(np.concatenate([even[free], special]))


def _nodes(left: FloatArray, right: FloatArray, sigma: float, n: int) -> tuple[FloatArray, FloatArray]:
    node, weight = legendre_rule(n)
    half = 0.5 * (right - left)[:, None]
    x = left[:, None] + half * (node + 1.0)
    return x, half * weight * np.exp(-0.5 * (x / sigma) ** 2) / (math.sqrt(2.0 * math.pi) * sigma)


def _evaluated(function: Any, x: FloatArray) -> FloatArray:
    """Return the values as an array, or refuse them unless they and their squares are finite."""
    with np.errstate(all="ignore"):
        array = np.broadcast_to(np.asarray(function(x), dtype=float), x.shape)
        usable = np.isfinite(array * array)
    if not np.all(usable):
        owner = getattr(function, "__self__", function)
        raise FloatingPointError(f"{owner!r} is not finite at x = {x[~usable][0]:.6g}")
    return array


def _refuse_jump(panels: Panels) -> None:
    """Refuse phi if it rises where its slope does not."""
    phi = _evaluated(panels.nonlinearity, panels.edges)
    _, w = legendre_rule(panels.nodes)
    rise = 0.5 * np.diff(panels.edges) * (panels.slopes @ w)
    gap = np.abs(np.diff(phi) - rise)
    spread = float(np.max(phi) - np.min(phi))
    rounding = 64.0 * _EPS * float(np.max(np.abs(phi)))
    worst = int(np.argmax(gap))
    if gap[worst] > _JUMP * spread + rounding and panels.density[worst].sum() > _EPS:
        raise FloatingPointError(
            f"{panels.nonlinearity!r} jumps near x = {panels.edges[worst]:.6g}, or its derivative is not its "
            f"derivative there: phi rises by {phi[worst + 1] - phi[worst]:.3g}, the integral of phi' by "
            f"{rise[worst]:.3g}; use a steep smooth function instead"
        )
