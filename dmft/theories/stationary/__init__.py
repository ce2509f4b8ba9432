"""Stationary theory of random networks: quiescent, chaotic, and driven states."""

from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.solve import solve_stationary

__all__ = ["StationarySolution", "solve_stationary"]
