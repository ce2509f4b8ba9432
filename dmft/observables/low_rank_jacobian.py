"""Disc of the Jacobian's eigenvalues in a state of low-rank couplings; its outliers are `fixed_point_outliers`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.errors import answering
from dmft.numerics.gaussian.normal_panels import resolve
from dmft.observables.jacobian import JacobianSpectrum, spectrum_of
from dmft.theories.low_rank import structure_of
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.centred.at_rest import NEXT_TO_0
from dmft.theories.stationary.low_rank.moments import Shifted
from dmft.theories.stationary.low_rank.process import LowRankProcess


@spectrum_of.register
@answering
def _(process: LowRankProcess, solution: StationarySolution) -> JacobianSpectrum:
    if solution.state == "none":
        raise ValueError(f"the solution has no state to linearise: {solution.convergence.message}")
    structure = structure_of(solution.network)
    phi: Any = Shifted(structure.nonlinearity, float(solution.mean_x))
    if solution.variance == 0.0:
        slopes = np.abs(np.broadcast_to(np.asarray(phi.derivative(np.array([-NEXT_TO_0, NEXT_TO_0])), float), (2,)))
        return JacobianSpectrum(structure.g, slopes, np.array([0.5, 0.5]))
    panels = resolve(phi, math.sqrt(solution.variance))
    return JacobianSpectrum(structure.g, np.abs(panels.slopes).ravel(), panels.density.ravel())
