"""The number lambda at which a family of operators with positive inverses ceases to have one.

A(lambda) u = (-scale_a d^2 + shift_a(lambda) - V_ab(lag)) u_b with V >= 0 and shift_a = (1 + lambda tau_a)^2 has for
large lambda an inverse that keeps positive functions positive. The largest lambda with A u = 0 is where that ends; its
u is positive [Perron, Frobenius, Krein & Rutman].
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.coupled_elements import solve_coupled
from dmft.numerics.spectral_elements import HalfLine

_STEPS = 60
_SETTLED = 1e-14
_NEGATIVE = 0.02  # part of a function that may be of the other sign: ripples of a coarse mesh; later solutions swing


def constant_root(tau: FloatArray, coupling: FloatArray) -> float:
    """Return the largest lambda at which V_ab/(1 + lambda tau_a)^2 has the eigenvalue 1, for an irreducible V.

    -1/tau for a single function that does not act on itself.
    """
    from scipy.optimize import brentq

    slowest = -1.0 / float(np.max(tau))
    radius = math.sqrt(float(np.max(np.abs(np.linalg.eigvals(coupling)))))
    if not radius > 0.0:
        return slowest
    if np.ptp(tau) <= 1e-14 * np.max(tau):
        return float((radius - 1.0) / tau[0])

    def excess(rate: float) -> float:
        scaled = coupling / (1.0 + rate * tau[:, None]) ** 2
        return math.log(float(np.max(np.abs(np.linalg.eigvals(scaled)))))

    low, high = sorted((radius - 1.0) / float(t) for t in (np.min(tau), np.max(tau)))
    low = max(low - 1e-12 * (abs(slowest) + abs(low)), slowest * (1.0 - 1e-12))
    while excess(low) < 0.0 and low > slowest * (1.0 - 1e-9):
        low = 0.5 * (low + slowest)
    high += 1e-9 * (abs(slowest) + abs(high))
    return float(brentq(excess, low, high, xtol=1e-15 * abs(slowest), rtol=8.9e-16))


def positive_root(
    mesh: HalfLine, tau: FloatArray, coupling: FloatArray, start: float | None = None
) -> tuple[float, FloatArray]:
    """Return the largest lambda with -tau_a^2 u_a'' + (1 + lambda tau_a)^2 u_a = sum_b V_ab(lag) u_b for an even u, and
    that u > 0, of shape (n, P).

    Parameters
    ----------
    mesh : n nodes; u has zero slope at both ends.
    tau : shape (P,).
    coupling : V, nonnegative, irreducible, shape (n, P, P).
    start : first guess; by default the root of the largest V, from which all steps go down.

    Notes
    -----
    Newton's method on A(lambda) u = 0 (inverse iteration), kept in the bracket that the signs of u give.
    Accuracy: to rounding on the mesh (`tests/unit/test_positive_root.py`). Cost: about five solves.
    """
    top = constant_root(tau, np.max(coupling, axis=0))
    unit = 1.0 / float(np.max(tau))  # rates next to 0 are as small as the slowest
    low, high = -unit, top + 1e-9 * (unit + abs(top))
    rate = high if start is None or not low < start < high else start
    u = np.exp(-mesh.nodes / (1.0 + 0.05 * mesh.length))[:, None] * np.ones(coupling.shape[1])
    for _ in range(_STEPS):
        shift = (1.0 + rate * tau) ** 2
        load = mesh.weights[:, None] * (2.0 * tau * (1.0 + rate * tau)) * u
        try:
            ahead = solve_coupled(mesh, tau**2, np.diag(shift) - coupling, load[:, :, None])[:, :, 0]
        except np.linalg.LinAlgError:
            break  # singular to the last digit: this is the root
        size = ahead.flat[int(np.argmax(np.abs(ahead)))]
        if not np.isfinite(size):
            break
        one_sign = float(np.min(ahead / size)) > -_NEGATIVE
        if size > 0.0 and one_sign:
            high = min(high, rate)
        elif not one_sign or size < 0.0:
            low = max(low, rate)
        # the change is 1/(growth of u), where u is measured by its own weight
        step = float(np.sum(load * u) / np.sum(load * ahead))
        if one_sign:
            u, change = ahead / size, step
            rate_ahead = rate - change
        else:
            rate_ahead = math.nan
        if not low <= rate_ahead <= high:
            rate_ahead = 0.5 * (low + high)
        settled = _SETTLED * (unit + abs(rate))
        if abs(rate_ahead - rate) <= settled or high - low <= settled:
            return rate_ahead, u
        rate = rate_ahead
    return rate, u
