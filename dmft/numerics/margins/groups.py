"""Groups of features, known by their Gram matrices alone.

Group g holds a vector z_g, a point i sees it as <z_g, A_ig>; K_g = A_g A_g^T, shape (n, n). Whoever minimises a sum of
norms |z_g| needs sum_g w_g K_g and the products K_g v, and neither the features nor the single matrices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from dmft.arrays import FloatArray


class Groups(Protocol):
    """What a program over group norms asks of its features."""

    @property
    def size(self) -> int:
        """Number of points n."""

    @property
    def count(self) -> int:
        """Number of groups G."""

    def weighted(self, weights: FloatArray) -> FloatArray:
        """Return sum_g w_g K_g, shape (n, n), for weights of shape (G,)."""

    def products(self, vector: FloatArray) -> FloatArray:
        """Return K_g v for every group, shape (n, G)."""

    def square(self) -> float:
        """Return the largest diagonal element of sum_g K_g, the square of the longest point."""


@dataclass(frozen=True, eq=False)
class OneGroup:
    """A single group: a Euclidean norm.

    Attributes
    ----------
    gram : K, shape (n, n).
    """

    gram: FloatArray = field(repr=False)
    count: int = 1

    @property
    def size(self) -> int:
        """Number of points."""
        return len(self.gram)

    def weighted(self, weights: FloatArray) -> FloatArray:
        """Return w K."""
        return np.asarray(weights[0] * self.gram)

    def products(self, vector: FloatArray) -> FloatArray:
        """Return K v as a column."""
        return np.asarray(self.gram @ vector)[:, None]

    def square(self) -> float:
        """Return the largest diagonal element."""
        return float(np.max(np.diag(self.gram)))


@dataclass(frozen=True, eq=False)
class GatedGroups:
    """Groups that see the same vectors, each those of the points that are members.

    K_g = Q o sum_m M_m M_m^T over the columns m of group g: two points meet where they share a column.

    Attributes
    ----------
    gram : Q, shape (n, n).
    members : M, zeros and ones, shape (n, n_column); the columns of a group stand side by side.
    starts : first column of each group, shape (G,).
    """

    gram: FloatArray = field(repr=False)
    members: FloatArray = field(repr=False)
    starts: np.ndarray[tuple[int], np.dtype[np.intp]] = field(repr=False)

    @property
    def size(self) -> int:
        """Number of points."""
        return len(self.gram)

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.starts)

    def column_weights(self, weights: FloatArray) -> FloatArray:
        """Return the weight of each column's group, shape (n_column,)."""
        return np.repeat(weights, np.diff(self.starts, append=self.members.shape[1]))

    def weighted(self, weights: FloatArray) -> FloatArray:
        """Return Q o M diag(w) M^T."""
        return np.asarray(((self.members * self.column_weights(weights)) @ self.members.T) * self.gram)

    def products(self, vector: FloatArray) -> FloatArray:
        """Return K_g v, columns summed within each group."""
        columns = (self.gram @ (self.members * vector[:, None])) * self.members
        return np.asarray(np.add.reduceat(columns, self.starts, axis=1))

    def square(self) -> float:
        """Return the largest diagonal element of sum_g K_g."""
        return float(np.max(np.diag(self.gram) * self.members.sum(axis=1)))
