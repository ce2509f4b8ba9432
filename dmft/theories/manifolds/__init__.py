"""Capacity and geometry of manifolds: what a linear read-out can tell apart when each class is a set of responses."""

from dmft.theories.manifolds.solution import ManifoldSolution
from dmft.theories.manifolds.solve import solve_manifolds

__all__ = ["ManifoldSolution", "solve_manifolds"]
