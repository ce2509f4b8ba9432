"""Partially symmetric couplings: a single-site process with memory, solved by sampling."""
