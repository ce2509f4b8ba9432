"""Observables of a map: functions of a solution or names of its fields, each under a name of its own."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, TypeAlias

import numpy as np

from dmft.models.checks import meant
from dmft.numerics.value import Value
from dmft.observables.dimension import effective_dimension
from dmft.observables.lyapunov import lyapunov_exponent
from dmft.observables.onset import peak_frequency
from dmft.sweeps.outcome import Reading

Observe: TypeAlias = (
    Callable[[Any], Any] | str | Sequence[Callable[[Any], Any] | str] | Mapping[str, Callable[[Any], Any] | str]
)

# Units of the package's own observables; a function of the user's may say its own in an attribute `unit`.
_UNITS = {"lyapunov_exponent": "1/tau", "effective_dimension": "1"}
# Functions that may be named by a word, as the fields of a solution are.
BY_NAME: dict[str, Callable[[Any], Any]] = {
    "lyapunov_exponent": lyapunov_exponent,
    "effective_dimension": effective_dimension,
    "peak_frequency": peak_frequency,
}
_TAKEN = ("status", "residual", "error", "message", "direction")


@dataclass(frozen=True)
class Observable:
    """A named function of a solution, or the solution's field of that name.

    Attributes
    ----------
    name : of the variable.
    function : function of a solution, or name of a field; of one population as "variance.E", of one kind of weights
        as "silent.E".
    """

    name: str
    function: Callable[[Any], Any] | str

    def read(self, solution: Any) -> tuple[Reading, float]:
        """Return the number (or word) and its error, of sampling and numerical together; nan where it carries none.

        Raises
        ------
        TypeError, AttributeError : if it is neither a number nor a word, or there is no such field.
        """
        value = _field(solution, self.function) if isinstance(self.function, str) else self.function(solution)
        if isinstance(value, str):
            return str(value), math.nan
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value.item()
        if not isinstance(value, Real | np.bool_):
            names = _parts(solution, self.function, value) if isinstance(self.function, str) else ()
            remedy = f"; name one of its parts, {' or '.join(repr(f'{self.name}.{part}') for part in names)}"
            remedy = remedy if names else ""
            raise TypeError(f"observable {self.name!r} must give a number or a word, got {_short(value)}{remedy}")
        return float(value), value.error if isinstance(value, Value) else self._error_in(solution)

    def _error_in(self, solution: Any) -> float:
        """Return the error of a field where the solution has one beside it, or bounds that of the variance."""
        if not isinstance(self.function, str):
            return math.nan
        beside = getattr(solution, f"{self.function}_error", math.nan)
        of_variance = self.function.partition(".")[0] == "variance"
        if of_variance and not isinstance(beside, Real):
            beside = math.nan
        if of_variance and math.isnan(beside):
            bound = getattr(getattr(solution, "convergence", None), "error", math.nan)
            beside = bound * abs(float(_field(solution, self.function)))
        return float(beside) if isinstance(beside, Real) else math.nan

    def unit(self, solution: type | None) -> str:
        """Return the unit: the function's own, or that of the solution's field; empty where unknown."""
        if isinstance(self.function, str):
            variables, field = getattr(solution, "variables", {}), self.function.partition(".")[0]
            return str(variables[field][1]) if field in variables else ""
        known = _UNITS.get(getattr(self.function, "__name__", ""), "")
        return str(getattr(self.function, "unit", known))


def _field(solution: Any, path: str) -> Any:
    """Return a field of a solution; "variance.E" is that of the population E.

    Raises
    ------
    AttributeError : if there is no such field, or no such part of it.
    """
    name, _, part = path.partition(".")
    value = getattr(solution, name)
    if not part:
        return value
    names = _parts(solution, name, value)
    if part not in names:
        known = ", ".join(filter(None, names)) or "no parts that have names"
        raise AttributeError(f"{name} is not known of {part!r}; known are {known}")
    return value[names.index(part)]


def _parts(solution: Any, name: str, value: Any) -> tuple[str, ...]:
    """Return the names of the numbers that a field holds, of populations or of kinds; empty where they have none."""
    dimensions = getattr(solution, "variables", {}).get(name, ((), ""))[0]
    own = getattr(solution, "names", {})
    if len(dimensions) == 1 and dimensions[0] in own:
        return tuple(own[dimensions[0]])
    populations = tuple(getattr(getattr(solution, "network", None), "named", ()))
    return populations if isinstance(value, np.ndarray) and value.shape == (len(populations),) else ()


def observables(observe: Observe, dimensions: Sequence[str]) -> tuple[Observable, ...]:
    """Return the observables, refusing what has no name of its own.

    Raises
    ------
    TypeError, ValueError : for what is no observable, has no name, or a name that is taken.
    """
    entries: list[tuple[str, Any]]
    if isinstance(observe, str) or callable(observe):
        observe = [observe]
    if isinstance(observe, Mapping):
        entries = list(observe.items())
    elif isinstance(observe, Sequence):
        entries = [(_name(item), item) for item in observe]
    else:
        raise TypeError(f"observe must be a list of functions and names of fields, or a dict; got {observe!r}")
    if not entries:
        raise ValueError("observe must name at least one observable, got none")
    found: list[Observable] = []
    for name, item in entries:
        if not isinstance(name, str) or not name or "/" in name:
            raise ValueError(f"the name of an observable must be a word without '/', got {name!r}")
        if not isinstance(item, str) and not callable(item):
            raise TypeError(f"observable {name!r} must be a function or the name of a field, got {item!r}")
        if name in _TAKEN or name in dimensions:
            raise ValueError(f"the name {name!r} is taken; name the observable with observe={{'name': function}}")
        if name in (other.name for other in found):
            raise ValueError(f"two observables are called {name!r}; name them with observe={{'name': function}}")
        found.append(Observable(name, BY_NAME.get(item, item) if isinstance(item, str) else item))
    names = [observable.name for observable in found]
    for name in names:
        if f"{name}_error" in [*names, *dimensions]:
            raise ValueError(
                f"the name '{name}_error' is taken by the error of {name!r}; name the observable otherwise"
            )
    return tuple(found)


def check_fields(kind: type | None, observed: tuple[Observable, ...]) -> None:
    """Refuse the name of a field that no solution of this type has, where that is known."""
    names = set() if kind is None else {field.name for field in dataclasses.fields(kind)} | set(dir(kind))
    for observable in observed:
        field = observable.function.partition(".")[0] if isinstance(observable.function, str) else None
        if names and field is not None and field not in names:
            numbers = [name for name, (over, _) in getattr(kind, "variables", {}).items() if not over]
            known = [*BY_NAME, *getattr(kind, "labels", ()), *numbers]
            raise ValueError(
                f"an observable must be a number of the solution, one of {', '.join(known)}, or a function of it; got "
                f"{field!r}{meant(field, known)}"
            )


def _name(item: Any) -> str:
    if isinstance(item, str):
        return item
    name = getattr(item, "__name__", None)
    if not callable(item) or name is None or name == "<lambda>":
        raise ValueError(f"the observable {item!r} has no name; give it one with observe={{'name': function}}")
    return str(name)


def _short(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return f"an array of shape {shape}" if shape else repr(value)[:80]
