"""States of filters in which nothing moves, and which of them a network keeps.

At rest a filter is its H(0): the equations are those of leaky units with inputs times H_a(0), and their relaxation finds
the states. Whether they stay is asked of the filters. What differs from unit to unit grows where
    max_w rho(K_ab <phi_b'^2> |H_b(i w)|^2) > 1,
and means and covariances (u, v) = (dm, dc/2), which all units share, where det(1 - L(z)) has a zero right of the axis,
    L = [[H(z) A <phi'>, H(z) A <phi''>], [H(z) H(0) K <phi phi'>, H(z) H(0) K <phi'^2 + phi phi''>]].
"""

from __future__ import annotations

import dataclasses

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.blocks import Blocks
from dmft.theories.stationary.populations.static import Static
from dmft.theories.stationary.units.turns import frequencies, growing
from dmft.theories.units import Units


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


def shared_growth(units: Units, still: Static) -> int | None:
    """Return how many modes of means and covariances grow; None if they could not be counted."""
    one, pair, h = still.one, still.pair, units.steady
    A, K = units.blocks.A, units.K
    loop = np.block([[A * one.slope, A * one.by_variance], [K * pair.by_mean[0], K * (pair.p[0] + pair.by_variance[0])]])

    def determinant(omega: FloatArray) -> FloatArray:
        answers = units.at(1j * omega)
        heard = np.concatenate([answers, answers * h[:, None]]).T  # (n_omega, 2P)
        return np.asarray(np.linalg.det(np.eye(len(loop)) - heard[:, :, None] * loop))

    return growing(determinant, frequencies(units, 0.0))


def kept(units: Units, still: Static) -> tuple[bool, str]:
    """Return whether a network stays in a state, and the sentence that decided."""
    bulk = bulk_growth(units, still)
    if not bulk < 1.0:
        return False, f"max_w rho(K <phi'^2> |H|^2) = {bulk:.4g}"
    modes = shared_growth(units, still)
    if modes is None:
        return False, "the growing modes of means and covariances could not be counted"
    return modes == 0, f"max_w rho(K <phi'^2> |H|^2) = {bulk:.4g}, and {modes} modes that all units share grow"
