"""Stationary theory of random networks: quiescent, chaotic, and driven states."""

from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.solve import solve_stationary
from dmft.theories.stationary.symmetric.solve import SymmetricSolution

__all__ = ["StationarySolution", "SymmetricSolution", "solve_stationary"]
