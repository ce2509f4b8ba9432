"""Several populations that share a low-rank term of rank one, as their theory sees it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.network import Network
from dmft.models.nonlinearity import is_odd
from dmft.theories.blocks import Blocks, blocks_of
from dmft.theories.composed import composed

_GROWS = 1.5  # factor of phi over a decade of x beyond which it is not bounded
_REST = 0.8  # sqrt(2/pi), by which <phi'> < top/sigma


@dataclass(frozen=True, eq=False)
class SharedStructure:
    """tau_a x' = -x + h_a + theta_i + (couplings by block) + m_i khat_a,   tau_a khat_a' = kappa - khat_a.

    kappa = n . phi/N over the units of all populations; m and n have one joint law in all of them.

    Attributes
    ----------
    blocks : the populations, without the term.
    overlap : covariance of n with m.
    left : variance of m.
    mean_left, mean_right : means of m and of n.
    """

    blocks: Blocks
    overlap: float
    left: float
    mean_left: float
    mean_right: float

    def held(self, kappa: float) -> Blocks:
        """Return the populations under what a structure that stays gives their units: another mean, and thresholds."""
        return dataclasses.replace(
            self.blocks,
            bias=self.blocks.bias + self.mean_left * kappa,
            threshold_variance=self.blocks.threshold_variance + self.left * kappa**2,
        )

    def fed_back(self, kappa: float, mean_phi: FloatArray, mean_slope: FloatArray) -> float:
        """Return n . phi/N = sum_b f_b (nbar <phi_b> + S <phi_b'> kappa)."""
        return float(self.blocks.fractions @ (self.mean_right * mean_phi + self.overlap * kappa * mean_slope))

    @cached_property
    def mirrored(self) -> bool:
        """Whether -kappa is a state wherever kappa is one: the vectors have no means, or nothing tells x from -x."""
        blocks = self.blocks
        if self.mean_left == 0.0 and self.mean_right == 0.0:
            return True
        return not np.any(blocks.bias) and all(is_odd(phi) for phi in blocks.nonlinearities)

    @cached_property
    def largest(self) -> float:
        """A bound on |kappa|; infinite where phi is not bounded."""
        far, top = np.array([-1e4, -1e3, 1e3, 1e4]), 0.0
        for phi in self.blocks.nonlinearities:
            ends = np.abs(np.broadcast_to(np.asarray(phi(far), dtype=float), (4,)))
            if not max(ends[0], ends[3]) < _GROWS * max(ends[1], ends[2], 1e-300):
                return np.inf
            near = np.abs(np.asarray(phi(np.linspace(-10.0, 10.0, 401)), dtype=float))
            top = max(top, float(np.max(near)), float(np.max(ends)))
        spread = abs(self.overlap) / np.sqrt(self.left) if self.left else 0.0  # <phi'> |kappa| < .8 top/sqrt(left)
        return 1.01 * (abs(self.mean_right) * top + _REST * spread * top)


def shared_structure_of(statement: Any) -> SharedStructure:
    """Return what the theory takes from populations with a low-rank term.

    Raises
    ------
    ValueError : for what is not solved, with the remedy.
    """
    network = composed(statement)
    term, blocks = network.couplings.low_rank, blocks_of(network)
    if term is None:
        raise ValueError("the network has no low-rank couplings")
    if not blocks.named:
        raise ValueError("of a population without a name low-rank couplings are solved by LowRankStates")
    if term.rank > 1:
        raise ValueError(
            f"among populations low-rank couplings of rank one are solved, got {term.rank} vectors; give one, or one "
            "population without a name"
        )
    if any(term.input_overlap) or any(term.left_input) or term.outlier is not None:
        raise ValueError(
            "among populations vectors that overlap with an input, and measured outliers, are not known; leave "
            "input_overlap, left_input and outlier out, or give one population without a name"
        )
    if blocks.discrete:
        raise ValueError("among populations low-rank couplings are solved in continuous time; give Leaky(), not Map()")
    if blocks.moved or blocks.phased:
        raise ValueError(
            "beside low-rank couplings private noise and constant inputs are solved, not drives common to a population "
            "or of random phase; simulate the network (validation.simulate), or leave the drive or low_rank out"
        )
    found = SharedStructure(
        without_structure(network, blocks),
        float(np.asarray(term.overlap)[0, 0]),
        float(np.asarray(term.left)[0, 0]),
        float(term.mean_left[0]),
        float(term.mean_right[0]),
    )
    if not np.isfinite(found.largest):
        raise ValueError(
            "among populations low-rank couplings are solved for phi that saturate; give such ones, or one population "
            "without a name"
        )
    return found


def without_structure(network: Network, blocks: Blocks) -> Blocks:
    """Return the populations of the network that has no low-rank term, for what asks for its statement."""
    bare = network.replace(**{"couplings.low_rank": None})
    return dataclasses.replace(blocks, statement=bare, network=bare)
