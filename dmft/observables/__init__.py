"""Observables: free functions of a solution."""
