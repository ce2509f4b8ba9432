"""Spectrum of the Jacobian of populations that share a term of rank one: the bulk without it, and what it adds outside.

One term of rank one does not move the bulk, which the law of phi'(x) in each population fixes; eigenvalues outside are
the rates of kappa, means and covariances next to the state (`static_rates`).
"""

from __future__ import annotations

import dataclasses
import math

from dmft.errors import answering
from dmft.observables.jacobian import spectrum_of
from dmft.observables.populations_jacobian import PopulationsSpectrum, spectrum_at
from dmft.observables.states import refuse_stateless
from dmft.theories.shared_structure import shared_structure_of
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.low_rank.shared_process import SharedProcess
from dmft.theories.stationary.low_rank.shared_stability import naive_rates, static_rates


@spectrum_of.register
@answering
def _(process: SharedProcess, solution: StationarySolution) -> PopulationsSpectrum:
    refuse_stateless(solution, "to linearise")
    structure, kappa = shared_structure_of(solution.network), float(solution.overlaps[0])
    alone = process.without(solution)
    means, variances = process.alone.means, process.alone.covariance[0]
    found = spectrum_at(structure.held(kappa), means, variances, still=False)
    naive = found.bulk.outside(naive_rates(structure, alone))
    still = math.isinf(solution.decay_rate)
    outside = found.bulk.outside(static_rates(structure, kappa, alone)) if still else None
    return dataclasses.replace(found, outliers=outside, naive_outliers=naive)
