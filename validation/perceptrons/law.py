"""How far what N inputs show may lie from the theory of N inputs: bounds that were measured, quantity by quantity.

Largest loads lie within 2/N of it where labels are equal in number. Margins rise above it, most near capacity, where
draws that fail are left out (tests/statistical/test_perceptron_simulation.py).
"""

from __future__ import annotations

from typing import Any

from validation.finite_size_law import Law

# Absolute, in units of 1/N.
_CAPACITY = 2.0
# Relative, in units of 1/N: (a, b) of a/N + b/N^2.
_MARGINS = (5.0, 0.0)


def law_of(quantity: str, simulation: Any) -> Law:
    """Return the bounds for a quantity of a simulation of perceptrons."""
    if quantity in ("capacity", "separable"):
        return Law(_CAPACITY, 0.0, unit=1.0)
    return Law(*_MARGINS)
