"""A state that repeats with its drive, and its error."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Status
from dmft.theories.solution import Solution, array, coordinate

_ACCURACY = 0.1  # error relative to the variance above which a state counts as not resolved
_AMPLIFIED = 10.0  # allowance for what the equations make of errors of averages and of the iteration


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class PeriodicSolution(Solution):
    """A state that repeats with the drive. Arrays have an axis of populations before the others where these are named.

    Attributes
    ----------
    times : one period, shape (n,), in units of tau.
    mean_x, variance, mean_phi : of x over neurons, and <phi(x)>, shape (n,).
    covariance : [t, s], shape (n, n); doubly periodic: the covariance over a lag of whole periods is the variance.
    slopes : <phi'(t) phi'(s)>, shape (n, n).
    period : of the drive.
    state : "locked". Where its exponent is positive it is unstable, and a network goes to the chaotic state instead.
    averages_error : errors of <phi phi> and <phi' phi'> in it, relative to the mean squares.
    coarse : the state on half as many points, from which the error is known.
    """

    times: FloatArray = coordinate("times", "tau")
    mean_x: FloatArray = array("times")
    variance: FloatArray = array("times")
    mean_phi: FloatArray = array("times")
    covariance: FloatArray = array("times", "times_2")
    slopes: FloatArray = field(repr=False)
    period: float
    state: str = "locked"
    averages_error: tuple[float, float] = (0.0, 0.0)
    coarse: PeriodicSolution | None = field(default=None, repr=False)

    references: ClassVar[tuple[str, ...]] = ("engelken2022",)


def with_error(solution: PeriodicSolution, coarse: PeriodicSolution) -> PeriodicSolution:
    """Return a converged solution with its error, from a state on half as many points (twice as many, if few)."""
    outcome = solution.convergence
    few, many = sorted((solution, coarse), key=lambda s: len(s.times))
    error = math.inf
    if coarse.convergence.converged:
        (v, m), (v_few, m_few) = ([s.blocks.populated(x) for x in (s.variance, s.mean_x)] for s in (many, few))
        largest = np.maximum(np.max(v, axis=1), 1e-300)
        size = np.sqrt(largest + np.max(m**2, axis=1))
        v, m = (np.array([np.interp(few.times, many.times, x, period=many.period) for x in y]) for y in (v, m))
        differences = np.max(np.abs(v - v_few), axis=1) / largest, np.max(np.abs(m - m_few), axis=1) / size
        scale = 1.0 if coarse is few else 2.0
        error = scale * float(np.max(differences)) + _AMPLIFIED * (solution.averages_error[0] + outcome.residual)
    outcome = dataclasses.replace(outcome, error=error)
    if not error <= _ACCURACY:
        detail = (
            f"not resolved: {len(solution.times)} points a period leave an error of {error:.2g} of the variance, more "
            f"than {_ACCURACY:g}; raise n"
        )
        outcome = dataclasses.replace(outcome, status=Status.UNRESOLVED, detail=detail)
    return dataclasses.replace(solution, convergence=outcome, coarse=coarse)


def resampled(init: PeriodicSolution, n: int) -> tuple[FloatArray, FloatArray]:
    """Return covariances and means of a solution, with an axis of populations, on n points."""
    from scipy.signal import resample

    c, m = init.blocks.populated(init.covariance), init.blocks.populated(init.mean_x)
    if len(init.times) == n:
        return np.array(c), np.array(m)
    return resample(resample(c, n, axis=1), n, axis=2), resample(m, n, axis=1)
