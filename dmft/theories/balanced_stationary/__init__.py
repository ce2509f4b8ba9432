"""The stationary state of a balanced network, whose mean is set by the balance."""

from dmft.theories.balanced_stationary.all_states import balanced_branches
from dmft.theories.balanced_stationary.exponent import bounded_exponent
from dmft.theories.balanced_stationary.solution import BalancedStationarySolution, locked_exponent
from dmft.theories.balanced_stationary.solve import solve_balanced_stationary

__all__ = [
    "BalancedStationarySolution",
    "balanced_branches",
    "bounded_exponent",
    "locked_exponent",
    "solve_balanced_stationary",
]
