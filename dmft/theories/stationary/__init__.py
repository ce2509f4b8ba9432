"""Stationary theory: quiescent, static, chaotic and driven states, by the first method that serves the network."""

from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.solve import solve_stationary

__all__ = ["StationarySolution", "solve_stationary"]
