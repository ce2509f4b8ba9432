"""How a student learns from a teacher, example by example, in many dimensions."""

from dmft.theories.online_learning.solution import OnlineSolution
from dmft.theories.online_learning.solve import solve_online_learning

__all__ = ["OnlineSolution", "solve_online_learning"]
