"""The product of rows with the couplings: by BLAS or by the thin kernels, whichever is faster for their number."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from validation.simulators.arrays import Arrays

# The kernels pay from about this size on; below it, the products are not what a step costs.
_SMALLEST = 200
_THIN = range(2, 8)
_BLOCK = 512
_NUMPY = Arrays()


class CouplingProduct:
    """out[b, i] = sum_j rows[b, j] J_ij, always for the same number of rows.

    BLAS reads the transposed couplings faster, the kernels for two to seven rows need them as they are: the order in
    memory is chosen once, from the number of rows.

    Parameters
    ----------
    transposed : J^T, shape (N, N), C-contiguous; it is taken over, and may be transposed in place.
    n_rows : number of rows of every product.
    arrays : where the couplings and the rows live.
    """

    word: ClassVar[str] = "couplings drawn as a matrix"
    on_devices: ClassVar[bool] = True

    def __init__(self, transposed: NDArray[Any], n_rows: int, arrays: Arrays = _NUMPY) -> None:
        self._matrix = arrays.to_device(transposed)
        self._arrays = arrays
        self.thin = arrays.on_host and n_rows in _THIN and len(transposed) >= _SMALLEST
        if self.thin:
            from validation.simulators.kernels import thin_product

            transpose_in_place(transposed)
            self._kernel = thin_product

    @staticmethod
    def needed_bytes(n: int, itemsize: int) -> int:
        """Return the bytes of the matrix, and for another precision than float32 of the one drawn."""
        return n * n * (itemsize + (4 if itemsize != 4 else 0))

    @property
    def couplings(self) -> NDArray[Any]:
        """J, shape (N, N), [i, j] acts from j to i; a view, on the host."""
        return self._arrays.to_host(self._matrix if self.thin else self._matrix.T)

    def __call__(self, rows: NDArray[Any], out: NDArray[Any]) -> None:
        """Write the product to out."""
        if self.thin:
            self._kernel(rows, self._matrix, out)
        else:
            np.matmul(rows, self._matrix, out=out)


def transpose_in_place(matrix: NDArray[Any]) -> None:
    """Transpose a square matrix block by block, without a second one in memory."""
    starts = range(0, len(matrix), _BLOCK)
    for i in starts:
        for j in range(i, len(matrix), _BLOCK):
            upper = matrix[i : i + _BLOCK, j : j + _BLOCK]
            lower = matrix[j : j + _BLOCK, i : i + _BLOCK]
            kept = upper.T.copy()
            upper[...] = lower.T.copy()
            lower[...] = kept
