"""What one unit does with its input."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dmft.models.checks import positive
from dmft.models.spelt import Spelt

if TYPE_CHECKING:
    from dmft.models.transfer import Transfer
    from dmft.models.units.equations import Equations


class UnitDynamics(Spelt):
    """What a theory asks of any unit."""

    @property
    def tau(self) -> float:
        """Its time constant."""
        raise NotImplementedError

    @property
    def discrete(self) -> bool:
        """Whether time goes in steps of 1."""
        return False

    @property
    def first_order(self) -> bool:
        """Whether it is tau dx/dt = -x + input, which most theories take for granted; so is a step of a map."""
        return True

    @property
    def transfer(self) -> Transfer:
        """H(s), where the unit is a linear filter of its input. Raises ValueError where it is none."""
        raise ValueError(f"{self!r} is no filter of continuous time")

    @property
    def stated(self) -> Equations | None:
        """Its differential equations, where it is stated by such; None of any other unit."""
        return None

    @property
    def sampled(self) -> bool:
        """Whether it is known by sampling its equations alone: they are not linear, or it hears several fields."""
        equations = self.stated
        return equations is not None and not (equations.linear and len(equations.fields) == 1)

    @property
    def speaks(self) -> bool:
        """Whether it states what it sends through the couplings, in place of a nonlinearity of the first state."""
        return self.stated is not None and bool(self.stated.outputs)

    @property
    def immigrates(self) -> float | None:
        """Rate at which a Lotka-Volterra species immigrates, x' = x (1 - x + h) + rate; None of any other unit.

        Such a state stays positive, if it begins so.
        """
        return None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it hears through couplings of their own; none where there is one, of all couplings."""
        return () if self.stated is None or len(self.stated.fields) == 1 else self.stated.fields

    def check_alone(self) -> None:
        """Refuse what can be a part of a unit, and no unit of a population."""

    def __mul__(self, other: Any) -> Any:
        from dmft.models.filters import Cascade

        return Cascade((self, other)) if isinstance(other, UnitDynamics) else NotImplemented


class FurtherUnit(UnitDynamics):
    """A unit that is not tau dx/dt = -x + input: theories that take that for granted are not asked."""

    @property
    def first_order(self) -> bool:
        """Whether it is: no."""
        return False

    @property
    def tau(self) -> float:
        """Refuse: it has no single one."""
        raise ValueError(f"{self!r} has no single time constant: ask for its transfer function, or its equations")


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

    @property
    def transfer(self) -> Transfer:
        """1/(1 + tau s)."""
        from dmft.models.transfer import quotient

        return quotient("1/(1+tau*s)", {"tau": self.tau})


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
