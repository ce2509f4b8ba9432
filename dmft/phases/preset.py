"""What the ready-made diagrams share: grids with a default, lines within them, names of phases, C(0) as observable."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.models.checks import numbers
from dmft.models.nonlinearity import Nonlinearity, is_odd, slope_at_zero
from dmft.numerics.value import Value

if TYPE_CHECKING:
    import xarray


def grid(
    given: ArrayLike | None,
    default: ArrayLike,
    name: str = "a grid",
    *,
    above: float = -math.inf,
    below: float = math.inf,
) -> NDArray[np.float64]:
    """Return the grid that was given, or the usual one; refused before anything is solved where a value is none of
    above < value < below."""
    values = numbers(name, default if given is None else given)
    wrong = values[~((values > above) & (values < below))]
    if wrong.size:
        raise ValueError(f"{name} must be above {above:g} and below {below:g}, got {wrong.flat[0]:g}")
    return values


def ends(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the least and the largest value of a grid."""
    return float(values.min()), float(values.max())


def inside(values: NDArray[np.float64], along: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values of a line, nan where they leave the grid: there the line breaks."""
    low, high = ends(along)
    return np.where((values >= low) & (values <= high), values, np.nan)


def odd_slope(nonlinearity: Nonlinearity) -> float:
    """Return phi'(0) of an odd phi: 1 over the gain at which x = 0 is lost.

    Raises
    ------
    ValueError : for another phi.
    """
    if not is_odd(nonlinearity):
        raise ValueError(f"the diagram is one of odd phi, phi(-x) = -phi(x); got {nonlinearity!r}: use phase_diagram")
    return slope_at_zero(nonlinearity)


def with_phases(diagram: xarray.Dataset, phases: Mapping[str, Any], *, otherwise: str) -> xarray.Dataset:
    """Return a diagram of the exponent with its phases: name -> where; "" where the exponent is not known."""
    exponent = diagram["lyapunov_exponent"]
    where = {"": exponent.isnull(), **phases}
    names = np.select(list(where.values()), list(where), otherwise)
    return diagram.assign(phase=(exponent.dims, names.astype(object)))


def corr_x(solution: Any) -> Value:
    """Return C^x(0) with its standard error."""
    return _at_zero(solution, "corr_x")


def corr_phi(solution: Any) -> Value:
    """Return C^phi(0) with its standard error."""
    return _at_zero(solution, "corr_phi")


def _at_zero(solution: Any, name: str) -> Value:
    errors = getattr(solution, f"{name}_error", None)
    return Value(float(getattr(solution, name)[0]), 0.0 if errors is None else float(errors[0]), "sampled")
