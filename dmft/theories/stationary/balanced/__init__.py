"""Networks whose mean is set by their own rate: balanced networks, and those with a constant input."""

from dmft.theories.stationary.balanced.all_states import balanced_branches
from dmft.theories.stationary.balanced.exponent import bounded_exponent
from dmft.theories.stationary.balanced.process import BalancedProcess, locked_exponent
from dmft.theories.stationary.balanced.solve import solve_balanced

__all__ = ["BalancedProcess", "balanced_branches", "bounded_exponent", "locked_exponent", "solve_balanced"]
