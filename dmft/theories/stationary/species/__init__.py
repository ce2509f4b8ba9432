"""Lotka-Volterra equations of many species: the unique fixed point, in closed form."""
