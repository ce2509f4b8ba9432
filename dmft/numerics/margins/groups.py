"""Groups of features of points, and what a program over group norms asks of them.

A point i is a vector x_i that is seen through columns: column m sees M_im x_i. Group g holds a vector z_m for each of
its columns, and point i sees sum_m M_im <z_m, x_i> of them. K_g = A_g A_g^T is the Gram matrix of a group.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.arrays import FloatArray

Integers = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Groups:
    """Points that are seen through columns, in groups.

    Attributes
    ----------
    points : x_i, shape (n, d).
    members : M, shape (n, n_column); the columns of a group stand side by side.
    starts : first column of each group, shape (G,).
    """

    points: FloatArray = field(repr=False)
    members: FloatArray = field(repr=False)
    starts: Integers = field(repr=False)

    @property
    def size(self) -> int:
        """Number of points n."""
        return len(self.points)

    @property
    def count(self) -> int:
        """Number of groups G."""
        return len(self.starts)

    @cached_property
    def gram(self) -> FloatArray:
        """Scalar products of the points, shape (n, n)."""
        return np.asarray(self.points @ self.points.T)

    @cached_property
    def longest(self) -> float:
        """Length of the longest point, all groups together."""
        squares = np.einsum("ij,ij->i", self.points, self.points) * np.einsum("ij,ij->i", self.members, self.members)
        return float(np.sqrt(np.max(squares)))

    def compressed(self) -> Groups:
        """Return the same in coordinates of the span of the points, at most n of them."""
        if self.points.shape[1] <= self.size:
            return self
        triangle = np.asarray(np.linalg.qr(self.points.T)[1])
        return Groups(np.ascontiguousarray(triangle.T), self.members, self.starts)

    def subset(self, kept: Any) -> tuple[Groups, Integers]:
        """Return some of the groups, and their columns as numbers."""
        sizes = np.diff(self.starts, append=self.members.shape[1])
        columns = np.flatnonzero(np.repeat(kept, sizes))
        starts = np.concatenate([[0], np.cumsum(sizes[kept])[:-1]])
        return Groups(self.points, self.members[:, columns], starts), columns

    def columnwise(self, weights: FloatArray) -> FloatArray:
        """Return the weight of each column's group, shape (n_column,)."""
        return np.repeat(weights, np.diff(self.starts, append=self.members.shape[1]))

    def sums(self, vector: FloatArray) -> FloatArray:
        """Return A^T v: sum_i v_i M_im x_i of every column, shape (n_column, d)."""
        return np.asarray((self.members * vector[:, None]).T @ self.points)

    def norms(self, maps: FloatArray) -> FloatArray:
        """Return the length of the vectors of each group together, shape (G,)."""
        return np.asarray(np.sqrt(np.add.reduceat(np.einsum("ij,ij->i", maps, maps), self.starts)))

    def seen(self, maps: FloatArray) -> FloatArray:
        """Return what each point sees of the vectors of each group, shape (n, G)."""
        return np.asarray(np.add.reduceat((self.points @ maps.T) * self.members, self.starts, axis=1))

    def weighted(self, weights: FloatArray) -> FloatArray:
        """Return sum_g w_g K_g, shape (n, n), for weights of shape (G,)."""
        return np.asarray(((self.members * self.columnwise(weights)) @ self.members.T) * self.gram)

    def products(self, vector: FloatArray) -> FloatArray:
        """Return K_g v for every group, shape (n, G): by the features, whose cancellation is not squared."""
        return self.seen(self.sums(vector))
