"""Gaussian averages of a nonlinearity: <phi>, <phi phi>, <phi' phi'>.

`averages(nonlinearity, variance)` gives them for zero mean and one variance, in the first form that exists: a closed
form (erf, powers, linear), a mixture of erfs (tanh), a Mehler series (smooth phi), graded quadrature (any phi).
"""

from dmft.numerics.gaussian.averages import Averages
from dmft.numerics.gaussian.dispatch import averages, averages_within, is_closed, rough_averages

__all__ = ["Averages", "averages", "averages_within", "is_closed", "rough_averages"]
