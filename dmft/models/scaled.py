"""A nonlinearity with another gain: phi(gain x)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dmft.models.breakpoints import Breakpoint, breakpoints
from dmft.models.checks import finite
from dmft.models.nonlinearity import checked
from dmft.models.spelt import Spelt


@dataclass(frozen=True)
class Scaled(Spelt):
    """phi(gain x), of a nonlinearity phi.

    Parameters
    ----------
    nonlinearity : phi.
    gain : factor on its argument, not 0.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    nonlinearity: Any
    gain: float = field(metadata={"unit": "1", "meaning": "factor on the argument of phi"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "nonlinearity", checked(self.nonlinearity))
        gain = finite("gain", self.gain)
        if gain == 0.0:
            raise ValueError("gain must not be 0: phi would be constant")
        object.__setattr__(self, "gain", gain)

    def __call__(self, x: Any) -> Any:
        """Return phi(gain x)."""
        return self.nonlinearity(self.gain * np.asarray(x, dtype=float))

    def derivative(self, x: Any) -> Any:
        """Return gain phi'(gain x)."""
        return self.gain * self.nonlinearity.derivative(self.gain * np.asarray(x, dtype=float))

    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """Those of phi, on the scale of x."""
        found = [Breakpoint(b.x / self.gain, b.width / abs(self.gain)) for b in breakpoints(self.nonlinearity)]
        return tuple(sorted(found))
