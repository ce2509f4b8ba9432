"""What became of one point of a map: its numbers, and a code that says how it ended."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

from dmft.numerics.convergence import Status

Reading: TypeAlias = float | str

SOLVER_RAISED = 100
OBSERVABLE_RAISED = 101
WORKER_DIED = 102
NO_CROSSING = 103
CROSSING_IN_GAP = 104

_SENTENCES = {
    SOLVER_RAISED: "the model or the solver refused this point",
    OBSERVABLE_RAISED: "an observable raised an error",
    WORKER_DIED: "the worker process died on this point, twice",
    NO_CROSSING: "the observable does not cross the level in the range",
    CROSSING_IN_GAP: "the crossing lies where trials fail, between the last that did not: its error reaches to both",
}
_WORDS = {
    SOLVER_RAISED: "SOLVER_RAISED",
    OBSERVABLE_RAISED: "OBSERVABLE_RAISED",
    WORKER_DIED: "WORKER_DIED",
    NO_CROSSING: "NO_CROSSING",
    CROSSING_IN_GAP: "CROSSING_IN_GAP",
}


@dataclass(frozen=True)
class Outcome:
    """One point of a map.

    Attributes
    ----------
    index : position in the map, in C order.
    status : 0 where converged, else the code of a `Status` or one of the codes of this module.
    residual : of the solver, nan where there is none.
    readings : the observables, in their order; nan where there is none.
    errors : their errors, of sampling and numerical together; nan where not known.
    message : what went wrong, empty where nothing did.
    error : of the solution, the bound on the relative error of its correlations at lag 0; nan where not known.
    hopeless : names of the observables that failed in a way that looks the same at any point (a wrong type, a name
        that there is not); not kept in a checkpoint.
    """

    index: int
    status: int
    residual: float
    readings: tuple[Reading, ...]
    errors: tuple[float, ...]
    message: str = ""
    error: float = math.nan
    hopeless: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the status is not 0."""
        return self.status != 0


def status_words() -> dict[int, str]:
    """Return code -> word, of all codes that a map can hold."""
    return {status.code: status.name for status in Status} | _WORDS


def status_sentence(code: int) -> str:
    """Return the sentence for a code."""
    for status in Status:
        if status.code == code:
            return status.value
    return _SENTENCES.get(code, f"unknown code {code}")
