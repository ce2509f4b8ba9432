"""Observables of solutions whose theory is loaded only when it is used.

An observable is a `functools.singledispatch` function. The implementation for a kind of solution lives in a module of
its own, which registers it when imported; here that module is found by the name of the solution's class.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any


def redispatched(observable: Any, what: str, homes: Mapping[str, str], solution: Any, settings: dict[str, Any]) -> Any:
    """Import the module that knows the solution's class, and call the observable again.

    Parameters
    ----------
    observable : the singledispatch function.
    what : its name in words, for the error.
    homes : name of a solution's class -> module.
    solution, settings : arguments of the call.

    Raises
    ------
    TypeError : if no module is known for the class, or the module did not register it.
    """
    kind = type(solution)
    home = next((homes[base.__name__] for base in kind.__mro__ if base.__name__ in homes), None)
    if home is not None:
        importlib.import_module(home)
        found = observable.dispatch(kind)
        if found is not observable.dispatch(object):
            return found(solution, **settings)
    raise TypeError(f"no {what} is known of a {kind.__name__}")
