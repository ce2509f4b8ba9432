"""Features of a gated network: each input, in the context of each unit.

A column is a context of a unit that some training input is in (of rectifiers, the open one of each unit); in all others
least norms have zero weights. A predictor is a vector for each column, and adds up those of the columns that an input
is in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.models.convolution import LinearConvolution, waves
from dmft.models.gates import IntArray
from dmft.numerics.margins import Groups


@dataclass(frozen=True, eq=False)
class Features:
    """Signed training inputs with their memberships.

    Attributes
    ----------
    signed : y_i x_i, shape (n, n_input).
    contexts : of every input and unit, shape (n, n_unit).
    unit, context : of each column, shape (n_column,), units in their order.
    members : 1 where an input is in a column, shape (n, n_column).
    """

    signed: FloatArray = field(repr=False)
    contexts: IntArray = field(repr=False)
    unit: IntArray = field(repr=False)
    context: IntArray = field(repr=False)
    members: FloatArray = field(repr=False)

    def groups(self, *, by_context: bool) -> Groups:
        """Return the groups of which norms are added: all columns of a unit, or every column for itself."""
        first = np.arange(len(self.unit)) if by_context else np.unique(self.unit, return_index=True)[1]
        return Groups(self.signed, self.members, first)

    def together(self) -> Groups:
        """Return all columns as one group: the Euclidean norm of all vectors."""
        return Groups(self.signed, self.members, np.zeros(1, dtype=np.intp))

    def joint(self, n_contexts: int, closing: bool) -> Groups:
        """Return the Euclidean norm over all joint contexts, divided by their number, as one group.

        There are C^H of them, with a linear map sum_h zeta_{h, c_h} each. Their mean square is |m|^2 + sum_h mean_c
        |d_hc|^2, m the sum of the units' means over contexts and d_hc what is left; a point sees
        <m, x> + sum_h <d_{h, c_h}, x>, so that the kernel is x.x' [1 - H + C sum_h (same context)]: with the members M,
        each row of which has H ones, M [C + ones ones^T (1 - H)/H^2] M^T. With rectifiers, 2^H contexts of which the
        closed ones have no weights, 4 M [1 - ones ones^T/(1 + H)] M^T. Columns of the group are M times the root.
        """
        columns, units = self.members.shape[1], self.contexts.shape[1]
        scale, along = float(n_contexts), 1.0 + (1.0 - units) * columns / (units**2 * n_contexts)
        if closing:
            scale, along = 4.0, 1.0 - columns / (1.0 + units)
        means = self.members.sum(axis=1, keepdims=True) / columns
        root = np.sqrt(scale) * (self.members + (np.sqrt(along) - 1.0) * means)
        return Groups(self.signed, root, np.zeros(1, dtype=np.intp))

    def margins(self, maps: FloatArray, base: FloatArray) -> FloatArray:
        """Return y f(x) at every training input for a vector a column, and one that all inputs see."""
        return np.asarray(np.sum((self.signed @ maps.T) * self.members, axis=1) + self.signed @ base)

    def told(self, maps: FloatArray, base: FloatArray) -> dict[str, Any]:
        """Return a predictor of these columns by the names of the solution."""
        return {"maps": maps, "base": base, "map_unit": self.unit, "map_context": self.context}


@dataclass(frozen=True, eq=False)
class Frequencies(Features):
    """Signed coefficients of a wave each (a column), over their sizes in the norm; a frequency is a unit.

    Attributes
    ----------
    directions : what a coefficient of one adds to beta, its wave over its size, shape (n_column, n_input).
    """

    directions: FloatArray = field(repr=False)

    def told(self, maps: FloatArray, base: FloatArray) -> dict[str, Any]:
        """Return the predictor, as those of one unit in one context."""
        none = np.zeros(len(maps), dtype=np.int64)
        base = np.zeros(self.directions.shape[1])
        return {"maps": maps * self.directions, "base": base, "map_unit": none, "map_context": none}


@singledispatch
def features_of(network: Any, inputs: FloatArray, labels: FloatArray, contexts: IntArray, norm: str) -> Features:
    """Return the features of labelled inputs in their contexts, -1 a closed unit, for a norm."""
    units, codes, columns = [], [], []
    for unit, row in enumerate(contexts.T):
        there = np.unique(np.maximum(row, 0))  # a rectifier that is closed at all of them has its column all the same
        units.append(np.full(len(there), unit))
        codes.append(there)
        columns.append(row[:, None] == there)
    members = np.hstack(columns).astype(float)
    return Features(inputs * labels[:, None], contexts, np.concatenate(units), np.concatenate(codes), members)


@features_of.register
def _(network: LinearConvolution, inputs: FloatArray, labels: FloatArray, contexts: IntArray, norm: str) -> Features:
    n, length = inputs.shape
    check_cost(
        f"the waves on a circle of {length} places",
        memory=8.0 * (4.0 * length**2 + 2.0 * n * length),
        remedy="take shorter inputs",
    )
    basis, frequency = waves(length)
    if norm != "parameters":  # |beta|^2/2, of the zeta of which it is made as of the function that it is
        network = network.replace(layers=1)
    maps = (basis / network.sizes(length)).T
    signed, units = np.ones((n, 1)), np.zeros((n, int(frequency[-1]) + 1), dtype=np.int64)
    members = (inputs * labels[:, None]) @ maps.T
    return Frequencies(signed, units, frequency, np.zeros_like(frequency), members, maps)


def membership(contexts: IntArray, unit: IntArray, context: IntArray) -> FloatArray:
    """Return 1 where an input is in a column, shape (n, n_column), for contexts of other inputs."""
    return np.asarray(contexts[:, unit] == context, dtype=float)
