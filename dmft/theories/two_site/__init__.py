"""Two-site cavity theory: cross-covariances of pairs of neurons, from a solved stationary theory."""

from dmft.theories.two_site.solution import TwoSiteSolution
from dmft.theories.two_site.solve import solve_two_site

__all__ = ["TwoSiteSolution", "solve_two_site"]
