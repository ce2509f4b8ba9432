"""Largest Lyapunov exponent of populations that share a term of rank one."""

from __future__ import annotations

import math

from dmft.errors import answering
from dmft.numerics.value import Value
from dmft.observables.jacobian import spectrum_of
from dmft.observables.lyapunov import exponent_of
from dmft.observables.populations_lyapunov import beside_outliers, edge_of_populations
from dmft.observables.states import refuse_stateless
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.low_rank.shared_process import SharedProcess


@exponent_of.register
@answering
def _(process: SharedProcess, solution: StationarySolution) -> Value:
    """Return the exponent.

    What moves: that of the other couplings alone, in the state that they have under the input of the structure. A fixed
    point: the larger of the edge of its bulk and of the outliers outside of it, along which kappa comes back, as for
    one population.
    """
    refuse_stateless(solution, "to perturb")
    edge = edge_of_populations(process.alone, process.without(solution))
    if not math.isinf(solution.decay_rate):
        return edge
    return beside_outliers(edge, spectrum_of(process, solution), solution)
