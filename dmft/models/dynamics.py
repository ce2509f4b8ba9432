"""What one unit does with its input."""

from __future__ import annotations

from dataclasses import dataclass, field

from dmft.models.checks import positive


@dataclass(frozen=True)
class Leaky:
    """A leaky unit, tau dx/dt = -x + input.

    Parameters
    ----------
    tau : time constant, > 0; the unit of time is that in which drives and results are given.

    Raises
    ------
    ValueError, TypeError : if it is out of its range.
    """

    tau: float = field(default=1.0, metadata={"unit": "unit of time", "meaning": "time constant"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "tau", positive("tau", self.tau))
