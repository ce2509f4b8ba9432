"""Errors and warnings of the package."""

from __future__ import annotations

import difflib
import functools
import inspect
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class DMFTError(Exception):
    """Base class of the errors that are not about arguments (those are `ValueError` and `TypeError`)."""


class NotConvergedError(DMFTError):
    """A solver stopped without a solution.

    Attributes
    ----------
    solution : the best iterate, a solution object whose `convergence` says what went wrong.
    """

    def __init__(self, message: str, solution: Any) -> None:
        super().__init__(message)
        self.solution = solution

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions pickle by their `args` alone; the iterate must survive the way back from a worker process.
        return (type(self), (str(self), self.solution))


class NotConvergedWarning(UserWarning):
    """A solver stopped without a solution and was told to warn (`on_failure="warn"`)."""


class AccuracyWarning(UserWarning):
    """A result is returned, but less accurate than the documented accuracy; the text says by how much."""


def warn(message: str, category: type[Warning]) -> None:
    """Warn, and point at the line outside the package that asked, whatever wrappers and dispatchers lie between."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(
        ("dmft.", "validation.", "functools", "contextlib")
    ):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level + 1)


def answering(verb: F) -> F:
    """Let the floating-point flags of trial points pass, and report arithmetic that failed as a `DMFTError`.

    Solvers look at variances that may be far off, where phi overflows: what is not finite is refused where it is met,
    with a sentence that says so, and numpy has nothing to add.
    """

    @functools.wraps(verb)
    def answered(*arguments: Any, **settings: Any) -> Any:
        import numpy as np

        with np.errstate(all="ignore"):
            try:
                return verb(*arguments, **settings)
            except TypeError:
                _refuse_unknown(verb, settings)
                raise
            except (ArithmeticError, np.linalg.LinAlgError) as error:
                told = str(error)
                if isinstance(error, ZeroDivisionError | OverflowError):  # Python's own words name no remedy
                    told = f"numbers became too large or too small to be held ({error}); the parameters are too extreme"
                raise DMFTError(f"{verb.__name__.strip('_') or 'the observable'} failed: {told}") from error

    return answered  # type: ignore[return-value]


def spelling(verb: F) -> F:
    """Let a verb say which arguments it has where one is misspelt."""

    @functools.wraps(verb)
    def spelt(*arguments: Any, **settings: Any) -> Any:
        try:
            return verb(*arguments, **settings)
        except TypeError:
            _refuse_unknown(verb, settings)
            raise

    return spelt  # type: ignore[return-value]


def _refuse_unknown(verb: Callable[..., Any], settings: Iterable[str]) -> None:
    """Refuse settings that a verb has not, with those that it has."""
    parameters = inspect.signature(verb).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    for name in settings:
        if name not in parameters:
            close = difflib.get_close_matches(name, list(parameters), n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise TypeError(
                f"{verb.__name__} has no argument {name!r}{hint}; it takes {', '.join(parameters)}"
            ) from None
