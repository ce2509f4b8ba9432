"""Where gradient descent ends in networks that are linear in fixed contexts."""

from dmft.theories.implicit_bias.solution import ImplicitBiasSolution
from dmft.theories.implicit_bias.solve import solve_implicit_bias

__all__ = ["ImplicitBiasSolution", "solve_implicit_bias"]
