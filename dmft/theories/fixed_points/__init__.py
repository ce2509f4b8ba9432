"""Fixed points of a plastic network: branches, stability, and how many there are."""

from dmft.theories.fixed_points.solution import FixedPoints
from dmft.theories.fixed_points.solve import coexistence_threshold, fixed_points

__all__ = ["FixedPoints", "coexistence_threshold", "fixed_points"]
