"""Methods as values: each refuses what it cannot solve, with the reason, and the first that does not is taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from dmft.models.checks import named


class Method(Protocol):
    """A way to solve a theory, with its own settings."""

    def refuses(self, question: Any) -> str | None:
        """Return why the question cannot be solved this way; None if it can."""

    def solve(self, question: Any) -> Any:
        """Return the solution, whether it converged or not."""


M = TypeVar("M", bound=Method)


def chosen_method(methods: Sequence[M], question: Any, asked: M | None, also: Sequence[M] = ()) -> M:
    """Return the method asked for, or else the first that does not refuse; `also` may be asked for, and are not tried.

    Raises
    ------
    ValueError : if it refuses, or all do, with every reason.
    TypeError : for what is no method.
    """
    if asked is not None:
        if isinstance(asked, type) or not callable(getattr(asked, "refuses", None)):
            names = named(dict.fromkeys(type(method) for method in (*methods, *also)))
            got = f"the class: write {asked.__name__}()" if isinstance(asked, type) else repr(asked)
            raise TypeError(f"method must be None or an instance of {names}; got {got}")
        methods = [asked]
    reasons = []
    for method in methods:
        reason = method.refuses(question)
        if reason is None:
            return method
        reasons.append(f"{type(method).__name__}: {reason}")
    raise ValueError(f"{reasons[0]}" if asked is not None else "no method solves this: " + "; ".join(reasons))
