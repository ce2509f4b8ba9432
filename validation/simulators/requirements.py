"""What a run needs: terms that can be stored where they are asked for, and memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.models import coherence
from validation.simulators.blocks import BlockMeans
from validation.simulators.layout import counts_of
from validation.simulators.low_rank import LowRankCouplings
from validation.simulators.mean import MeanCouplings
from validation.simulators.plastic import PlasticCouplings
from validation.simulators.product import CouplingProduct
from validation.simulators.question import Question, question_of
from validation.simulators.revealed import RevealedProduct
from validation.simulators.sparse import SparseCouplings, check_in_degrees
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
    if question.staged and (storage != "dense" or array_module != "numpy"):
        raise ValueError(
            f"storage must be 'dense' and array_module 'numpy' of filters and of units that state their equations, got "
            f"{storage!r} and {array_module!r}"
        )
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
        SparseCouplings: question.synapses is not None,
        PlasticCouplings: question.plastic is not None,
    }
    for kind, there in stated.items():
        if there and array_module != "numpy" and not kind.on_devices:
            raise ValueError(f"array_module must be 'numpy' with {kind.word}, got {array_module!r}")
    if array_module != "numpy" and question.further:
        raise ValueError(f"array_module must be 'numpy' with {question.further[0]!r}, got {array_module!r}")
    if array_module != "numpy" and (len(question.populations) > 1 or question.fastest != 1.0 or question.discrete):
        raise ValueError(
            f"array_module must be 'numpy' with several populations, other time constants than 1 or dmft.Map(), "
            f"got {array_module!r}"
        )


def needed_bytes(network: Any, n: int, n_states: int, n_tangents: int, itemsize: int, storage: str) -> int:
    """Return the bytes that a run allocates, roughly: couplings, and the rows with their history."""
    question, rows = question_of(network), n_states * (1 + n_tangents)
    if question.stated:
        held = 8 * max(len(units.stated.states) for units in question.populations if units.stated is not None)
        return len(question.by_field) * CouplingProduct.needed_bytes(n, itemsize) + held * rows * n * itemsize
    if question.filtered:
        kept = [
            len(u.transfer.denominator) + u.transfer.delay / default_dt(network)
            for u in question.populations
            if u.transfer
        ]
        return CouplingProduct.needed_bytes(n, itemsize) + int(6 + 5 * max(kept)) * rows * n * itemsize
    product = RevealedProduct if storage == "revealed" else CouplingProduct
    matrix = question.synapses is None or np.any(question.gains)
    needed = (product.needed_bytes(n, itemsize) if matrix else 0) + 14 * rows * n * itemsize
    if question.synapses is not None:
        needed += SparseCouplings.needed_bytes(question.synapses, question.fractions, n, itemsize)
    if question.plastic is not None:
        needed += PlasticCouplings.needed_bytes(question.plastic, default_dt(network), rows * n * itemsize)
    return needed


def inputs_of(network: Any, n: int) -> float:
    """Return how many couplings of a unit a product with them goes through, in a network of n units."""
    question = question_of(network)
    if question.synapses is None or np.any(question.gains):
        return float(n)
    return float(question.fractions @ question.synapses.by_block(question.fractions)[0].sum(axis=1))


def check_size(network: Any, n: int) -> None:
    """Refuse a number of units that the populations or the synapses do not allow; warn of one that is small for theory.

    Raises
    ------
    ValueError : naming what does not fit.

    Warns
    -----
    AccuracyWarning : for sparse couplings of which coherent modes correct the theory by more than about a tenth.
    """
    question = question_of(network)
    counts = counts_of(question, n)
    if question.synapses is None:
        return
    check_in_degrees(question.synapses.by_block(question.fractions)[0], counts)
    size = question.synapses.size(question.fractions)
    if size is not None and abs(n - size) > 1.0:
        raise ValueError(
            f"sizes must be the one network of which in_degree and probability are stated, N = {size:g}, got {n}; "
            "leave probability out for an in-degree that stays as N grows"
        )
    warn_of_coherence(question, n)


def warn_of_coherence(question: Question, n: int) -> None:
    """Warn where the means of sparse couplings are so large that theory is off at this number of units.

    Warns
    -----
    AccuracyWarning : naming the order of the correction.
    """
    if question.synapses is None:
        return
    order = question.synapses.coherence(question.fractions, n)
    sees = "the means and variances of sparse couplings"
    coherence.warn_of_coherence(order, n, sees, "take more units or smaller in-degrees")
