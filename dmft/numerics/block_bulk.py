"""Where the eigenvalues of a large random matrix lie whose variances go by block, and what lies outside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dmft.arrays import BoolArray, ComplexArray, FloatArray
from dmft.numerics.block_resolvent import Group

_SILENT = 1e-16  # of the largest |d|, below which d counts as 0
_AT = 1e-9  # of 1 + z tau at an eigenvalue of a block that is not connected to itself


@dataclass(frozen=True, eq=False)
class Bulk:
    """The support: of the groups of blocks that reach each other, and a point -1/tau_a for what else there is.

    A matrix whose blocks are not all connected both ways has the eigenvalues of its groups, whatever leads from one to
    another.

    Attributes
    ----------
    groups : of blocks.
    tau : time constants of all blocks.
    """

    groups: tuple[Group, ...]
    tau: FloatArray

    @property
    def abscissa(self) -> float:
        """Largest real part."""
        return max([group.edge for group in self.groups] + [-1.0 / float(tau) for tau in self.tau])

    @property
    def radius(self) -> float:
        """sqrt(rho(K <d^2>))."""
        return math.sqrt(max([float(group.growth(np.zeros(1, complex))[0]) for group in self.groups], default=0.0))

    def contains(self, z: ComplexArray) -> BoolArray:
        """Whether points z, shape (n,), lie in the support."""
        inside = np.zeros(len(z), dtype=bool)
        for group in self.groups:
            inside |= group.growth(z) > 1.0
        return inside

    def outside(self, eigenvalues: ComplexArray) -> ComplexArray:
        """Return those eigenvalues that are neither in the support nor at -1/tau_a, the rightmost first."""
        apart = ~self.contains(eigenvalues)
        apart &= np.all(np.abs(1.0 + np.multiply.outer(eigenvalues, self.tau)) > _AT, axis=1)
        left = eigenvalues[apart]
        return np.asarray(left[np.lexsort([-left.imag, -left.real])], dtype=complex)


def bulk_of(
    gains: FloatArray, fractions: FloatArray, tau: FloatArray, laws: Sequence[tuple[FloatArray, FloatArray]]
) -> Bulk:
    """Return the support for G, f, tau, and for each block nodes and weights of the law of |d|."""
    top = max(float(nodes.max()) for nodes, _ in laws)
    squares, weights = [], []
    for nodes, weight in laws:
        loud = nodes > _SILENT * top
        squares.append(nodes[loud] ** 2)
        weights.append(weight[loud] / weight.sum())
    size = max(1, max(len(nodes) for nodes in squares))
    nodes = np.array([np.pad(d, (0, size - len(d)), constant_values=1.0) for d in squares])
    law = np.array([np.pad(w, (0, size - len(w))) for w in weights])
    links = gains * fractions * law.sum(axis=1)
    groups = [Group(gains[np.ix_(at, at)], fractions[at], tau[at], nodes[at], law[at]) for at in _groups(links)]
    return Bulk(tuple(groups), tau)


def _groups(matrix: FloatArray) -> list[list[int]]:
    """Return the sets of blocks that reach each other; a block that does not reach itself is in none."""
    from scipy.sparse.csgraph import connected_components

    links: BoolArray = matrix > 0
    _, labels = connected_components(links, directed=True, connection="strong")
    groups = [[int(i) for i in np.flatnonzero(labels == k)] for k in range(labels.max() + 1)]
    return [group for group in groups if len(group) > 1 or links[group[0], group[0]]]
