"""Neurons of finite size that are to tell patterns apart: patterns are drawn, convex programs find the weights.

Nothing here knows a formula of the theory: the solvers are HiGHS, Clarabel and non-negative least squares.
"""
