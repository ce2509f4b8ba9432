"""Linear units: what one does with its input is a causal filter, x(s) = H(s) (couplings and input)."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from dmft.models.by_name import ByName
from dmft.models.checks import finite, non_negative, positive
from dmft.models.dynamics import FurtherUnit, UnitDynamics
from dmft.models.expressions.grammar import CONSTANTS, is_function
from dmft.models.transfer import Transfer, quotient

_RESERVED = ("s", "delay", "output", "expression", "parameters", *CONSTANTS)


class Parameters(ByName[float]):
    """Numbers by name, frozen; a path such as ``populations.dynamics.parameters.ta`` reaches each."""

    def __init__(self, values: Mapping[str, Any], reserved: tuple[str, ...] = _RESERVED) -> None:
        for name in values:
            known = isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name)
            if not known or name in reserved or is_function(name) or "_" in name:
                raise ValueError(
                    f"a parameter must have a name of letters and digits that is not one of {', '.join(reserved)}, "
                    f"nor that of a function; got {name!r}"
                )
        super().__init__({name: finite(name, values[name]) for name in sorted(values)})


class LinearUnit(FurtherUnit):
    """A unit that is a filter."""

    @property
    def transfer(self) -> Transfer:
        """H(s)."""
        raise NotImplementedError

    def check_alone(self) -> None:
        """Refuse a filter that can be a factor of a unit, and no unit: unstable, or not smoothing its input."""
        transfer = self.transfer
        if not transfer.abscissa < 0.0:
            at = transfer.poles[transfer.poles.real.argmax()] if len(transfer.poles) else 0.0
            raise ValueError(
                f"a filter must be stable, all poles left of the imaginary axis; {self!r} has one at {at:.4g}"
            )
        if transfer.relative_degree < 1:
            raise ValueError(
                f"a filter must fall off at high frequencies, its denominator of a higher degree than its numerator "
                f"(else it is not causal, or x has infinite variance under white noise); got {self!r}"
            )


@dataclass(frozen=True, init=False)
class Filter(LinearUnit):
    """A unit stated by its transfer function, a text in s.

    ``Filter("1/(1+s+c/(1+ta*s))", c=1, ta=5)`` is a leaky unit with an adaptation; ``delay=1`` multiplies by exp(-s).

    Parameters
    ----------
    expression : a quotient of polynomials in s and the parameters: numbers, pi, E, + - * / **, brackets. It is read,
        and never evaluated as code.
    delay : of the output, in units of time, >= 0.
    parameters : their numbers, as keywords or as one mapping.

    Raises
    ------
    ValueError : for a text that is no such quotient, a name that is not given or not used, a filter with a pole that is
        not left of the imaginary axis, or one that does not fall off at high frequencies.
    TypeError : for what is no text or no number.

    Notes
    -----
    Common factors of numerator and denominator are cancelled in exact arithmetic (`tests/unit/test_filters.py`).
    """

    expression: str
    delay: float = field(default=0.0, metadata={"unit": "unit of time", "meaning": "delay"})
    parameters: Parameters = field(default_factory=lambda: Parameters({}), metadata={"numbers": True})

    def __init__(
        self, expression: str, *, delay: float = 0.0, parameters: Mapping[str, Any] | None = None, **named: Any
    ) -> None:
        if not isinstance(expression, str):
            raise TypeError(f'expression must be a text such as "1/(1+s)", got {expression!r}')
        if parameters is not None and not isinstance(parameters, Mapping):
            raise TypeError(f"parameters must be a mapping of names to numbers, got {parameters!r}")
        object.__setattr__(self, "expression", expression.strip())
        object.__setattr__(self, "delay", non_negative("delay", delay))
        object.__setattr__(self, "parameters", Parameters({**(parameters or {}), **named}))
        _ = self.transfer
        unused = [name for name in self.parameters if name not in re.findall(r"[A-Za-z][A-Za-z0-9]*", expression)]
        if unused:
            raise ValueError(f"the parameter {unused[0]!r} does not stand in {expression!r}: leave it out")
        self.check_alone()

    @cached_property
    def transfer(self) -> Transfer:
        """H(s)."""
        return replace(quotient(self.expression, self.parameters), delay=self.delay)


@dataclass(frozen=True)
class Adaptation(LinearUnit):
    """A leaky unit that adapts, x' = -x - w + input, ta w' = -w + c x: H = 1/(1 + s + c/(1 + ta s)).

    Parameters
    ----------
    c : strength of the adaptation, > -1.
    ta : its time constant, > 0.

    Raises
    ------
    ValueError, TypeError : if one is out of its range, or the unit is unstable (c < -1/ta below -1).
    """

    c: float = field(metadata={"unit": "1", "meaning": "strength of the adaptation"})
    ta: float = field(metadata={"unit": "unit of time", "meaning": "time constant of the adaptation"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "c", finite("c", self.c))
        object.__setattr__(self, "ta", positive("ta", self.ta))
        self.check_alone()

    @cached_property
    def transfer(self) -> Transfer:
        """H(s)."""
        return quotient("(1+ta*s)/((1+s)*(1+ta*s)+c)", {"c": self.c, "ta": self.ta})


@dataclass(frozen=True)
class Oscillator(LinearUnit):
    """A damped oscillator, x'' + gamma x' + w0^2 x = w0^2 input.

    Parameters
    ----------
    w0 : angular frequency without damping, > 0.
    gamma : damping, > 0.

    Raises
    ------
    ValueError, TypeError : if one is out of its range.
    """

    w0: float = field(metadata={"unit": "1/unit of time", "meaning": "angular frequency"})
    gamma: float = field(metadata={"unit": "1/unit of time", "meaning": "damping"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "w0", positive("w0", self.w0))
        object.__setattr__(self, "gamma", positive("gamma", self.gamma))

    @cached_property
    def transfer(self) -> Transfer:
        """H(s)."""
        return quotient("w0**2/(s**2+gamma*s+w0**2)", {"w0": self.w0, "gamma": self.gamma})


@dataclass(frozen=True)
class Synapse(LinearUnit):
    """A synapse that filters, H = 1/(1 + tau s), as a factor: ``Leaky(1.0) * Synapse(0.2)``.

    Parameters
    ----------
    time : its time constant, > 0.

    Raises
    ------
    ValueError, TypeError : if it is out of its range.
    """

    time: float = field(metadata={"unit": "unit of time", "meaning": "time constant of the synapse"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "time", positive("time", self.time))

    @cached_property
    def transfer(self) -> Transfer:
        """H(s)."""
        return quotient("1/(1+tau*s)", {"tau": self.time})


@dataclass(frozen=True)
class Delay(LinearUnit):
    """A delay, H = exp(-s delay), as a factor: ``Leaky(1.0) * Delay(2.0)``.

    Parameters
    ----------
    delay : in units of time, >= 0.

    Raises
    ------
    ValueError, TypeError : if it is out of its range.
    """

    delay: float = field(metadata={"unit": "unit of time", "meaning": "delay"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "delay", non_negative("delay", self.delay))

    @cached_property
    def transfer(self) -> Transfer:
        """H(s)."""
        return replace(_one(), delay=self.delay)


@dataclass(frozen=True)
class Cascade(LinearUnit):
    """Filters one after the other, made by multiplying them; their transfer functions multiply.

    Parameters
    ----------
    factors : the filters.

    Raises
    ------
    TypeError : for a factor that is no linear unit of continuous time.
    """

    factors: tuple[Any, ...]

    def __post_init__(self) -> None:
        parts = tuple(part for factor in self.factors for part in getattr(factor, "factors", (factor,)))
        for part in parts:
            if not isinstance(part, UnitDynamics) or part.discrete:
                raise TypeError(
                    f"a factor must be a filter such as Leaky(1.0), Synapse(0.2) or Delay(1.0), got {part!r}"
                )
        if not parts:
            raise ValueError("a cascade must have at least one factor")
        object.__setattr__(self, "factors", parts)

    @cached_property
    def transfer(self) -> Transfer:
        """H(s)."""
        whole = _one()
        for factor in self.factors:
            whole = whole * factor.transfer
        return whole


def _one() -> Transfer:
    return Transfer((Fraction(1),), (Fraction(1),))
