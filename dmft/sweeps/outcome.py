"""What became of one point of a map: its numbers, and a code that says how it ended."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, TypeAlias

from dmft.numerics.convergence import Status

Reading: TypeAlias = float | str

SOLVER_RAISED, OBSERVABLE_RAISED, WORKER_DIED, NO_CROSSING, CROSSING_IN_GAP = range(100, 105)

# Beside those of `Status`: code -> its word and its sentence.
_CODES = {
    SOLVER_RAISED: ("SOLVER_RAISED", "the model or the solver refused this point"),
    OBSERVABLE_RAISED: ("OBSERVABLE_RAISED", "an observable raised an error"),
    WORKER_DIED: ("WORKER_DIED", "the worker process died on this point, twice"),
    NO_CROSSING: ("NO_CROSSING", "the observable does not cross the level in the range"),
    CROSSING_IN_GAP: (
        "CROSSING_IN_GAP",
        "the crossing lies where trials fail, between the last that did not: its error reaches to both",
    ),
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
        that there is not); not kept in a log.
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

    def to_json(self) -> bytes:
        """Return all but the index for a log: floats to their last bit, nan and inf by name."""
        kept = [self.status, self.residual, self.readings, self.errors, self.message, self.error]
        return json.dumps(kept).encode()

    @classmethod
    def from_json(cls, index: int, content: bytes, n_observed: int) -> Outcome:
        """Return the point that `to_json` described.

        Raises
        ------
        ValueError, TypeError, RecursionError : if it did not.
        """
        status, residual, readings, errors, message, error = json.loads(content)
        right = (
            status in status_words()
            and _all(int, [status])
            and _all(float, [residual, error])
            and _all(str, [message])
            and _all(list, [readings, errors])
            and len(readings) == len(errors) == n_observed
            and _all((float, str), readings)
            and _all(float, errors)
        )
        if not right:
            raise ValueError("it is no point of this map")
        return cls(index, status, residual, tuple(readings), tuple(errors), message, error)


def status_words() -> dict[int, str]:
    """Return code -> word, of all codes that a map can hold."""
    return {status.code: status.name for status in Status} | {code: word for code, (word, _) in _CODES.items()}


def status_sentence(code: int) -> str:
    """Return the sentence for a code of this module."""
    return _CODES[code][1]


def _all(kind: Any, values: list[Any]) -> bool:
    return all(isinstance(value, kind) and not isinstance(value, bool) for value in values)
