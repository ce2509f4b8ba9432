"""Sparse couplings as a sparse matrix: synapses drawn unit by unit, products that cost what synapses there are."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from dmft.models.sparse import Sparse
from validation.simulators.layout import Layout


class SparseCouplings:
    """J in compressed rows, and the product with it.

    Parameters
    ----------
    statement : in-degrees and weights by block.
    fractions : of the populations.
    layout : the units.
    dtype : precision.
    rng : draws synapses, then weights, row by row.

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
        columns: list[NDArray[Any]] = []
        values: list[NDArray[Any]] = []
        lengths = np.zeros(layout.n, dtype=np.int64)
        for a, target in enumerate(layout.slices):
            for i in range(target.start, target.stop):
                for b, source in enumerate(layout.slices):
                    degree, count = degrees[a, b], layout.counts[b]
                    drawn = round(degree) if statement.exact else rng.binomial(count, degree / count)
                    columns.append(source.start + np.sort(rng.choice(count, drawn, replace=False, shuffle=False)))
                    values.append(_weights(weights[a, b], deviations[a, b], statement.binary, drawn, rng))
                    lengths[i] += drawn
        starts = np.concatenate([[0], np.cumsum(lengths)])
        data = np.concatenate(values).astype(dtype)
        self.matrix = csr_array((data, np.concatenate(columns), starts), shape=(layout.n, layout.n))

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
        return int(n * float(np.sum(degrees * fractions[:, None])) * (itemsize + 24)) + 32 * n


def check_in_degrees(degrees: NDArray[np.float64], counts: tuple[int, ...]) -> None:
    """Refuse in-degrees that populations of these numbers of units cannot give."""
    for a, b in np.ndindex(degrees.shape):
        if degrees[a, b] > counts[b]:
            raise ValueError(
                f"in_degree must be at most the number of units of the population it is from, got {degrees[a, b]:g} "
                f"of {counts[b]}; simulate a larger network"
            )


def _weights(mean: float, deviation: float, binary: bool, count: int, rng: np.random.Generator) -> NDArray[Any]:
    if not deviation:
        return np.full(count, mean)
    return mean + deviation * (rng.choice([-1.0, 1.0], count) if binary else rng.standard_normal(count))
