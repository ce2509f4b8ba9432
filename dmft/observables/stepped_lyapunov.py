"""Largest Lyapunov exponent in discrete time."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import limited
from dmft.errors import answering
from dmft.numerics.value import Value
from dmft.observables.lyapunov import exponent_of
from dmft.observables.states import refuse_stateless
from dmft.theories.one_step import OneStep, radius
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.discrete.process import SteppedProcess
from dmft.theories.stationary.low_rank.under_structure import UnderStructure


@exponent_of.register
@answering
def _(process: SteppedProcess, solution: StationarySolution) -> Value:
    """Return ln rho(K <phi'^2>)/2, per step.

    It is how the difference of two copies under the same input grows, <(x - y)^2> by e^{2 lambda} a step
    [Molgedey, Schuchhardt & Schuster, PRL 69, 3717 (1992)]; between the layers of a deep random network, the edge of
    chaos is where it is 0. A change of all units together follows the means instead (`solution.stable`).

    Notes
    -----
    Accuracy: `tests/reference/test_discrete_reference.py`. The error is that of other nodes, and what the
    errors of mean and variance make of it.
    """
    refuse_stateless(solution, "to perturb")
    blocks = solution.blocks
    mean, variance = blocks.populated(solution.mean_x), blocks.populated(solution.variance)
    step = OneStep(blocks)

    def growth(m: FloatArray, v: FloatArray, other: bool = False) -> float:
        return radius(blocks.K * [f.square_slope for f in step.moments(m, v, other=other)])

    with limited():
        here = growth(mean, variance)
        if here == 0.0:
            return Value(-math.inf, 0.0, "one-step map", numerical_error=0.0)
        varied = [growth(mean, variance, other=True), growth(mean + process.mean_error, variance)]
        varied.append(growth(mean, variance + process.variance_error))
    lost = sum(abs(value - here) for value in varied) / here + step.averages_error + 4.0 * float(np.finfo(float).eps)
    return Value(0.5 * math.log(here), 0.0, "one-step map", numerical_error=lost)


@exponent_of.register
@answering
def _(process: UnderStructure, solution: StationarySolution) -> Value:
    """Return that of the other couplings alone, in the state that they have under the input of the structure."""
    refuse_stateless(solution, "to perturb")
    return exponent_of(process.alone, process.without(solution))
