"""States of filters in which nothing moves, and which of them a network keeps.

At rest a filter is its H(0): the equations are those of leaky units with inputs times H_a(0), and their relaxation
finds the states. Whether they stay is asked of the filters. What differs from unit to unit grows where
    max_w rho(K_ab <phi_b'^2> |H_b(i w)|^2) > 1,
and means and covariances (u, v) = (dm, dc/2), which all units share, where det(1 - L(z)) has a zero right of the axis,
    L = [[H(z) A <phi'>, H(z) A <phi''>], [H(z) H(0) K <phi phi'>, H(z) H(0) K <phi'^2 + phi phi''>]].
"""

from __future__ import annotations

import dataclasses

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.theories.blocks import Blocks
from dmft.theories.stationary.populations.site import Sites
from dmft.theories.stationary.populations.static import Static
from dmft.theories.stationary.units.turns import frequencies, growing
from dmft.theories.units import Units

_APART = 1e-6  # of a rate, by which a mode must be right of the edge to be one
_CLOSE = 1e-9
_DOUBLED = 40


def at_rest_alike(units: Units, noise: FloatArray | None = None) -> Blocks:
    """Return leaky populations that rest where the filters do.

    Parameters
    ----------
    noise : variances that thresholds have beside their own, shape (P,).
    """
    blocks, h = units.blocks, units.steady
    return dataclasses.replace(
        blocks,
        tau=np.ones(len(h)),
        bias=h * blocks.bias,
        threshold_variance=h**2 * blocks.threshold_variance + (0.0 if noise is None else noise),
        gains=h[:, None] ** 2 * blocks.gains,
        means=h[:, None] * blocks.means,
        drives=((),) * len(h),
    )


def bulk_growth(units: Units, still: Static) -> float:
    """Return max_w rho(K <phi'^2> |H|^2): above 1 units leave the state one by one."""
    return units.fastest_growth(units.K * still.pair.p[0], 0.0)[0]


def still_at(units: Units, m: FloatArray, c0: FloatArray) -> Static:
    """Return a state at rest whose place is known, with its averages."""
    sites = Sites(units.blocks.nonlinearities)
    pair = sites.two_times(c0[None], m, c0, np.zeros((1, len(m))), derivatives=True)
    return Static(at_rest_alike(units), m, c0, pair, pair.one, 0.0)


def shared_growth(units: Units, still: Static, rate: float = 0.0) -> int | None:
    """Return how many modes of means and covariances grow faster than a rate, right of every pole; None if they could
    not be counted."""
    one, pair, h = still.one, still.pair, units.steady
    A, K = units.blocks.A, units.K
    by_covariance = K * (pair.p[0] + pair.by_variance[0])
    loop = np.block([[A * one.slope, A * one.by_variance], [K * pair.by_mean[0], by_covariance]])

    def determinant(omega: FloatArray) -> ComplexArray:
        answers = units.at(rate + 1j * omega)
        heard = np.concatenate([answers, answers * h[:, None]]).T  # (n_omega, 2P)
        return np.asarray(np.linalg.det(np.eye(len(loop)) - heard[:, :, None] * loop))

    return growing(determinant, frequencies(units, rate))


def rightmost_shared(units: Units, still: Static, edge: float) -> float | None:
    """Return the rate of the slowest mode that all units share, where that is right of the edge of the others."""
    low, high = edge + _APART * (abs(edge) + abs(units.abscissa)), max(0.0, edge)
    for _ in range(_DOUBLED):
        if not shared_growth(units, still, high + 1e-12):
            break
        high = 2.0 * high - units.abscissa
    if low >= high or not shared_growth(units, still, low):
        return None
    while high - low > _CLOSE * (1.0 + abs(low)):
        middle = 0.5 * (low + high)
        if shared_growth(units, still, middle):
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def kept(units: Units, still: Static) -> tuple[bool, str]:
    """Return whether a network stays in a state, and the sentence that decided."""
    bulk = bulk_growth(units, still)
    if not bulk < 1.0:
        return False, f"max_w rho(K <phi'^2> |H|^2) = {bulk:.4g}"
    modes = shared_growth(units, still)
    if modes is None:
        return False, "the growing modes of means and covariances could not be counted"
    return modes == 0, f"max_w rho(K <phi'^2> |H|^2) = {bulk:.4g}, and {modes} modes that all units share grow"
