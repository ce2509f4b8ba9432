"""Decay towards a periodic limit."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.spectral_elements import HalfLine


def decay_of_cell(mesh: HalfLine, potential: FloatArray, half: float) -> float:
    """Return the rate at which solutions of u'' = V u decay, V of period 2 `half` and even about its multiples.

    With Z_ij the response at end i of the last half period to a unit flux into end j,
        cosh^2(kappa half) = Z_11 Z_22 / Z_12^2.
    0 is returned where nothing decays: u = exp(i q lag) is a solution, or -d^2 + V is not positive.
    """
    first = int(np.searchsorted(mesh.edges, mesh.length - half * (1.0 + 1e-9)))
    cell = HalfLine(mesh.edges[first:] - mesh.edges[first], mesh.degree)
    inside = potential[first * mesh.degree :]
    if not cell.is_positive(inside):
        return 0.0
    fluxes = np.zeros((len(cell.nodes), 2))
    fluxes[0, 0] = fluxes[-1, 1] = 1.0
    response = cell.solve(inside, fluxes)
    across = float(response[0, 1])
    if across <= 1e-150:  # nothing gets through: the decay within the half period itself
        mean = float(np.average(np.sqrt(np.maximum(inside, 0.0)), weights=cell.weights))
        return mean
    ratio = math.sqrt(float(response[0, 0]) * float(response[-1, 1])) / across
    return math.acosh(ratio) / cell.length if ratio > 1.0 else 0.0
