"""Sparse couplings as a sparse matrix: synapses drawn unit by unit, products that cost what synapses there are."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from dmft.models.sparse import Sparse
from validation.simulators.layout import Layout
from validation.simulators.sparse_kernel import draw_columns


class SparseCouplings:
    """J in compressed rows, and the product with it.

    Parameters
    ----------
    statement : in-degrees and weights by block.
    fractions : of the populations.
    layout : the units.
    dtype : precision.
    rng : draws in-degrees, synapses row by row, then weights.

    Raises
    ------
    ValueError : if a population is smaller than the in-degree from it.
    """

    word: ClassVar[str] = "sparse couplings"
    on_devices: ClassVar[bool] = False

    def __init__(
        self, statement: Sparse, fractions: NDArray[np.float64], layout: Layout, dtype: Any, rng: np.random.Generator
    ) -> None:
        degrees, weights, deviations = statement.by_block(fractions)
        check_in_degrees(degrees, layout.counts)
        per_row = np.repeat(np.arange(len(layout.counts)), layout.counts)
        sources = np.array([[own.start, count] for own, count in zip(layout.slices, layout.counts, strict=True)])
        if statement.exact:
            drawn = np.rint(degrees).astype(np.int64)[per_row]
        else:
            drawn = rng.binomial(sources[:, 1], degrees[per_row] / sources[:, 1])
        columns = np.empty(int(drawn.sum()), dtype=np.int32)
        draw_columns(rng, drawn, sources, columns)
        values = np.repeat(weights[per_row], drawn.ravel())
        if np.any(deviations):
            size = len(values)
            noise = rng.choice([-1.0, 1.0], size) if statement.binary else rng.standard_normal(size)
            noise *= np.repeat(deviations[per_row], drawn.ravel())
            values += noise
        starts = np.concatenate([[0], np.cumsum(drawn.sum(axis=1))])
        self.matrix = csr_array((values.astype(dtype), columns, starts), shape=(layout.n, layout.n))
        self.matrix.sort_indices()

    def add(self, source: NDArray[Any], out: NDArray[Any]) -> None:
        """Add the product with the rows of presynaptic activity to out."""
        if len(source) == 1:
            out[0] += self.matrix @ source[0]
        else:
            out += (self.matrix @ source.T).T

    @property
    def couplings(self) -> NDArray[Any]:
        """The term as a matrix, shape (N, N)."""
        return np.asarray(self.matrix.toarray())

    @staticmethod
    def needed_bytes(statement: Sparse, fractions: NDArray[np.float64], n: int, itemsize: int) -> int:
        """Return the bytes of the matrix, and of what is drawn of it, in n units."""
        degrees = statement.by_block(fractions)[0]
        return int(n * float(np.sum(degrees * fractions[:, None])) * (itemsize + 28)) + 32 * n


def check_in_degrees(degrees: NDArray[np.float64], counts: tuple[int, ...]) -> None:
    """Refuse in-degrees that populations of these numbers of units cannot give."""
    for a, b in np.ndindex(degrees.shape):
        if degrees[a, b] > counts[b]:
            raise ValueError(
                f"in_degree must be at most the number of units of the population it is from, got {degrees[a, b]:g} "
                f"of {counts[b]}; simulate a larger network"
            )
