"""Largest Lyapunov exponent of populations that share a term of rank one."""

from __future__ import annotations

import math

import numpy as np

from dmft.errors import answering
from dmft.numerics.value import Value
from dmft.observables.jacobian import spectrum_of
from dmft.observables.lyapunov import exponent_of
from dmft.observables.states import refuse_stateless
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.low_rank.shared_process import SharedProcess

_SENSITIVITY = 4.0  # largest logarithmic derivative of the rates by the variance that is allowed for


@exponent_of.register
@answering
def _(process: SharedProcess, solution: StationarySolution) -> Value:
    """Return the exponent.

    What moves: that of the other couplings alone, in the state that they have under the input of the structure. A fixed
    point: the larger of the edge of its bulk and of the outliers outside of it, along which kappa comes back, as for
    one population.
    """
    refuse_stateless(solution, "to perturb")
    edge = exponent_of(process.alone, process.without(solution))
    if not math.isinf(solution.decay_rate):
        return edge
    spectrum = spectrum_of(process, solution)
    best = float(np.max(spectrum.outliers.real, initial=-math.inf))
    if best <= float(edge):
        return edge
    state = solution.convergence.error if math.isfinite(solution.convergence.error) else 0.0
    fastest = (1.0 + spectrum.radius + float(np.max(np.abs(spectrum.outliers)))) / float(np.min(spectrum.tau))
    wrong = (_SENSITIVITY * state + 1e-12) * fastest
    return Value(best, 0.0, "outlier of the fixed point", ((float(edge),),), numerical_error=wrong)
