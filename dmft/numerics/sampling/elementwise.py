"""Fast evaluation of a nonlinearity over large arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.models.nonlinearity import Tanh


@singledispatch
def fast(nonlinearity: Any) -> Callable[[Any], Any]:
    """Return phi as a function of an array: a compiled kernel where there is one (tanh), else the nonlinearity."""
    phi: Callable[[Any], Any] = nonlinearity
    return phi


@fast.register
def _(nonlinearity: Tanh) -> Callable[[Any], Any]:
    from dmft.numerics.sampling.kernels import tanh_array

    return tanh_array


@singledispatch
def mean_slope(nonlinearity: Any, x: Any, phi: Any) -> float:
    """Return the mean of phi'(x) over an array, given phi(x) as well."""
    return float(np.mean(nonlinearity.derivative(x)))


@mean_slope.register
def _(nonlinearity: Tanh, x: Any, phi: Any) -> float:
    return 1.0 - float(np.vdot(phi, phi) / phi.size)
