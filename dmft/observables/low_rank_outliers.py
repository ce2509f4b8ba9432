"""Eigenvalues outside of the disc: of couplings with a low-rank term, and of the Jacobian at a fixed point."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dmft.arrays import BoolArray, ComplexArray, FloatArray
from dmft.errors import answering
from dmft.theories.low_rank import Structure, structure_of
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.low_rank.process import LowRankProcess
from dmft.theories.stationary.low_rank.stability import disc_radius, outliers


@dataclass(frozen=True, eq=False)
class Outliers:
    """Eigenvalues that come with a low-rank term.

    Attributes
    ----------
    values : largest real part first, shape (n,).
    centre, radius : of the disc of all other eigenvalues.
    """

    values: ComplexArray
    centre: float
    radius: float = field(default=0.0)

    @property
    def visible(self) -> BoolArray:
        """Which of them stand outside the disc: a large network has no eigenvalue at the others."""
        return np.asarray(np.abs(self.values - self.centre) > self.radius)


@answering
def coupling_outliers(network: Any) -> Outliers:
    """Return the outliers of the couplings, those of the low-rank term n . m/N (or the one that was measured).

    Parameters
    ----------
    network : `dmft.Network` of one population with low-rank couplings.

    Returns
    -------
    Outliers : of J, its disc of radius g about 0.

    Raises
    ------
    ValueError : for a network without low-rank couplings, or what is not solved beside them.

    Notes
    -----
    A finite matrix's own outlier scatters about it by 1/sqrt(N): `dmft.LowRank.from_vectors(m, n, matrix=J)`.
    Accuracy: `tests/reference/test_low_rank_reference.py`. Cost: 0.1 ms.
    """
    structure = structure_of(network, any_tau=True)
    values = np.linalg.eigvals(structure.feedback).astype(complex)
    return Outliers(values[np.argsort(-values.real, kind="stable")], 0.0, structure.g)


@answering
def fixed_point_outliers(solution: StationarySolution) -> Outliers:
    """Return the outliers of the Jacobian -1 + J diag(phi'(x)) at a fixed point of low-rank couplings.

    J is correlated with phi'(x): they are not those of -1 + <phi'> times the outliers of J (see
    `dmft.theories.stationary.low_rank.stability.outliers`). The real part of a visible one is the rate at which kappa
    comes back.

    Parameters
    ----------
    solution : a state that does not move, of `solve_stationary` or `dmft.branches`.

    Returns
    -------
    Outliers : in units of 1/tau, the disc of radius g sqrt<phi'^2> about -1.

    Raises
    ------
    TypeError : for a solution without low-rank couplings.
    ValueError : for a state that moves, or none.

    Notes
    -----
    Accuracy: 1e-10, `tests/reference/test_low_rank_reference.py`; against networks
    `tests/statistical/test_low_rank_networks.py`. Cost: 3 ms.
    """
    if not isinstance(getattr(solution, "process", None), LowRankProcess):
        raise TypeError(
            "fixed_point_outliers takes states of low-rank couplings (of populations at rest see "
            f"jacobian_spectrum(sol).outliers), got {solution!r}"
        )
    if not (math.isinf(solution.decay_rate) and math.isfinite(solution.variance)):
        raise ValueError(f'the state must be one at rest, got "{solution.state}": ask dmft.branches for it')
    structure = structure_of(solution.network)
    values = outliers(structure, kappa_of(structure, solution), solution.variance, solution.mean_x)
    radius = disc_radius(structure, solution.variance, solution.mean_x)
    return Outliers(values[np.argsort(-values.real, kind="stable")], -1.0, radius)


def kappa_of(structure: Structure, solution: StationarySolution) -> FloatArray:
    """Return kappa, with that of a mean of the couplings, which is their mean of phi."""
    more = structure.rank - structure.stated
    return np.append(np.asarray(solution.overlaps), [float(structure.mean_right[-1]) * solution.mean_phi] * more)
