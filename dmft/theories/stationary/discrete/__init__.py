"""Stationary states in discrete time."""
