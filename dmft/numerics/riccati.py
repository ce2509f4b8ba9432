"""Ground state of -d^2 + U on the line, U even, by shooting inward with the logarithmic derivative.

Independent of the spectral elements, and linear in the number of steps. From the far end inward the decaying solution
grows, so that errors die out. A step is a fourth-order Magnus propagator: exact where U is constant.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

from dmft.arrays import FloatArray


def lowest_even(
    potential: Callable[[FloatArray], FloatArray],
    edges: FloatArray,
    steps_per_element: int,
    *,
    reflecting: bool = False,
) -> float:
    """Return the lowest eigenvalue E of -d^2 + U with an even function, by Richardson extrapolation of two step sizes.

    Parameters
    ----------
    potential : U(lag), vectorised, constant beyond the last edge (or even about it, if `reflecting`).
    edges : element edges on [0, T]; each element is cut into steps of equal length.
    steps_per_element : number of steps of the coarser run.
    reflecting : the function has zero slope at the last edge instead of decaying beyond it.
    """
    coarse = _shoot(potential, edges, steps_per_element, reflecting)
    fine = _shoot(potential, edges, 2 * steps_per_element, reflecting)
    return fine + (fine - coarse) / 15.0  # the Magnus step is of fourth order


def _shoot(
    potential: Callable[[FloatArray], FloatArray], edges: FloatArray, per_element: int, reflecting: bool
) -> float:
    from scipy.optimize import brentq

    grid = np.concatenate(
        [np.linspace(a, b, per_element, endpoint=False) for a, b in itertools.pairwise(edges)] + [edges[-1:]]
    )[::-1]
    h = np.diff(grid)  # negative: inward
    offset = h * math.sqrt(3.0) / 6.0
    middle = 0.5 * (grid[:-1] + grid[1:])
    u_first, u_second = potential(middle - offset), potential(middle + offset)
    mean, skew = 0.5 * (u_first + u_second), (math.sqrt(3.0) / 12.0) * h * h * (u_second - u_first)
    # No level lies above the limit of the potential, nor, between reflecting ends, above its mean.
    ceiling = float(np.average(mean, weights=-h)) if reflecting else float(potential(grid[:1])[0])

    def angle(energy: float) -> float:
        """Return arctan of psi'/psi at 0 plus pi for each node: it rises through 0 at the ground state."""
        # exp of [[-skew, h], [h (mean - E), skew]], the Magnus exponent; its square is delta times the identity
        q = mean - energy
        delta = skew * skew + h * h * q
        root = np.sqrt(np.abs(delta))
        grows = delta > 0
        c = np.where(grows, np.cosh(np.where(grows, root, 0.0)), np.cos(root))
        s = np.where(grows, np.sinh(np.where(grows, root, 0.0)), np.sin(root)) / np.where(root > 0, root, 1.0)
        s = np.where(root > 0, s, 1.0)
        m11, m12 = (c - skew * s).tolist(), (h * s).tolist()
        m21, m22 = (h * q * s).tolist(), (c + skew * s).tolist()
        y = 0.0 if reflecting else -math.sqrt(max(ceiling - energy, 0.0))
        nodes = 0
        for a, b, d, e in zip(m11, m12, m21, m22, strict=True):
            psi = a + b * y
            if psi < 0:
                nodes += 1
            y = (d + e * y) / psi
        return math.atan(y) + math.pi * nodes

    low = float(min(u_first.min(), u_second.min(), ceiling)) - 1e-9
    if angle(ceiling) <= 0:
        return ceiling  # nothing is bound: the edge of the continuum
    return float(brentq(angle, low, ceiling, xtol=1e-15, rtol=1e-14))
