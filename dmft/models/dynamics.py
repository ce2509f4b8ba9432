"""What one unit does with its input."""

from __future__ import annotations

from dataclasses import dataclass, field

from dmft.models.checks import positive


class UnitDynamics:
    """What a theory asks of any unit."""

    @property
    def tau(self) -> float:
        """Its time constant."""
        raise NotImplementedError

    @property
    def discrete(self) -> bool:
        """Whether time goes in steps of 1."""
        return False


@dataclass(frozen=True)
class Leaky(UnitDynamics):
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


@dataclass(frozen=True)
class Map(UnitDynamics):
    """A unit in discrete time, x_i(t + 1) = sum_j J_ij phi(x_j(t)) + bias + drive(t + 1).

    White noise of an intensity has this variance in every step. The layers of a deep network of random weights are the
    times of such a network (`dmft.StepByStep` says how).
    """

    @property
    def discrete(self) -> bool:
        """Whether time goes in steps of 1: it does."""
        return True

    @property
    def tau(self) -> float:
        """The unit of time: one step."""
        return 1.0
