"""What cannot work: found out at the first point that it fails on, and said where it never worked."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

from dmft.sweeps.outcome import OBSERVABLE_RAISED, Outcome
from dmft.sweeps.sweep import SOLVER, Sweep, observed, solved


class Watch:
    """Sees each outcome of a sweep, and ends it where the solver or an observable was given the wrong thing altogether.

    A wrong type at one point may be right at another (a theory has another solution for symmetric couplings): before
    the sweep is ended the middle of the map and its other end are tried.
    """

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._decided: set[str] = set()

    def see(self, outcome: Outcome) -> None:
        """Look at an outcome.

        Raises
        ------
        TypeError : if the solver or an observable can work at no point.
        """
        for name in outcome.hopeless:
            if name not in self._decided:
                self._decided.add(name)
                if not self._works_elsewhere(name, outcome.index):
                    if name == SOLVER:
                        raise TypeError(f"the solver works at no point of this sweep: {outcome.message}")
                    raise TypeError(f"an observable works at no point of this sweep: {_said(name, outcome.message)}")

    def _works_elsewhere(self, name: str, index: int) -> bool:
        """Whether it may: what is not solved there says nothing, and one point alone does not end a sweep of many."""
        last = self._sweep.size - 1
        evidence = 0
        for other in dict.fromkeys((last // 2, last, 0)):
            if other == index:
                continue
            outcome = observed(self._sweep, *solved(self._sweep, other))
            if name in outcome.hopeless:
                evidence += 1
            elif name == SOLVER or outcome.status in (0, OBSERVABLE_RAISED):
                return True
        return evidence == 0 and last > 0


def warn_of_silence(sweep: Sweep, outcomes: Mapping[int, Outcome]) -> None:
    """Warn of a sweep in which no point was solved, or an observable raised an error at every point that was.

    Warns
    -----
    RuntimeWarning : with what was said.
    """
    reached = [outcome for outcome in outcomes.values() if outcome.status in (0, OBSERVABLE_RAISED)]
    if not reached:
        first = outcomes[min(outcomes)].message
        warnings.warn(f"none of the {len(outcomes)} points was solved: {first}", RuntimeWarning, stacklevel=3)
        return
    for observable in sweep.observed:
        said = [_said(observable.name, outcome.message) for outcome in reached]
        if all(said):
            warnings.warn(
                f"an observable has failed at each of the {len(reached)} points that were solved: {said[0]}",
                RuntimeWarning,
                stacklevel=3,
            )


def _said(name: str, message: str) -> str:
    """Return what an observable said, and what others said after it; empty where it did not fail."""
    start = f"{name}: "
    if message.startswith(start):
        return message
    _, found, rest = message.partition(f"; {start}")
    return start + rest if found else ""
