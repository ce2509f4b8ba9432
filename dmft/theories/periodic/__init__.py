"""States that repeat with a common periodic drive."""

from dmft.theories.periodic.locked import locked_exponent, locked_state
from dmft.theories.periodic.solution import PeriodicSolution
from dmft.theories.periodic.solve import not_locked, solve_periodic

__all__ = ["PeriodicSolution", "locked_exponent", "locked_state", "not_locked", "solve_periodic"]
