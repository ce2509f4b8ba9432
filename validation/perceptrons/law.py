"""How far what N inputs show may lie from the theory of N inputs: bounds that were measured, quantity by quantity.

Largest loads lie within 2/N of it where labels are equal in number. Mean margins rise above it, by 6/N at low loads and
by up to 15/N at 0.8 of the capacity; fractions are off by 2/N, imbalances by 0.6/sqrt(N); residuals fall short by 3/N
near the load where fits begin to be exact. Measured at N = 50, 100 and 200, at the first two by other solvers on other
draws as well: tests/reference/make_perceptron_sizes_reference.py, tests/reference/test_perceptron_sizes_reference.py;
some are held by tests/statistical/test_perceptron_simulation.py.
"""

from __future__ import annotations

import math
from typing import Any

from validation.finite_size_law import Law

# a/N + b/N^2, absolute.
_CAPACITY, _FRACTIONS, _RESIDUAL = (2.0, 0.0), (2.0, 100.0), (4.0, 0.0)
# Over sqrt(N): what a draw leaves of a drive that is balanced on average.
_IMBALANCE = 0.7
# Relative.
_SIZES = (8.0, 400.0)


def law_of(quantity: str, simulation: Any) -> Law:
    """Return the bounds for a quantity of a simulation of perceptrons."""
    if quantity in ("capacity", "separable"):
        return Law(*_CAPACITY, unit=1.0)
    if quantity == "regression_residual":
        return Law(*_RESIDUAL, unit=1.0)
    if quantity.endswith("_imbalance"):
        return Law(0.0, 0.0, unit=1.0, constant=_IMBALANCE / math.sqrt(simulation.sizes[0]))
    if quantity.endswith(("_silent_E", "_silent_I", "_active")):
        return Law(*_FRACTIONS, unit=1.0)
    return Law(*_SIZES)
