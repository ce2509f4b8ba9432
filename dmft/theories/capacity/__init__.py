"""Capacity and robustness of neurons with sign-constrained weights, and how well such weights fit."""

from dmft.theories.capacity.capacity import solve_capacity
from dmft.theories.capacity.counting import feasibility, separability
from dmft.theories.capacity.regression import solve_regression
from dmft.theories.capacity.robustness import solve_robustness
from dmft.theories.capacity.solution import CapacitySolution, RegressionSolution, RobustnessSolution

__all__ = [
    "CapacitySolution",
    "RegressionSolution",
    "RobustnessSolution",
    "feasibility",
    "separability",
    "solve_capacity",
    "solve_regression",
    "solve_robustness",
]
