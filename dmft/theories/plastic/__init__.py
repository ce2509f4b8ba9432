"""Plastic networks: the stationary state of the coupled neuronal-synaptic dynamics."""

from dmft.theories.plastic.solution import PlasticSolution
from dmft.theories.plastic.solve import solve_plastic

__all__ = ["PlasticSolution", "solve_plastic"]
