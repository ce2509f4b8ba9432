"""What a run needs: terms that can be stored where they are asked for, and memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from validation.simulators.blocks import BlockMeans
from validation.simulators.low_rank import LowRankCouplings
from validation.simulators.mean import MeanCouplings
from validation.simulators.plastic import PlasticCouplings
from validation.simulators.product import CouplingProduct
from validation.simulators.question import question_of
from validation.simulators.revealed import RevealedProduct
from validation.simulators.steps import default_dt


def check_storage(network: Any, storage: str, array_module: str, *, matrix: bool) -> None:
    """Refuse a storage of the couplings that the network, or what is measured of it, does not allow.

    Parameters
    ----------
    matrix : whether the couplings are given or asked for as a matrix.

    Raises
    ------
    ValueError : naming what does not go together.
    """
    question = question_of(network)
    if storage == "revealed" and question.symmetry != 0.0:
        raise ValueError(f"storage='revealed' needs independent couplings, symmetry = 0, got {question.symmetry}")
    if storage == "revealed" and np.any(question.gains != question.gains[0, 0]):
        raise ValueError("storage='revealed' needs the same gain g in all blocks; take storage='dense'")
    if storage == "revealed" and matrix:
        raise ValueError("storage='revealed' has no matrix: leave couplings out, and 'jacobian' out of measure")
    stated = {
        RevealedProduct if storage == "revealed" else CouplingProduct: question.gain,
        MeanCouplings: question.mean is not None,
        BlockMeans: question.block_means is not None,
        LowRankCouplings: question.low_rank is not None,
        PlasticCouplings: question.plastic is not None,
    }
    for kind, there in stated.items():
        if there and array_module != "numpy" and not kind.on_devices:
            raise ValueError(f"array_module must be 'numpy' with {kind.word}, got {array_module!r}")
    if array_module != "numpy" and (len(question.populations) > 1 or question.fastest != 1.0 or question.discrete):
        raise ValueError(
            f"array_module must be 'numpy' with several populations, other time constants than 1 or dmft.Map(), "
            f"got {array_module!r}"
        )


def needed_bytes(network: Any, n: int, n_states: int, n_tangents: int, itemsize: int, storage: str) -> int:
    """Return the bytes that a run allocates, roughly: couplings, and the rows with their history."""
    question, rows = question_of(network), n_states * (1 + n_tangents)
    product = RevealedProduct if storage == "revealed" else CouplingProduct
    needed = product.needed_bytes(n, itemsize) + 14 * rows * n * itemsize
    if question.plastic is not None:
        needed += PlasticCouplings.needed_bytes(question.plastic, default_dt(network), rows * n * itemsize)
    return needed
