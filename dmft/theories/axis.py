"""The axis of populations of arrays, by the populations' names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray


class Populated:
    """What has populations, P of them; "" is the name of a single one whose arrays have no such axis."""

    names: tuple[str, ...]

    @property
    def named(self) -> bool:
        """Whether the populations have names: their arrays then have an axis of populations."""
        return self.names != ("",)

    def shaped(self, values: FloatArray) -> Any:
        """Return values of populations, shape (P, ...), as solutions hold them; of an unnamed one without its axis."""
        kept = values if self.named else values[0]
        return float(kept) if np.ndim(kept) == 0 else np.asarray(kept)

    def populated(self, values: ArrayLike) -> FloatArray:
        """Return values of a solution with an axis of populations, shape (P, ...)."""
        array = np.asarray(values, dtype=float)
        return array if self.named else array[None]


@dataclass(frozen=True, eq=False)
class Axis(Populated):
    """Populations of any network, whatever theory solves it.

    Attributes
    ----------
    names : of the populations.
    fractions : their parts of all units, shape (P,).
    """

    names: tuple[str, ...]
    fractions: FloatArray
