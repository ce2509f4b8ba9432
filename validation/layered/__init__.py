"""Layered networks with their learning rules: weights, signals, updates; no formula of the theory."""
