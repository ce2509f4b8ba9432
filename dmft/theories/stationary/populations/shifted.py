"""A nonlinearity around a mean, for averages that know none: phi(m + x)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dmft.models.breakpoints import Breakpoint


@dataclass(frozen=True)
class Shifted:
    """phi(m + x), of the nonlinearity phi.

    Attributes
    ----------
    phi, mean : the nonlinearity, and m.
    """

    phi: Any
    mean: float

    def __call__(self, x: Any) -> Any:
        """Return phi(m + x)."""
        return self.phi(self.mean + np.asarray(x, dtype=float))

    def derivative(self, x: Any) -> Any:
        """Return phi'(m + x)."""
        return self.phi.derivative(self.mean + np.asarray(x, dtype=float))

    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """The kinks and steep places of phi, as far from the mean as they are."""
        known = getattr(self.phi, "breakpoints", tuple)
        return tuple(replace(point, x=point.x - self.mean) for point in known())


def shifted(phi: Any, mean: float) -> Any:
    """Return phi(m + x); phi itself around zero, whose averages may be known in closed form."""
    return phi if mean == 0.0 else Shifted(phi, mean)
