"""Named units, each of which states its equations."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from functools import cached_property

from dmft.models.checks import finite, positive
from dmft.models.dynamics import FurtherUnit
from dmft.models.transfer import Transfer
from dmft.models.units.equations import Equations
from dmft.models.units.stated import Dynamics


class NamedUnit(FurtherUnit):
    """A short name of a `Dynamics`."""

    @abstractmethod
    def dynamics(self) -> Dynamics:
        """Return the equations."""

    @cached_property
    def stated(self) -> Equations:
        """The equations as trees."""
        return self.dynamics().stated

    @property
    def transfer(self) -> Transfer:
        """H(s), where the parameters make the unit linear. Raises ValueError where they do not."""
        return self.dynamics().transfer

    def check_alone(self) -> None:
        """Refuse a linear unit that is unstable."""
        self.dynamics().check_alone()


@dataclass(frozen=True)
class SelfCoupled(NamedUnit):
    """A unit that excites itself, x' = -x + s tanh(x) + h; above s = 1 it has two states of its own.

    Source: Stern, Sompolinsky & Abbott, PRE 90, 062710 (2014).

    Parameters
    ----------
    s : strength of the self-coupling.

    Raises
    ------
    ValueError, TypeError : if it is no finite number.
    """

    s: float = field(metadata={"unit": "1", "meaning": "strength of the self-coupling"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "s", finite("s", self.s))

    def dynamics(self) -> Dynamics:
        """Return the equations; the output is the population's nonlinearity of x."""
        return Dynamics("-x + s*tanh(x) + h", s=self.s)


@dataclass(frozen=True)
class Gated(NamedUnit):
    """A unit with a gate on its rate, x' = (-x + u)/(1 + exp(-a z)), z' = -z + v; both fields carry tanh(x).

    Source: Krishnamurthy, Can & Schwab, PRX 12, 011011 (2022), whose update gate it is.

    Parameters
    ----------
    a : steepness of the gate; at 0 it is half open.

    Raises
    ------
    ValueError, TypeError : if it is no finite number.
    """

    a: float = field(metadata={"unit": "1", "meaning": "steepness of the gate"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "a", finite("a", self.a))

    def dynamics(self) -> Dynamics:
        """Return the equations."""
        equations = {"x": "(-x + u)/(1 + exp(-a*z))", "z": "-z + v"}
        return Dynamics(equations, output={"u": "tanh(x)", "v": "tanh(x)"}, a=self.a)


@dataclass(frozen=True)
class DivisiveNorm(NamedUnit):
    """A unit whose activity divides its input, x' = -x + h/(1 + (x/c)^2).

    Parameters
    ----------
    c : activity that halves the input, > 0.

    Raises
    ------
    ValueError, TypeError : if it is out of its range.
    """

    c: float = field(metadata={"unit": "1", "meaning": "activity that halves the input"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "c", positive("c", self.c))

    def dynamics(self) -> Dynamics:
        """Return the equations; the output is the population's nonlinearity of x."""
        return Dynamics("-x + h/(1 + (x/c)**2)", c=self.c)


@dataclass(frozen=True)
class NonlinearAdaptation(NamedUnit):
    """A unit that adapts to its rate, x' = -x - w + h, ta w' = -w + c tanh(x).

    Parameters
    ----------
    c : strength of the adaptation.
    ta : its time constant, > 0.

    Raises
    ------
    ValueError, TypeError : if one is out of its range.
    """

    c: float = field(metadata={"unit": "1", "meaning": "strength of the adaptation"})
    ta: float = field(metadata={"unit": "unit of time", "meaning": "time constant of the adaptation"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "c", finite("c", self.c))
        object.__setattr__(self, "ta", positive("ta", self.ta))

    def dynamics(self) -> Dynamics:
        """Return the equations; the output is the population's nonlinearity of x."""
        return Dynamics({"x": "-x - w + h", "w": "(-w + c*tanh(x))/ta"}, c=self.c, ta=self.ta)
