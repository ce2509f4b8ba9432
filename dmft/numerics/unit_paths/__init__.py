"""Paths of units that hear Gaussian fields on a ring of times: source, compiled march, fixed noise, outputs."""

from dmft.numerics.unit_paths.columns import Columns
from dmft.numerics.unit_paths.fields import Fields
from dmft.numerics.unit_paths.march import BlowUpError, Marcher, marcher

__all__ = ["BlowUpError", "Columns", "Fields", "Marcher", "marcher"]
