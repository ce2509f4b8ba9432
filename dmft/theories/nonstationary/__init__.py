"""Theory in two times: driven states and transients."""

from dmft.theories.nonstationary.solution import NonstationarySolution
from dmft.theories.nonstationary.solve import solve_nonstationary

__all__ = ["NonstationarySolution", "solve_nonstationary"]
