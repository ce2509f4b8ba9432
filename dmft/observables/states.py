"""What an observable asks of a stationary solution first: that it is one, and holds a state."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.theories.stationary import StationarySolution


def refuse_stateless(solution: StationarySolution, to: str = "", *, of: Any = 0.0) -> None:
    """Refuse, by ValueError, a solution that holds nothing but the reason, or of which the numbers `of` are not finite;
    `to` says what a state would be needed for."""
    if solution.state == "none" or not np.all(np.isfinite(of)):
        raise ValueError(f"the solution has no state{to and ' ' + to}: {solution.convergence.message}")


def refuse_other(solution: Any) -> None:
    """Refuse what is no stationary state.

    Raises
    ------
    TypeError : for another solution.
    ValueError : for one without a state.
    """
    if not isinstance(solution, StationarySolution):
        raise TypeError(f"the solution must be that of dmft.solve_stationary, got {type(solution).__name__}")
    refuse_stateless(solution, of=solution.variance)
