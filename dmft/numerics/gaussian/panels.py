"""A nonlinearity resolved on panels: split where it is kinked or steep, until polynomials hold phi and phi' on each.

Panels are bisected until the last Legendre coefficients of phi and of phi' leave nothing that counts; what counts is
for a `Measure` to say. Bisection finds steep places and kinks by itself; those that are known are edges from the start.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from dmft.arrays import BoolArray, FloatArray
from dmft.models.breakpoints import breakpoints
from dmft.numerics.gaussian.legendre import integrals, on_panels, to_legendre

_EPS = float(np.finfo(float).eps)
_FINEST = 8.0 * _EPS  # width of a panel relative to its place at which there is nothing left to bisect
_RISE = 1e-11  # part of the size of phi that its slope may not account for in a panel that is resolved


class Measure(Protocol):
    """What the error of phi and of phi' on a panel is measured in.

    Attributes
    ----------
    tolerance : of `missed`.
    finite : whether values that are not finite are refused.
    """

    tolerance: float
    finite: bool

    def missed(self, left: FloatArray, right: FloatArray, f: FloatArray) -> FloatArray:
        """Return the errors on panels, shape (2, n), of f = phi and phi' at their nodes, shape (2, n, n_nodes)."""
        ...

    def size(self, left: FloatArray, right: FloatArray, ends: FloatArray) -> Any:
        """Return the size of phi that its rise from end to end of a panel is compared with."""
        ...


@dataclass(frozen=True, eq=False)
class Pieces:
    """phi and phi' on panels.

    Attributes
    ----------
    edges : increasing, shape (n + 1,).
    values : phi and phi' at the nodes, shape (2, n, n_nodes).
    missed : what panels left when there was nothing more to bisect, shape (2, n); 0 where they are resolved.
    """

    edges: FloatArray
    values: FloatArray
    missed: FloatArray


def bisected(nonlinearity: Any, start: FloatArray, nodes: int, measure: Measure, most: int) -> Pieces:
    """Return panels that resolve a nonlinearity, from those between the edges `start`; not many more than `most`."""
    left, right = start[:-1], start[1:]
    done: list[tuple[FloatArray, ...]] = []
    count = 0
    while len(left):
        f = both(nonlinearity, on_panels(left, right, nodes)[0], measure.finite)
        missed = measure.missed(left, right, f)
        # What changes between the outer nodes and the edges is seen by neither: the slope must account for the rise.
        ends = evaluated(nonlinearity, np.stack([left, right], axis=1), measure.finite)
        gap = np.abs(ends[:, 1] - ends[:, 0] - integrals(left, right, f[1]))
        rough = np.any(missed > measure.tolerance, axis=0) | (gap > _RISE * measure.size(left, right, ends))
        count += len(left)
        rest = rough & (right - left > _FINEST * np.maximum(np.abs(left), np.abs(right))) & (count <= most)
        missed[missed <= measure.tolerance] = 0.0
        done.append((left[~rest], f[:, ~rest], missed[:, ~rest]))
        middle = 0.5 * (left + right)[rest]
        left, right = np.concatenate([left[rest], middle]), np.concatenate([middle, right[rest]])
    lefts, found, lost = zip(*done, strict=True)
    left = np.concatenate(lefts)
    order = np.argsort(left)
    f, missed = (np.concatenate(parts, axis=1)[:, order] for parts in (found, lost))
    return Pieces(np.append(left[order], start[-1]), f, missed)


def halved(edges: FloatArray, is_fine: Callable[[FloatArray, FloatArray], BoolArray]) -> FloatArray:
    """Return the edges of panels that are halved until each is fine, which is asked of left and right ends at once."""
    left, right = edges[:-1], edges[1:]
    done = [edges[-1:]]
    while len(left):
        fine = is_fine(left, right)
        done.append(left[fine])
        left, right = left[~fine], right[~fine]
        middle = 0.5 * (left + right)
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
    return np.sort(np.concatenate(done))


def rough_edges(nonlinearity: Any, edges: FloatArray, nodes: int, measure: Measure) -> FloatArray:
    """Return the inner edges across which phi is not smooth: a panel about the edge does not resolve it."""
    inner, sizes = edges[1:-1], np.diff(edges)
    reach = 0.5 * np.minimum(sizes[:-1], sizes[1:])
    left, right = inner - reach, inner + reach
    f = both(nonlinearity, on_panels(left, right, nodes)[0], measure.finite)
    return np.asarray(inner[np.any(measure.missed(left, right, f) > measure.tolerance, axis=0)], dtype=float)


def with_breakpoints(nonlinearity: Any, even: FloatArray) -> FloatArray:
    """Return edges, and edges at kinks and about places steeper than the panels; no slivers between the two."""
    end, size = even[-1], float(np.min(np.diff(even)))
    placed = []
    for point in breakpoints(nonlinearity):
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


def tails(f: FloatArray) -> FloatArray:
    """Return the size of the last three Legendre coefficients on each panel, from values at the nodes (last axis)."""
    with np.errstate(all="ignore"):
        return np.asarray(np.max(np.abs(f @ to_legendre(f.shape[-1])[-3:].T), axis=-1))


def narrowest(edges: FloatArray, left: FloatArray, right: FloatArray) -> FloatArray:
    """Return the width of the narrowest panel that each interval meets."""
    widths = np.diff(edges)
    first = np.clip(np.searchsorted(edges, left, side="right") - 1, 0, len(widths) - 1)
    last = np.clip(np.searchsorted(edges, right, side="left") - 1, first, len(widths) - 1)
    bounds = np.stack([first, last + 1], axis=1).ravel()
    return np.asarray(np.minimum.reduceat(np.append(widths, np.inf), bounds)[::2])


def both(nonlinearity: Any, x: FloatArray, finite: bool = True) -> FloatArray:
    """Return phi and phi' at x, shape (2, *x.shape)."""
    return np.stack([evaluated(nonlinearity, x, finite), evaluated(nonlinearity.derivative, x, finite)])


def evaluated(function: Any, x: FloatArray, finite: bool = True) -> FloatArray:
    """Return the values of phi, or of phi', as an array of the shape of x.

    Raises
    ------
    FloatingPointError : unless they and their squares are finite, if that is asked for; it names a place.
    """
    with np.errstate(all="ignore"):
        values = np.broadcast_to(np.asarray(function(x), dtype=float), x.shape)
        if finite and not math.isfinite(np.vdot(values, values)) and not np.all(usable := np.isfinite(values * values)):
            owner = getattr(function, "__self__", function)
            raise FloatingPointError(f"{owner!r} is not finite at x = {x[~usable][0]:.6g}")
    return values
