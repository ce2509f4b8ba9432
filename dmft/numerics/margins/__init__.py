"""Predictors of least norm that reach margin one, in kernel form: sums of group norms by an interior-point method."""

from dmft.numerics.margins.groups import GatedGroups, Groups, OneGroup
from dmft.numerics.margins.interior import LeastNorm, least_norm

__all__ = ["GatedGroups", "Groups", "LeastNorm", "OneGroup", "least_norm"]
