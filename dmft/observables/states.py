"""What an observable asks of a stationary state first: that there is one, that x is Gaussian, what of it is frozen."""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.checks import numbers
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.balanced.process import BalancedProcess
from dmft.theories.stationary.centred.process import CentredProcess
from dmft.theories.stationary.discrete.process import SteppedProcess
from dmft.theories.stationary.low_rank.process import LowRankProcess
from dmft.theories.stationary.populations.process import PopulationProcess


def refuse_stateless(solution: StationarySolution, to: str = "", *, of: Any = 0.0) -> None:
    """Refuse, by ValueError, a solution that holds nothing but the reason, or of which the numbers `of` are not finite;
    `to` says what a state would be needed for."""
    if solution.state == "none" or not np.all(np.isfinite(of)):
        raise ValueError(f"the solution has no state{to and ' ' + to}: {solution.convergence.message}")


def refuse_other(solution: Any) -> None:
    """Refuse what is no stationary state.

    Raises
    ------
    TypeError : for another solution.
    ValueError : for one without a state.
    """
    if not isinstance(solution, StationarySolution):
        raise TypeError(f"the solution must be that of dmft.solve_stationary, got {type(solution).__name__}")
    refuse_stateless(solution, of=solution.variance)


def finite_frequencies(omega: ArrayLike) -> FloatArray:
    """Return angular frequencies as an array.

    Raises
    ------
    ValueError : for one that is not finite.
    """
    w = numbers("omega", omega)
    if not np.all(np.isfinite(w)):
        raise ValueError(f"omega must be finite, got {w[~np.isfinite(w)].flat[0]}")
    return w


@singledispatch
def refuse_not_gaussian(process: Any, solution: StationarySolution) -> None:
    """Refuse a state of which x is not Gaussian.

    Raises
    ------
    ValueError : for one.
    """
    raise ValueError(f"x is not Gaussian in this state ({solution.state}): its rates are not known")


@refuse_not_gaussian.register(CentredProcess)
@refuse_not_gaussian.register(BalancedProcess)
def _(process: Any, solution: StationarySolution) -> None:
    if solution.reduction.waves:
        raise ValueError("under a sinusoid of random phases x is not Gaussian: its rates are not known")


@refuse_not_gaussian.register(SteppedProcess)
@refuse_not_gaussian.register(PopulationProcess)
@refuse_not_gaussian.register(LowRankProcess)
def _(process: Any, solution: StationarySolution) -> None:
    return None


@singledispatch
def frozen_variance(process: Any, solution: StationarySolution) -> FloatArray:
    """Return the part of the variance that does not move, shape (P,); nan where it is not known."""
    return np.atleast_1d(np.asarray(solution.static_variance, dtype=float))


@frozen_variance.register
def _(process: CentredProcess, solution: StationarySolution) -> FloatArray:
    if math.isinf(solution.decay_rate):
        return np.atleast_1d(np.asarray(solution.variance, dtype=float))
    return np.atleast_1d(np.asarray(solution.corr_x_at(40.0 / solution.decay_rate), dtype=float))


@frozen_variance.register
def _(process: BalancedProcess, solution: StationarySolution) -> FloatArray:
    return np.atleast_1d(np.asarray(process.conditional[-1], dtype=float))
