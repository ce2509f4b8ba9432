"""Plastic networks after their synapses are halted."""

from dmft.theories.frozen.solution import FrozenSolution
from dmft.theories.frozen.solve import solve_frozen

__all__ = ["FrozenSolution", "solve_frozen"]
