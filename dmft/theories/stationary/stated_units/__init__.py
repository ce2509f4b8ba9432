"""Stationary states of units that a user states by equations, sampled."""
