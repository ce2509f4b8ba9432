"""Which theory a network calls for, when the user names none.

A theory is known here by its address and imported when it is first used: the maps over parameters need none of the
theories to be loaded, and a new one plugs in by a line in `_CHOICES` (or by `register_theory`, for a model of one's
own).
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from dmft.models.drive import Sinusoid
from dmft.sweeps.sweep import Solver, call_solver


@dataclass(frozen=True)
class Theory:
    """A solver by its address, callable as solver(network, init=None).

    Attributes
    ----------
    home, name : module and function.
    solution : name of the solution's class in the same module; the fields that can be observed are checked against it.
    """

    home: str
    name: str
    solution: str = ""

    def __call__(self, network: Any, *, init: Any = None) -> Any:
        """Solve; what does not converge is returned with its status, not raised."""
        return call_solver(self.verb, network, init)

    @property
    def verb(self) -> Solver:
        """The function itself."""
        verb: Solver = getattr(importlib.import_module(self.home), self.name)
        return verb

    def kind(self) -> Any:
        """Return the class of the solutions, or None where it is not said."""
        return getattr(importlib.import_module(self.home), self.solution, None) if self.solution else None

    def fields(self) -> frozenset[str] | None:
        """Return the names that a solution offers, or None where that is not known beforehand."""
        kind = self.kind()
        if kind is None:
            return None
        return frozenset(f.name for f in dataclasses.fields(kind)) | frozenset(dir(kind))


Choice: TypeAlias = Callable[[Any], Theory]

_STATIONARY = Theory("dmft.theories.stationary", "solve_stationary", "StationarySolution")
_BALANCED = Theory("dmft.theories.balanced_stationary", "solve_balanced_stationary", "BalancedStationarySolution")
_PERIODIC = Theory("dmft.theories.periodic", "solve_periodic", "PeriodicSolution")
_PLASTIC = Theory("dmft.theories.plastic", "solve_plastic", "PlasticSolution")


def _of_random_network(network: Any) -> Theory:
    return _PERIODIC if _is_common_sinusoid(network.drive) else _STATIONARY


def _of_balanced_network(network: Any) -> Theory:
    return _PERIODIC if _is_common_sinusoid(network.drive) else _BALANCED


def _is_common_sinusoid(drive: Any) -> bool:
    return isinstance(drive, Sinusoid) and drive.phases == "common"


# By the name of the model's class: naming the class itself would import its module.
_CHOICES: dict[str, Choice] = {
    "RandomNetwork": _of_random_network,
    "BalancedNetwork": _of_balanced_network,
    "PlasticNetwork": lambda network: _PLASTIC,
}


def register_theory(model: type, choice: Choice) -> None:
    """Make `choice(network)` name the `Theory` of the networks of a class and its subclasses."""
    if not isinstance(model, type):
        raise TypeError(f"model must be a class of networks, got {model!r}")
    _CHOICES[model.__name__] = choice


def theory_of(network: Any) -> Theory:
    """Return the theory that the network and its drive call for.

    Raises
    ------
    TypeError : for a network of a kind that no theory is registered for.
    """
    for kind in type(network).__mro__:
        if kind.__name__ in _CHOICES:
            return _CHOICES[kind.__name__](network)
    known = ", ".join(sorted(_CHOICES))
    raise TypeError(f"no theory is registered for a {type(network).__name__} (known: {known}); give solve=")
