"""Estimates, with errors, from simulated activity."""
