"""A structured state as one of random couplings alone: to x a structure that stays adds a spread of thresholds."""

from __future__ import annotations

import numpy as np

from dmft.models.couplings import Couplings, Random
from dmft.models.drives import WhiteNoise
from dmft.models.dynamics import Leaky
from dmft.models.network import Network, Population
from dmft.theories.low_rank import structure_of
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.solve import solve_stationary

_SAME = 1e-6  # relative difference of the variances of one state


def with_frozen_structure(solution: StationarySolution) -> StationarySolution:
    """Return the state of the random couplings under the input that the structure gives, a constant for each unit.

    Raises
    ------
    ValueError : for a structure that rotates, networks without random couplings, and a state that these do not settle
        in with the input held.
    """
    structure = structure_of(solution.network, any_tau=True)
    if solution.process.half_period > 0.0:
        raise ValueError("a structure that rotates is no frozen field: covariances are not known there")
    if structure.g == 0.0:
        raise ValueError("without random couplings there are no covariances of order 1/sqrt(N)")
    more = structure.rank - structure.stated
    kappa = np.append(np.asarray(solution.overlaps), [float(structure.mean_right[-1]) * solution.mean_phi] * more)
    static = max(structure.static_variance(kappa), 0.0)
    population = Population(
        structure.nonlinearity,
        Leaky(structure.tau),
        bias=float(solution.mean_x),
        drive=WhiteNoise(structure.white * structure.tau) if structure.white else None,
        threshold_variance=static,
    )
    found = solve_stationary(Network(population, Couplings(Random(structure.g))), rtol=1e-8)
    if abs(float(found.variance) / solution.variance - 1.0) > _SAME:
        raise ValueError(
            f"the random couplings alone do not stay in this state (variance {float(found.variance):.6g} instead of "
            f"{solution.variance:.6g})"
        )
    return found
