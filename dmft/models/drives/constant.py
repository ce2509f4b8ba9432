"""A constant input."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.checks import finite
from dmft.models.drives.drive import Drive
from dmft.models.quantities import within


@dataclass(frozen=True)
class Constant(Drive):
    """A constant input, the same for all neurons.

    Parameters
    ----------
    value : the input.

    Raises
    ------
    ValueError, TypeError : if it is not a finite number.
    """

    value: float = field(metadata=within(finite, "constant input"))

    @property
    def period(self) -> float | None:
        """0: it does not change."""
        return 0.0

    def scaled(self, factor: float) -> Constant:
        """Return factor times the value."""
        return Constant(factor * self.value)

    @property
    def silent(self) -> bool:
        """Whether the value is 0."""
        return self.value == 0

    @property
    def common(self) -> bool:
        """All neurons hear it."""
        return True

    @property
    def constant(self) -> float:
        """The value."""
        return self.value

    def at(self, times: ArrayLike) -> FloatArray:
        """Return the value at all times."""
        return np.full(np.shape(times), self.value)
