"""Plastic couplings: the stationary state of the coupled neuronal-synaptic dynamics, sampled."""

from dmft.theories.stationary.plastic.solve import solve_plastic

__all__ = ["solve_plastic"]
