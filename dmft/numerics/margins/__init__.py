"""Predictors of least norm that reach margin one: sums of group norms, by an interior-point method in kernel form."""

from dmft.numerics.margins.groups import Groups
from dmft.numerics.margins.interior import LeastNorm, least_norm

__all__ = ["Groups", "LeastNorm", "least_norm"]
