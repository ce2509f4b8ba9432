"""Plastic networks: the stationary state of the coupled neuronal-synaptic dynamics."""

from dmft.theories.stationary.plastic.solution import PlasticSolution
from dmft.theories.stationary.plastic.solve import solve_plastic

__all__ = ["PlasticSolution", "solve_plastic"]
