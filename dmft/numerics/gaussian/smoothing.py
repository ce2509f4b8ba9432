"""Smoothing phi by a Gaussian where it has structure: phi_s(u) = int phi(x) exp(-(x - u)^2/2s)/sqrt(2 pi s) dx.

The nodes of x are those of panels that are cut at the edges of phi and no longer than a few sqrt(s): they are the same
for all u and for all s of an octave, so that phi is evaluated once, and only the density at each u.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from dmft.arrays import BoolArray, FloatArray, IntArray
from dmft.budget import spend
from dmft.numerics.gaussian.legendre import on_panels
from dmft.numerics.gaussian.normal_panels import NODES, Panels
from dmft.numerics.gaussian.panels import both, halved

_REACH = 8.4  # standard deviations of v = x - u; the rest is below 1e-16
_STRIDE = _REACH / 3.0  # longest panel of v, in the least sqrt(s)
_A_NODE = 2.5e-8  # seconds of a node at a place
_CHUNK = 40_000  # panels of all u together that are summed at a time
_SPARED = 4  # nodes that a panel of v needs less than one of phi, of which it is a part
_HERMITE = NODES + 4  # nodes of v where phi is a polynomial on all of its reach
_WIDEST = 1.8  # panels of u, in standard deviations of u
_RESOLVED = 2.0  # panels of u are at most this many sqrt(s) long where phi has structure


class Smoother:
    """phi_s and phi_s', and panels of u that resolve them.

    phi_s changes on the scale sqrt(s) at least: panels of u are graded towards the places where phi is steep or kinked
    down to that scale.

    Parameters
    ----------
    panels : those of phi.
    """

    def __init__(self, panels: Panels) -> None:
        self.panels = panels
        self._edges: dict[tuple[float, float], FloatArray] = {}
        self._inner: dict[float, InnerPanels] = {}

    def edges(self, width: float, root: float) -> FloatArray:
        """Return panels of u ~ N(0, width^2), symmetric about 0, for s = root^2."""
        key = 2.0 ** (0.5 * math.ceil(2.0 * math.log2(width))), _octave(root)
        if key not in self._edges:
            self._edges[key] = self._graded(*key)
        return self._edges[key]

    def _graded(self, width: float, root: float) -> FloatArray:
        """Return panels that serve narrower densities and larger sqrt(s) too."""
        reach = self.panels.edges[-1] / self.panels.sigma * width
        kinks = np.abs(self.panels.kinks)
        even = np.linspace(0.0, reach, math.ceil(reach / width / _WIDEST) + 1)
        edges = np.unique(np.concatenate([even, kinks[kinks < reach]]))

        def is_fine(left: FloatArray, right: FloatArray) -> BoolArray:
            fine = np.asarray(right - left <= np.maximum(_RESOLVED * root, 4.0 * np.finfo(float).eps * right))
            low, high = left[~fine], right[~fine]
            scale = np.minimum(self.panels.scale_near(low, high), self.panels.scale_near(-high, -low))
            fine[~fine] = high - low <= scale
            return fine

        side = halved(edges, is_fine)
        return np.concatenate([-side[:0:-1], side])

    def on_nodes(self, u: FloatArray, root: float) -> FloatArray:
        """Return phi_s and phi_s' on nodes symmetric about 0, shape (2, *u.shape)."""
        if not self.panels.parity:
            return self(u.ravel(), root).reshape(2, *u.shape)
        right = u[len(u) // 2 :]  # 0 is an edge; of an odd or even phi one side is enough
        f = self(right.ravel(), root).reshape(2, *right.shape)
        signs = self.panels.parity * np.array([1.0, -1.0])[:, None, None]
        return np.concatenate([signs * f[:, ::-1, ::-1], f], axis=1)

    def __call__(self, u: FloatArray, root: float) -> FloatArray:
        """Return phi_s and phi_s' at u, s = root^2, shape (2, n)."""
        out = np.empty((2, len(u)))
        octave, reach = _octave(root), _REACH * root
        if octave not in self._inner:
            self._inner[octave] = self._around_structure(octave)
        inner = self._inner[octave]
        smooth = np.searchsorted(inner.edges, u - reach) == np.searchsorted(inner.edges, u + reach)
        if np.any(smooth):
            z, w = _hermite_rule()
            out[:, smooth] = both(self.panels.nonlinearity, u[smooth, None] + root * z, finite=False) @ w
        if not np.all(smooth):
            out[:, ~smooth] = inner.smoothed(u[~smooth], root)
        return out

    def _around_structure(self, root: float) -> InnerPanels:
        """Return the panels of x that serve sqrt(s) from `root` to twice as much."""
        sizes = np.diff(self.panels.edges)
        shorter = np.minimum(np.append(sizes, np.inf), np.insert(sizes, 0, np.inf))
        edges = np.unique(np.concatenate([self.panels.edges[shorter < 8.0 * root], self.panels.kinks]))
        reach = 2.0 * _REACH * 2.0 * root
        lefts, rights = [np.zeros(0)], [np.zeros(0)]
        apart = np.flatnonzero(np.diff(edges) > 2.0 * reach) + 1
        for group in np.split(edges, apart) if len(edges) else []:
            ends = np.concatenate([[group[0] - reach], group, [group[-1] + reach]])
            pieces = np.maximum(1, np.ceil(np.diff(ends) / (_STRIDE * root)))
            cut = [a + (b - a) * np.arange(n) / n for a, b, n in zip(ends[:-1], ends[1:], pieces, strict=True)]
            lefts.append(np.concatenate(cut))
            rights.append(np.append(lefts[-1][1:], ends[-1]))
        left, right = np.concatenate(lefts), np.concatenate(rights)
        offsets, weights = on_panels(np.zeros(len(left)), right - left, self.panels.nodes - _SPARED)
        f = both(self.panels.nonlinearity, left[:, None] + offsets, finite=False)
        return InnerPanels(edges, left, right, offsets, f * weights)


@dataclass(frozen=True, eq=False)
class InnerPanels:
    """Panels around the edges that matter.

    Attributes
    ----------
    edges : the edges that matter: where phi has structure on the scale of sqrt(s).
    left, right : ends of the panels, which cover 2 `_REACH` of the largest sqrt(s) on either side of each such edge.
    offsets : x - left of their nodes, to all digits.
    f : phi and phi' on the nodes times weights, shape (2, n, n_nodes).
    """

    edges: FloatArray
    left: FloatArray
    right: FloatArray
    offsets: FloatArray
    f: FloatArray

    def smoothed(self, u: FloatArray, root: float) -> FloatArray:
        """Return phi_s and phi_s' at u that are within reach of an edge."""
        first = np.searchsorted(self.right, u - _REACH * root, side="right")
        counts = np.searchsorted(self.left, u + _REACH * root, side="left") - first
        out = np.empty((2, len(u)))
        ends = np.cumsum(counts)
        begin = 0
        while begin < len(u):
            before = ends[begin - 1] if begin else 0
            end = max(begin + 1, int(np.searchsorted(ends, before + _CHUNK, side="right")))
            part = slice(begin, end)
            out[:, part] = self._summed(u[part], first[part], counts[part], root)
            begin = end
        return out

    def _summed(self, u: FloatArray, first: IntArray, counts: IntArray, root: float) -> FloatArray:
        starts = np.cumsum(counts) - counts
        owner = np.repeat(np.arange(len(u)), counts)
        panel = np.arange(len(owner)) + (first - starts)[owner]
        spend(_A_NODE * len(owner) * self.offsets.shape[1])
        z = self.offsets[panel]
        z += (self.left[panel] - u[owner])[:, None]
        z *= z
        z *= -0.5 / root**2
        density = np.exp(z, out=z)
        sums = np.stack([np.einsum("ij,ij->i", density, f[panel]) for f in self.f])
        return np.asarray(np.add.reduceat(sums, starts, axis=1) / (math.sqrt(2.0 * math.pi) * root))


def _octave(root: float) -> float:
    """Return the last power of 2, or 0."""
    return 2.0 ** math.floor(math.log2(root)) if root > 0.0 else 0.0


@cache
def _hermite_rule() -> tuple[FloatArray, FloatArray]:
    z, w = np.polynomial.hermite_e.hermegauss(_HERMITE)
    return z, w / math.sqrt(2.0 * math.pi)
