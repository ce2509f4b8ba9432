"""The stationary state of a balanced network, whose mean is set by the balance."""

from dmft.theories.stationary.balanced.all_states import balanced_branches
from dmft.theories.stationary.balanced.exponent import bounded_exponent
from dmft.theories.stationary.balanced.solution import BalancedStationarySolution, locked_exponent
from dmft.theories.stationary.balanced.solve import solve_balanced_stationary

__all__ = [
    "BalancedStationarySolution",
    "balanced_branches",
    "bounded_exponent",
    "locked_exponent",
    "solve_balanced_stationary",
]
