"""What the theories of plastic couplings share: the networks that they take, and the bulk of the joint Jacobian."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.theories.reduction import Reduction

_BLOCK = 256  # eigenvalues at a time


def refuse_other_couplings(network: Reduction) -> None:
    """Refuse networks without plastic couplings, and what stands beside them and is not of that theory.

    Raises
    ------
    TypeError : for a network without plastic couplings.
    ValueError : for one with symmetry, a mean, a bias or a drive beside them.
    """
    if not network.plastic:
        raise TypeError(f"network must have plastic couplings, as a PlasticNetwork has, got {network.statement!r}")
    if network.beside_plasticity:
        raise ValueError(f"of the theory of plastic couplings: {network.beside_plasticity}; got {network.statement!r}")


def plastic_bulk(
    network: Reduction, square_rate: float, slopes: FloatArray, weights: FloatArray, eigenvalue: ArrayLike
) -> Any:
    """Return S(l) = g^2 <phi'^2/|1 + l - k <phi^2> phi'/(1 + p l)|^2>; the bulk of the spectrum is where it is >= 1.

    Parameters
    ----------
    square_rate : <phi^2>.
    slopes, weights : nodes of the law of phi', and their weights, which add up to 1, shape (n_node,).
    eigenvalue : complex l, in units of 1/tau, of any shape.
    """
    l_ = np.asarray(eigenvalue, dtype=complex)
    flat = l_.ravel()
    out = np.empty(flat.shape)
    counted = weights > 0.0  # nodes whose weight has vanished may stand where the gap does
    slopes, weights = slopes[counted], weights[counted]
    for start in range(0, len(flat), _BLOCK):
        z = flat[start : start + _BLOCK, None]
        gap = 1.0 + z - (network.k * square_rate) * slopes / (1.0 + network.p * z)
        with np.errstate(divide="ignore"):  # at -1/p exactly the feedback diverges and S vanishes
            ratio = slopes**2 / (gap.real**2 + gap.imag**2)
        out[start : start + _BLOCK] = network.g**2 * (ratio @ weights)
    return float(out[0]) if l_.ndim == 0 else out.reshape(l_.shape)
