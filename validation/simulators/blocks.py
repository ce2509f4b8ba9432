"""Terms of the couplings that are known by block: means, stepped like the rest."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from validation.simulators.layout import Layout


class BlockMeans:
    """sum_b M_ab f_b <phi>_b for the units of a, of several populations.

    It is stepped like the random couplings, so that the time step must resolve the largest mean: with M of order
    sqrt(K) it is of order 1/sqrt(K).

    Parameters
    ----------
    means : M_ab, N times the mean of a coupling, shape (P, P).
    layout : the units.
    """

    word: ClassVar[str] = "couplings of a mean between populations"
    on_devices: ClassVar[bool] = False

    def __init__(self, means: NDArray[np.float64], layout: Layout) -> None:
        self._shares, self._layout = layout.share(means), layout

    def add(self, source: NDArray[Any], out: NDArray[Any]) -> None:
        """Add the product with the rows of presynaptic activity to out."""
        sums = np.stack([source[:, block].sum(axis=1, dtype=np.float64) for block in self._layout.slices])
        for share, block in zip((self._shares @ sums).astype(out.dtype), self._layout.slices, strict=True):
            out[:, block] += share[:, None]

    @property
    def couplings(self) -> NDArray[np.float64]:
        """The term as a matrix, shape (N, N)."""
        counts = self._layout.counts
        return np.repeat(np.repeat(self._shares, counts, axis=0), counts, axis=1)
