"""Smoothing phi by a Gaussian where it has structure: phi_s(u) = int phi(x) exp(-(x - u)^2/2s)/sqrt(2 pi s) dx.

The nodes of x are those of panels that are cut at the edges of phi and no longer than a few sqrt(s): they are the same
for all u and for all s of an octave, so that phi is evaluated once, and only the density at each u.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dmft.arrays import BoolArray, FloatArray, IntArray
from dmft.numerics.gaussian.legendre import on_panels

REACH = 8.4  # standard deviations of v = x - u; the rest is below 1e-16
_STRIDE = REACH / 3.0  # longest panel, in the least sqrt(s)
_CHUNK = 40_000  # panels of all u together that are summed at a time


@dataclass(frozen=True, eq=False)
class InnerPanels:
    """Panels around the edges that matter.

    Attributes
    ----------
    edges : the edges that matter: where phi has structure on the scale of sqrt(s).
    left, right : ends of the panels, which cover 2 `REACH` of the largest sqrt(s) on either side of each such edge.
    offsets : x - left of their nodes, to all digits.
    phi, slope : phi and phi' on the nodes times weights.
    """

    edges: FloatArray
    left: FloatArray
    right: FloatArray
    offsets: FloatArray
    phi: FloatArray
    slope: FloatArray

    def misses(self, u: FloatArray, reach: float) -> BoolArray:
        """Return where no edge that matters is within reach of u."""
        return np.asarray(np.searchsorted(self.edges, u - reach) == np.searchsorted(self.edges, u + reach))

    def smoothed(self, u: FloatArray, root: float) -> tuple[FloatArray, FloatArray]:
        """Return phi_s and phi_s' at u that are within reach of an edge."""
        first = np.searchsorted(self.right, u - REACH * root, side="right")
        counts = np.searchsorted(self.left, u + REACH * root, side="left") - first
        phi, slope = np.empty_like(u), np.empty_like(u)
        ends = np.cumsum(counts)
        begin = 0
        while begin < len(u):
            before = ends[begin - 1] if begin else 0
            end = max(begin + 1, int(np.searchsorted(ends, before + _CHUNK, side="right")))
            part = slice(begin, end)
            phi[part], slope[part] = self._summed(u[part], first[part], counts[part], root)
            begin = end
        return phi, slope

    def _summed(self, u: FloatArray, first: IntArray, counts: IntArray, root: float) -> tuple[FloatArray, FloatArray]:
        starts = np.cumsum(counts) - counts
        owner = np.repeat(np.arange(len(u)), counts)
        panel = np.arange(len(owner)) + (first - starts)[owner]
        z = self.offsets[panel]
        z += (self.left[panel] - u[owner])[:, None]
        z *= z
        z *= -0.5 / root**2
        density = np.exp(z, out=z)
        norm = 1.0 / (math.sqrt(2.0 * math.pi) * root)
        phi = np.einsum("ij,ij->i", density, self.phi[panel])
        slope = np.einsum("ij,ij->i", density, self.slope[panel])
        return norm * np.add.reduceat(phi, starts), norm * np.add.reduceat(slope, starts)


def inner_panels(edges: FloatArray, root: float, nodes: int, at: Callable[[FloatArray], FloatArray]) -> InnerPanels:
    """Return the panels that serve sqrt(s) from `root` to twice as much.

    Parameters
    ----------
    edges : the edges that matter, increasing.
    root : least sqrt(s).
    nodes : nodes of a panel.
    at : x -> phi and phi', shape (2, *x.shape).
    """
    reach = 2.0 * REACH * 2.0 * root
    lefts, rights = [np.zeros(0)], [np.zeros(0)]
    apart = np.flatnonzero(np.diff(edges) > 2.0 * reach) + 1
    for group in np.split(edges, apart) if len(edges) else []:
        ends = np.concatenate([[group[0] - reach], group, [group[-1] + reach]])
        pieces = np.maximum(1, np.ceil(np.diff(ends) / (_STRIDE * root)))
        all_ends = np.concatenate(
            [a + (b - a) * np.arange(n) / n for a, b, n in zip(ends[:-1], ends[1:], pieces, strict=True)] + [ends[-1:]]
        )
        lefts.append(all_ends[:-1])
        rights.append(all_ends[1:])
    left, right = np.concatenate(lefts), np.concatenate(rights)
    offsets, weights = on_panels(np.zeros(len(left)), right - left, nodes)
    phi, slope = at(left[:, None] + offsets)
    return InnerPanels(edges, left, right, offsets, phi * weights, slope * weights)
