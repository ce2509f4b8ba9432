"""Spectrum of the Jacobian in a state of low-rank couplings: its disc, and what stands outside of that."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dmft.arrays import ComplexArray
from dmft.errors import answering
from dmft.numerics.gaussian.normal_panels import resolve
from dmft.observables.jacobian import JacobianSpectrum, spectrum_of
from dmft.observables.low_rank_outliers import fixed_point_outliers
from dmft.observables.states import refuse_stateless
from dmft.theories.low_rank import structure_of
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.centred.at_rest import NEXT_TO_0
from dmft.theories.stationary.low_rank.moments import Shifted
from dmft.theories.stationary.low_rank.process import LowRankProcess


@dataclass(frozen=True, eq=False, repr=False)
class LowRankSpectrum(JacobianSpectrum):
    """Disc of eigenvalues around -1, and those outside.

    Attributes
    ----------
    outliers : eigenvalues outside of the disc at a fixed point, with what J has in common with phi'(x); None in a state
        that moves, where they are not known.
    naive_outliers : what they would be if J and phi'(x) had nothing in common: -1 + <phi'> lam_out.
    """

    outliers: ComplexArray | None = None
    naive_outliers: ComplexArray = field(default_factory=lambda: np.zeros(0, dtype=complex))


@spectrum_of.register
@answering
def _(process: LowRankProcess, solution: StationarySolution) -> LowRankSpectrum:
    refuse_stateless(solution, "to linearise")
    structure = structure_of(solution.network)
    phi: Any = Shifted(structure.nonlinearity, float(solution.mean_x))
    if solution.variance == 0.0:
        slopes = np.abs(np.broadcast_to(np.asarray(phi.derivative(np.array([-NEXT_TO_0, NEXT_TO_0])), float), (2,)))
        weights = np.array([0.5, 0.5])
    else:
        panels = resolve(phi, math.sqrt(solution.variance))
        slopes, weights = np.abs(panels.slopes).ravel(), panels.density.ravel()
    radius = structure.g * math.sqrt(float(weights @ slopes**2))
    naive = np.asarray(solution.mean_slope * np.linalg.eigvals(structure.feedback), dtype=complex)
    outside = None
    if math.isinf(solution.decay_rate):
        found = fixed_point_outliers(solution)
        outside = found.values[found.visible]
    return LowRankSpectrum(
        structure.g, slopes, weights, outliers=outside, naive_outliers=naive[np.abs(naive) > radius] - 1
    )
