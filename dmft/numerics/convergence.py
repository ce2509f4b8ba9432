"""How a solver ended, in a word, in numbers, and in a sentence with the remedy."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum


class Status(Enum):
    """Outcome of a solver; the value is the sentence shown to the user. The code (0 = converged) goes into files."""

    CONVERGED = "converged"
    MAX_STEPS = (
        "not converged: the number of steps ran out; raise max_steps, or start from a neighbouring point (init=)"
    )
    STALLED = (
        "not converged: the residual no longer decreases; start from a neighbouring point (init=) or change method"
    )
    NON_FINITE = "stopped: a value is not finite; check the nonlinearity and the starting point"
    GRID_TOO_SHORT = "the window is shorter than the memory of the process; give a longer one"
    NO_SOLUTION = "there is no bounded solution"
    UNRESOLVED = (
        "not converged: the averages of the nonlinearity are not resolved to the accuracy asked for; "
        "raise rtol, or use a less steep nonlinearity"
    )
    LOCAL = "a stationary point was reached; that it is the optimum is not proved"
    UNSTABLE = "the state that was found is unstable: a network does not stay in it"

    @property
    def code(self) -> int:
        """Position in the list above: 0 is converged."""
        return list(Status).index(self)


@dataclass(frozen=True)
class Convergence:
    """How a solver ended.

    Attributes
    ----------
    status : a `Status`.
    residual : maximum norm of the undamped fixed-point map minus the identity, relative to the scale of the solution,
        the averages in it taken with other nodes than the solver's.
    steps : number of iterations.
    history : residual after each iteration.
    detail : what the status means here, with figures; shown instead of the general sentence.
    error : bound on the error of the correlations at lag 0, relative to them: averages, steps, window, iteration and
        sampling together; nan where it is not known.
    """

    status: Status
    residual: float
    steps: int
    history: tuple[float, ...] = field(default=(), repr=False)
    detail: str = ""
    error: float = field(default=math.nan, compare=False)

    @property
    def converged(self) -> bool:
        """Whether the status is CONVERGED."""
        return self.status is Status.CONVERGED

    @property
    def message(self) -> str:
        """The sentence shown to the user."""
        return self.detail or self.status.value
