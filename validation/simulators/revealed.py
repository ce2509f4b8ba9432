"""Couplings revealed as the activity asks for them: J is never drawn where it is never used.

J acts on a vector only through its components along orthonormal directions b_r, and for independent Gaussian couplings
J b_r is a vector of independent Gaussians of variance g^2/N, whatever the direction was chosen by, as long as it is
orthogonal to the earlier ones. So a direction is drawn when the activity first leaves the span of those before: exact
in law, but for a part of relative size `tolerance` that is dropped. A product costs 3 N (rank), and no N^2 of memory;
the rank grows with the time that a chaotic network runs, and saturates when it settles.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dmft.cost import available_bytes
from validation.errors import SimulationError

_BLOCK = 64
# A vector this small is not worth a direction of its own (quiescent networks decay through all magnitudes).
_SMALLEST = 1e-15


class RevealedProduct:
    """out[b, i] = sum_j rows[b, j] J_ij for couplings that are drawn direction by direction.

    Parameters
    ----------
    n : number of neurons.
    gain : J_ij has variance gain^2/n.
    dtype : precision.
    rng : draws the images of the directions.
    tolerance : squared norm of the part of a vector, relative to the vector, that is dropped rather than revealed.
    max_rank : number of directions at which the run stops; None for as many as memory holds.
    image : for tests: J b of a direction b, instead of a draw.
    """

    word: ClassVar[str] = "revealed couplings"
    on_devices: ClassVar[bool] = False

    def __init__(
        self,
        n: int,
        gain: float,
        dtype: Any,
        rng: np.random.Generator,
        *,
        tolerance: float = 1e-6,
        max_rank: int | None = None,
        image: Callable[[NDArray[Any]], NDArray[Any]] | None = None,
    ) -> None:
        self._n, self._dtype, self._tolerance = n, np.dtype(dtype).type, tolerance
        self._max_rank = n if max_rank is None else min(n, max_rank)
        deviation = gain / math.sqrt(n)
        self._image = image or (lambda b: (deviation * rng.standard_normal(n, dtype=np.float32)).astype(dtype))
        self._directions: list[NDArray[Any]] = []
        self._images: list[NDArray[Any]] = []
        self.rank = 0

    @staticmethod
    def needed_bytes(n: int, itemsize: int) -> int:
        """Return the bytes of the first block of directions; each further one asks for itself."""
        return 2 * _BLOCK * n * itemsize

    @property
    def couplings(self) -> NDArray[Any]:
        """Not there.

        Raises
        ------
        ValueError : always.
        """
        raise ValueError("couplings that are revealed have no matrix; simulate with storage='dense' for a Jacobian")

    def __call__(self, rows: NDArray[Any], out: NDArray[Any]) -> None:
        """Write the product to out, revealing what is needed."""
        for vector, target in zip(rows, out, strict=True):
            self._one(vector, target)

    def _one(self, vector: NDArray[Any], out: NDArray[Any]) -> None:
        components, rest = self._split(vector)
        whole, left = float(vector @ vector), float(rest @ rest)
        # The norms of a state that is not finite are not either: it passes through, and the run is stopped above.
        if left > self._tolerance * whole and left > _SMALLEST and math.isfinite(left) and self.rank < self._n:
            # Twice is enough: the second pass removes what rounding has left of the first.
            self._reveal(self._split(rest)[1])
            components, _ = self._split(vector)
        out[...] = 0
        for part, images in zip(components, self._images, strict=True):
            out += part @ images[: len(part)]

    def _split(self, vector: NDArray[Any]) -> tuple[list[NDArray[Any]], NDArray[Any]]:
        """Return the components along the known directions, block by block, and what is left."""
        components, rest = [], vector.copy()
        for index, block in enumerate(self._directions):
            known = block[: min(_BLOCK, self.rank - index * _BLOCK)]
            part = known @ vector
            rest -= part @ known
            components.append(part)
        return components, rest

    def _reveal(self, direction: NDArray[Any]) -> None:
        if self.rank == self._max_rank:
            raise SimulationError(
                f"the basis of revealed couplings is full: {self.rank} directions of N = {self._n}; run for a shorter "
                "time, or draw the couplings (storage='dense')"
            )
        place = self.rank % _BLOCK
        if place == 0:
            self._grow()
        self._directions[-1][place] = direction / np.sqrt(direction @ direction)
        self._images[-1][place] = self._image(self._directions[-1][place])
        self.rank += 1

    def _grow(self) -> None:
        shape = (min(_BLOCK, self._n), self._n)
        needed = 2 * shape[0] * shape[1] * np.dtype(self._dtype).itemsize
        free = available_bytes()
        if free is not None and needed > free:
            raise SimulationError(
                f"the basis of revealed couplings is full: {self.rank} directions of N = {self._n}, {needed:,} bytes "
                f"more are needed, {free:,} are available; run for a shorter time or take a smaller network"
            )
        self._directions.append(np.empty(shape, dtype=self._dtype))
        self._images.append(np.empty(shape, dtype=self._dtype))
